"""wget, nc, curl and nslookup in the words of the real ones."""

from __future__ import annotations

from tests.embedded.programs.pods import DNS, Lab


async def test_wget_says_how_it_went() -> None:
    lab = Lab()
    await lab.pod("web", "busybox", "httpd", "-f", "-p", "8080", "-h", "/w", files={"/w/a": "hi\n"})
    me = await lab.pod("me", "busybox", "sleep", "99")
    assert await me.sh("wget -qO- http://web:8080/a") == (0, "hi\n")
    words = "wget: server returned error: HTTP/1.1 404 Not Found\n"
    assert await me.sh("wget -qO- http://web:8080/b") == (1, words)
    refused = "wget: can't connect to remote host (10.244.1.5): Connection refused\n"
    assert await me.sh("wget -qO- http://web:81/") == (1, refused)
    assert await me.sh("wget -qO- http://x.y/") == (1, "wget: bad address 'x.y'\n")
    started = lab.clock.monotonic()
    assert await me.sh("wget -T 2 -qO- http://10.244.1.99/") == (1, "wget: download timed out\n")
    assert 2 <= lab.clock.monotonic() - started < 3


async def test_wget_says_what_it_does() -> None:
    lab = Lab()
    await lab.pod("web", "busybox", "httpd", "-f", "-h", "/w", files={"/w/a": "hi\n"})
    me = await lab.pod("me", "busybox", "sleep", "99")
    code, text = await me.sh("wget -O /tmp/o http://web/a 2>&1 | tail -2")
    bar = f"{'o':20s} 100% |{'*' * 32}|     3  0:00:00 ETA\n"
    assert (code, text) == (0, f"{bar}'/tmp/o' saved\n")
    assert await me.sh("wget -qO- http://web:99999/") == (1, "wget: bad port '99999'\n")
    assert await me.sh("wget -qO- http://web:") == (1, "wget: bad port ''\n")
    unchecked = "wget: note: TLS certificate validation not implemented\n"
    assert (await me.sh("wget -T 1 -qO- https://web:80"))[1].startswith(unchecked)
    assert not (await me.sh("wget -T 1 --no-check-certificate -qO- https://web:80"))[1].startswith(
        unchecked
    )
    assert (await me.sh("wget -T x -qO- http://web/a")) == (1, "wget: invalid number 'x'\n")


async def test_nc_takes_no_port_that_cannot_be() -> None:
    me = await Lab().pod("me", "busybox", "sleep", "99")
    assert await me.sh("nc me http") == (1, "nc: bad port 'http'\n")
    assert await me.sh("nc -l -p 70000") == (1, "nc: bad port '70000'\n")
    assert await me.sh("nc -w x me 80") == (1, "nc: invalid number 'x'\n")


async def test_cgi_gets_its_environment_and_sets_the_status() -> None:
    script = '755!#!/bin/sh\nprintf "Status: 503 Busy\\r\\n\\r\\n"\necho "$QUERY_STRING"\n'
    lab = Lab()
    await lab.pod("web", "busybox", "httpd", "-f", "-h", "/w", files={"/w/cgi-bin/s": script})
    me = await lab.pod("me", "curlimages/curl", "sleep", "99")
    code, text = await me.sh("curl -s -w '%{http_code}' 'http://web/cgi-bin/s?a=1'")
    assert (code, text) == (0, "a=1\n503")


async def test_nc_ends_with_the_server_or_its_timeout() -> None:
    lab = Lab()
    await lab.pod("web", "busybox", "httpd", "-f", "-p", "8080")
    me = await lab.pod("me", "busybox", "sleep", "99")
    assert await me.sh("nc -w 2 web 8080 </dev/null") == (0, "")
    words = "nc: can't connect to remote host (10.244.1.5): Connection refused\n"
    assert await me.sh("nc -w 2 web 1 </dev/null") == (1, words)
    assert await me.sh("nc -w 2 10.244.1.99 1 </dev/null") == (1, "nc: timed out\n")


async def test_nc_of_openbsd_tells_more() -> None:
    lab = Lab()
    me = await lab.pod("me", "registry.k8s.io/e2e-test-images/agnhost:2.56", "/agnhost", "netexec")
    open_ = "Connection to 127.0.0.1 8080 port [tcp/http-alt] succeeded!\n"
    refused = "nc: connect to 127.0.0.1 port {} (tcp) failed: Connection refused\n"
    shut = refused.format(8079) + open_ + refused.format(8081)
    assert await me.sh("nc -zv 127.0.0.1 8079-8081") == (0, shut)
    late = "nc: connect to 10.244.1.99 port 1 (tcp) timed out: Operation now in progress\n"
    assert await me.sh("nc -zv -w 1 10.244.1.99 1") == (1, late)
    assert await me.sh("echo hostName | nc -w 1 -u 127.0.0.1 8081") == (0, "me")
    assert await me.sh("nc -zuv -w 1 127.0.0.1 8099") == (1, "")
    silent = "Connection to 10.244.1.99 1 port [udp/*] succeeded!\n"
    assert await me.sh("nc -zuv -w 1 10.244.1.99 1") == (0, silent)
    assert await me.sh("nc 127.0.0.1") == (1, "nc: missing port number\n")


async def test_sctp_is_not_supported() -> None:
    lab = Lab()
    image = "registry.k8s.io/e2e-test-images/agnhost:2.56"
    me = await lab.pod("me", image, "/agnhost", "netexec")
    other = "OTHER: protocol not supported\n"
    assert await me.run("/agnhost", "connect", "--protocol=sctp", "127.0.0.1:80") == (1, other)
    code, text = await me.run("/agnhost", "netexec", "--http-port=1", "--sctp-port=80")
    assert (code, "address :80:protocol not supported" in text) == (1, True)


async def test_curl_exits_with_its_codes() -> None:
    lab = Lab()
    await lab.pod("web", "nginx")
    me = await lab.pod("me", "curlimages/curl", "sleep", "99")
    refused = "curl: (7) Failed to connect to web port 81 after 0 ms: Couldn't connect to server\n"
    assert await me.sh("curl -sS http://web:81") == (7, refused)
    late = "curl: (28) Connection timed out after 1000 milliseconds\n"
    assert await me.sh("curl -sS -m 1 http://10.244.1.99") == (28, late)
    assert await me.sh("curl -sS http://no") == (6, "curl: (6) Could not resolve host: no\n")
    assert (await me.sh("curl -sSf http://web/no"))[0] == 22


async def test_nslookup_asks_the_search_list_for_a_single_label() -> None:
    lab = Lab()
    me = await lab.pod("me", "busybox", "sleep", "99")
    head = f"Server:\t\t{DNS}\nAddress:\t{DNS}:53\n\n"
    found = "Name:\tme.shop.svc.cluster.local\nAddress: 10.244.1.5\n\n\n"
    assert await me.sh("nslookup me.shop.svc.cluster.local") == (0, head + found)
    code, text = await me.sh("nslookup me")
    assert code == 1
    assert "** server can't find me.svc.cluster.local: NXDOMAIN" in text
    silent = ";; connection timed out; no servers could be reached\n\n"
    assert await me.sh("nslookup me.a 10.244.1.99") == (1, silent)


async def test_nslookup_and_dig_of_bind() -> None:
    lab = Lab()
    me = await lab.pod("me", "registry.k8s.io/e2e-test-images/agnhost:2.56", "/agnhost", "pause")
    alone = f";; Got recursion not available from {DNS}\n"
    head = f"Server:\t\t{DNS}\nAddress:\t{DNS}#53\n\n"
    found = "Name:\tme.shop.svc.cluster.local\nAddress: 10.244.1.5\n"
    assert await me.sh("nslookup me.shop") == (0, alone * 2 + head + found + alone + "\n")
    missing = "** server can't find no: NXDOMAIN\n\n"
    assert await me.sh("nslookup no") == (1, alone * 3 + head + missing)
    _, text = await me.sh("dig me.shop.svc.cluster.local")
    assert ";; WARNING: .local is reserved for Multicast DNS\n" in text
    assert ";; WARNING: recursion requested but not available\n" in text
    assert ";me.shop.svc.cluster.local.\tIN\tA\n" in text
    assert "me.shop.svc.cluster.local. 30\tIN\tA\t10.244.1.5\n" in text


async def test_routes_and_sockets_are_shown_as_by_busybox() -> None:
    me = await Lab().pod("me", "busybox", "sleep", "99")
    rows = (await me.sh("route"))[1].splitlines()
    assert rows[2] == "default         10.244.1.1      0.0.0.0         UG    0      0        0 eth0"
    assert rows[4].startswith("10.244.1.1      *               255.255.255.255 UH")
    assert (await me.sh("route -n"))[1].splitlines()[2].startswith("0.0.0.0         10.244.1.1 ")
    rows = (await me.sh("netstat -rn"))[1].splitlines()
    assert rows[1].endswith(" Flags   MSS Window  irtt Iface")
    assert (
        rows[2] == "0.0.0.0         10.244.1.1      0.0.0.0         UG        0 0          0 eth0"
    )
    assert (await me.sh("netstat -l"))[1].splitlines()[2:] == [
        "Active UNIX domain sockets (only servers)",
        "Proto RefCnt Flags       Type       State         I-Node Path",
    ]
    assert "UNIX" not in (await me.sh("netstat -tln"))[1]
    assert (await me.sh("ip link set eth0 down"))[0] == 2
    assert (await me.sh("ip route"))[1].startswith("default via 10.244.1.1 dev eth0")
