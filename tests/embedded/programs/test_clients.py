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
