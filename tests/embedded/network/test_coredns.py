"""CoreDNS from its Corefile."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.outside_dns import serve_names
from breakfix.embedded.programs.coredns.coredns import coredns
from tests.embedded.network.helpers import Screen, World, dig, endpoint, process

KIND = """.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
"""
DNS = "10.244.1.53"
RESOLV = "nameserver 172.18.0.1\n"


class Running:
    """A CoreDNS in a pod."""

    def __init__(self, world: World, corefile: str, resolv: str = RESOLV) -> None:
        self.world = world
        space = world.pod("coredns", DNS, {"k8s-app": "kube-dns"})
        self.files = {"/etc/coredns/Corefile": corefile, "/etc/resolv.conf": resolv}
        argv = ["coredns", "-conf", "/etc/coredns/Corefile"]
        self.process: Process = process(world, space, argv, self.files, world.state)
        self.task = asyncio.ensure_future(coredns(self.process))
        self.client = world.pod("c", "10.244.1.2")

    @property
    def text(self) -> str:
        screen = self.process.stdout
        assert isinstance(screen, Screen)
        return screen.text

    async def dig(self, name: str, type: str = "A", server: str = DNS) -> list[str]:
        """[rcode, records...]"""
        found = await dig(self.world, self.client, server, name, type)
        shown = [r.data if r.type == type else f"{r.type} {r.data}" for r in found.answers]
        return [found.rcode, *shown]

    async def http(self, port: int, path: str) -> str:
        end = await self.world.fabric.connect(self.client, DNS, port)
        await end.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        return (await end.read()).decode()


@contextlib.asynccontextmanager
async def running(corefile: str = KIND, resolv: str = RESOLV) -> AsyncIterator[Running]:
    world = World()
    serve_names(world.fabric)
    found = Running(world, corefile, resolv)
    await world.clock.quiet()
    yield found
    found.task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await found.task


async def ends(corefile: str, **more: Any) -> tuple[int, str]:
    """The exit code, and what is printed after the first line."""
    async with running(corefile, **more) as dns:
        await dns.world.clock.advance(40)
        assert dns.task.done()
        return dns.task.result(), dns.text.partition("\n")[2]


def fill(world: World) -> None:
    ports = [{"name": "http", "port": 80}, {"name": "d", "port": 53, "protocol": "UDP"}]
    world.service("web", "10.96.0.50", ports)
    world.service("head", "None", [{"name": "http", "port": 80}])
    world.slice("head", [endpoint("10.244.1.10", hostname="db-0"), endpoint("10.244.2.10"),
                         endpoint("10.244.2.11", conditions={"ready": False})],
                [{"name": "http", "port": 8080, "protocol": "TCP"}])  # fmt: skip
    world.service("empty", "None", [{"port": 80}])
    for name, target in (("ext", "example.com"), ("inner", "web.default.svc.cluster.local"),
                         ("round1", "round2.default.svc.cluster.local"),
                         ("round2", "round1.default.svc.cluster.local")):  # fmt: skip
        world.service(name, "", [], type="ExternalName", externalName=target)


async def test_it_starts_as_the_real_one() -> None:
    async with running() as dns:
        sha = (
            "1b226df79860026c6a52e67daa10d7f0d57ec5b023288ec00c5e05f93523c894"
            "564e15b91770d3a07ae1cfbe861d15b37d4a0027e69c546ab112970993a3b03b"
        )
        assert dns.text == (
            "maxprocs: Leaving GOMAXPROCS=2: CPU quota undefined\n.:53\n"
            f"[INFO] plugin/reload: Running configuration SHA512 = {sha}\n"
            "CoreDNS-1.12.1\nlinux/amd64, go1.24.1, 707c7c1\n"
        )
        assert (await dns.http(8080, "/health")).endswith("\r\n\r\nOK")
        assert (await dns.http(8181, "/ready")).startswith("HTTP/1.1 200")
        await dns.dig("example.com")
        assert 'proto="udp",family="1",type="A"} 1' in await dns.http(9153, "/metrics")


@pytest.mark.parametrize(
    ("name", "type", "expected"),
    [
        ("web.default.svc", "A", ["NOERROR", "10.96.0.50"]),
        ("WEB.default.svc", "A", ["NOERROR", "10.96.0.50"]),
        ("web.default.svc", "AAAA", ["NOERROR"]),
        ("nope.default.svc", "A", ["NXDOMAIN"]),
        ("default.svc", "A", ["NOERROR"]),
        ("nope.svc", "A", ["NXDOMAIN"]),
        ("web.default.nope", "A", ["NXDOMAIN"]),
        ("_http._tcp.web.default.svc", "SRV",
         ["NOERROR", "0 100 80 web.default.svc.cluster.local."]),
        ("_http._udp.web.default.svc", "SRV", ["NXDOMAIN"]),
        ("db-0.head.default.svc", "A", ["NOERROR", "10.244.1.10"]),
        ("10-244-2-10.head.default.svc", "A", ["NOERROR", "10.244.2.10"]),
        ("empty.default.svc", "A", ["NXDOMAIN"]),
        ("10-1-2-3.default.pod", "A", ["NOERROR", "10.1.2.3"]),
        ("x.default.pod", "A", ["NXDOMAIN"]),
        ("ext.default.svc", "CNAME", ["NOERROR", "example.com."]),
        ("ext.default.svc", "A", ["NOERROR", "CNAME example.com.", "93.184.215.14"]),
        ("inner.default.svc", "A",
         ["NOERROR", "CNAME web.default.svc.cluster.local.", "10.96.0.50"]),
        ("round1.default.svc", "A", ["NOERROR"]),
        ("dns-version", "TXT", ["NOERROR", '"1.1.0"']),
    ],
)  # fmt: skip
async def test_records_of_the_cluster(name: str, type: str, expected: list[str]) -> None:
    async with running() as dns:
        fill(dns.world)
        assert await dns.dig(f"{name}.cluster.local", type) == expected


async def test_headless_and_reverse_records() -> None:
    async with running() as dns:
        fill(dns.world)
        found = await dns.dig("head.default.svc.cluster.local")
        assert sorted(found) == ["10.244.1.10", "10.244.2.10", "NOERROR"]
        srv = await dns.dig("_http._tcp.head.default.svc.cluster.local", "SRV")
        assert "0 50 8080 db-0.head.default.svc.cluster.local." in srv
        for address, name in (("50.0.96.10", "web"), ("10.1.244.10", "db-0.head")):
            answer = await dns.dig(f"{address}.in-addr.arpa", "PTR")
            assert answer == ["NOERROR", f"{name}.default.svc.cluster.local."]
        assert await dns.dig("1.2.0.192.in-addr.arpa", "PTR") == ["NXDOMAIN"]
        found_message = await dig(dns.world, dns.client, DNS, "nope.default.svc.cluster.local")
        assert found_message.aa
        assert found_message.authority[0].data.startswith("ns.dns.cluster.local. hostmaster.")


async def test_upstreams_that_answer_refuse_or_are_silent() -> None:
    async with running() as dns:
        assert await dns.dig("example.com") == ["NOERROR", "93.184.215.14"]
        assert await dns.dig("nope.example.com") == ["NXDOMAIN"]
    async with running(resolv="nameserver 10.99.0.1\n") as dns:
        assert await dns.dig("example.com") == ["SERVFAIL"]
        assert "[ERROR] plugin/errors: 2 example.com. A: read udp 10.244.1.53:" in dns.text
        assert "->10.99.0.1:53: i/o timeout\n" in dns.text
    async with running(resolv="nameserver 10.244.1.2\n") as dns:
        assert await dns.dig("example.com") == ["SERVFAIL"]
        assert "->10.244.1.2:53: read: connection refused\n" in dns.text


async def test_the_cache_keeps_until_the_ttl() -> None:
    async with running(".:53 {\n forward . 172.18.0.1\n cache 30\n}\n") as dns:
        names = dns.world.fabric.outside.names
        names["a.example"] = ["198.51.100.1"]
        assert await dns.dig("a.example") == ["NOERROR", "198.51.100.1"]
        names["a.example"] = ["198.51.100.2"]
        await dns.world.clock.advance(29)
        kept = await dig(dns.world, dns.client, DNS, "a.example")
        assert (kept.answers[0].data, kept.answers[0].ttl) == ("198.51.100.1", 1)
        await dns.world.clock.advance(2)
        assert await dns.dig("a.example") == ["NOERROR", "198.51.100.2"]


async def test_queries_are_logged() -> None:
    async with running(KIND.replace("errors", "errors\n    log", 1)) as dns:
        dns.world.service("web", "10.96.0.50", [{"port": 80}])
        await dns.dig("web.default.svc.cluster.local")
        await dns.world.clock.quiet()
        line = dns.text.splitlines()[-1]
        start = "[INFO] 10.244.1.2:32768 - 7 "
        assert line.startswith(f'{start}"A IN web.default.svc.cluster.local. udp 47 false 512" ')
        assert " NOERROR qr,aa,rd 92 0." in line


LOOPING = "nameserver 10.96.0.10\n"


async def test_a_loop_ends_it() -> None:
    world = World()
    dns = Running(world, KIND, LOOPING)
    world.service("kube-dns", "10.96.0.10", [{"port": 53, "protocol": "UDP"}])
    world.slice("kube-dns", [endpoint(DNS)], [{"port": 53, "protocol": "UDP"}])
    await world.clock.advance(3)
    assert await dns.task == 1
    last = dns.text.splitlines()[-1]
    assert last.startswith("[FATAL] plugin/loop: Loop (10.244.1.1:")
    assert '-> :53) detected for zone ".", see https://coredns.io/plugins/loop#trouble' in last


BLOCK = ".:53 {{\n    {}\n}}\n"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("foo", "/etc/coredns/Corefile:2 - Error during parsing: Unknown directive 'foo'"),
        ("forward .", "plugin/forward: /etc/coredns/Corefile:2 - Error during parsing: "
         "Wrong argument count or unexpected line ending after '.'"),
        ("forward . /nope", 'plugin/forward: not an IP address or file: "/nope"'),
        ("kubernetes a.b {\n pods x\n}", "plugin/kubernetes: wrong value for pods: x,  must be "
         "one of: disabled, verified, insecure"),
        ("kubernetes a.b {\n foo\n}", "plugin/kubernetes: /etc/coredns/Corefile:3 - Error during "
         "parsing: unknown property 'foo'"),
        ("rewrite nam a b", 'plugin/rewrite: invalid rule type "nam"'),
        ("health foo", "plugin/health: address foo: missing port in address"),
        ("reload 1s", "plugin/reload: interval value must be greater or equal to 2s"),
        ("errors {\n foo\n}", "plugin/errors: /etc/coredns/Corefile:3 - Syntax error: Unexpected "
         "token 'foo', expecting 'Unknown field foo'"),
        ('template IN A {\n match "(a"\n}', "plugin/template: /etc/coredns/Corefile:3 - Error "
         "during parsing: could not parse regex: (a, error parsing regexp: missing closing ): "
         "`(a`"),
        ("import nope", "/etc/coredns/Corefile:2 - Error during parsing: File to import not "
         "found: nope"),
        ("errors\n}\n.:53 {", "cannot serve dns://.:53 - it is already defined"),
        ("hosts {\n ttl 5 } x", "plugin/hosts: /etc/coredns/Corefile:3 - Error during parsing: "
         "Unexpected EOF"),
        ("rewrite name exact a b { x } y", "plugin/rewrite: /etc/coredns/Corefile:2 - Error "
         "during parsing: Unexpected EOF"),
        ("errors }", "/etc/coredns/Corefile:2 - Error during parsing: Unexpected '}' because no "
         "matching opening brace"),
        ("errors\n}\n.:53{", "error inspecting server blocks: zone is not a valid domain name: "
         ".:53{"),
    ],
)  # fmt: skip
async def test_a_bad_corefile_ends_it_with_coredns_s_words(lines: str, words: str) -> None:
    text = BLOCK.format(lines)
    assert await ends(text) == (1, words + "\n")


async def test_a_busy_port_ends_it() -> None:
    world = World()
    dns = Running(world, BLOCK.format("whoami"))
    world.echo(dns.process.host.space, 53)
    await world.clock.quiet()
    assert await dns.task == 1
    assert "Listen: listen tcp :53: bind: address already in use\n" in dns.text


async def test_reload_takes_a_good_file_and_keeps_the_old_for_a_bad_one() -> None:
    async with running("a.b:53 {\n hosts {\n 1.2.3.4 x.a.b\n}\n reload 10s 2s\n}\n") as dns:
        assert await dns.dig("x.a.b") == ["NOERROR", "1.2.3.4"]
        assert await dns.dig("x.other") == ["REFUSED"]
        good = dns.files["/etc/coredns/Corefile"]
        dns.files["/etc/coredns/Corefile"] = good.replace("hosts", "hostz")
        await dns.world.clock.advance(12)
        failed = (
            "[ERROR] plugin/reload: Corefile changed but reload failed: /etc/coredns/Corefile:2"
        )
        assert f"{failed} - Error during parsing: Unknown directive 'hostz'\n" in dns.text
        assert await dns.dig("x.a.b") == ["NOERROR", "1.2.3.4"]
        dns.files["/etc/coredns/Corefile"] = good.replace("1.2.3.4", "5.6.7.8")
        await dns.world.clock.advance(12)
        assert await dns.dig("x.a.b") == ["NOERROR", "5.6.7.8"]
        assert dns.text.endswith("[INFO] Reloading complete\n")


async def test_sigterm_waits_as_lameduck() -> None:
    async with running() as dns:
        dns.process.handlers[signal.SIGTERM]()
        await dns.world.clock.advance(4)
        assert "[INFO] plugin/health: Going into lameduck mode for 5s\n" in dns.text
        assert await dns.dig("example.com") == ["NOERROR", "93.184.215.14"]
        await dns.world.clock.advance(2)
        assert await dns.task == 0
        assert await dns.world.get(dns.client, DNS, 8080) == "Refused"


REWRITES = """.:53 {
    rewrite stop name exact old.example.com web.default.svc.cluster.local
    rewrite stop {
        name regex (.*)\\.corp\\.$ {1}.default.svc.cluster.local answer auto
    }
    rewrite name suffix .lan. .default.svc.cluster.local. answer auto
    rewrite name substring zzz default
    template IN A t.example {
        match "^ip-(?P<a>[0-9]+)-(?P<b>[0-9]+)\\.t\\.example\\.$"
        answer "{{ .Name }} 60 IN A 10.0.{{ .Group.a }}.{{ index .Match 2 }}"
        fallthrough
    }
    template ANY ANY gone.example {
        rcode NXDOMAIN
    }
    hosts {
        192.0.2.7 host.example
        fallthrough
    }
    kubernetes cluster.local
    forward corp2 172.18.0.1
}
other.zone:53 other.zone:5353 {
    whoami
}
"""


async def test_rewrites_templates_hosts_and_several_zones() -> None:
    async with running(REWRITES) as dns:
        fill(dns.world)
        for name in ("old.example.com", "web.corp", "web.lan", "web.zzz.svc.cluster.local"):
            found = await dig(dns.world, dns.client, DNS, name)
            assert [r.data for r in found.answers] == ["10.96.0.50"], name
            assert found.name == f"{name}."
            if "zzz" not in name:
                assert found.answers[0].name == f"{name}."
        assert await dns.dig("ip-3-4.t.example") == ["NOERROR", "10.0.3.4"]
        assert await dns.dig("x.gone.example", "MX") == ["NXDOMAIN"]
        assert await dns.dig("host.example") == ["NOERROR", "192.0.2.7"]
        assert await dns.dig("7.2.0.192.in-addr.arpa", "PTR") == ["NOERROR", "host.example."]
        assert await dns.dig("elsewhere.example") == ["SERVFAIL"]
        whoami = await dig(dns.world, dns.client, DNS, "a.other.zone")
        assert whoami.extra[0].data == "10.244.1.2"


async def test_an_api_that_is_not_there_leaves_it_unready() -> None:
    world = World()
    dns = Running(world, KIND)
    dns.process.host.api = None
    await world.clock.advance(6)
    assert "starting server with unsynced Kubernetes API\n" in dns.text
    assert (await dns.http(8181, "/ready")).endswith("\r\n\r\nkubernetes")
    assert await dns.dig("web.default.svc.cluster.local") == ["SERVFAIL"]
    dns.process.host.api = world.state
    await world.clock.advance(6)
    assert (await dns.http(8181, "/ready")).endswith("\r\n\r\nOK")
    dns.task.cancel()
