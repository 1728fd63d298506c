"""Messages, resolv.conf, the resolver."""

from __future__ import annotations

from typing import Literal

import pytest

from breakfix.embedded.network.dns_messages import Message, decode, encode, question, reverse_name
from breakfix.embedded.network.dns_records import DnsFormatError, Record, parse_record
from breakfix.embedded.network.outside_dns import serve_names
from breakfix.embedded.network.resolv_conf import hosts_file, resolv_conf
from breakfix.embedded.network.resolving import ResolveError, Resolver
from breakfix.embedded.objects import Object
from tests.embedded.network.helpers import World


def test_messages_survive_the_wire() -> None:
    records = [
        Record("web.a.", "CNAME", "web.b."), Record("web.b.", "A", "10.0.0.1", 30),
        Record("web.b.", "AAAA", "fd00::1", 30), Record("_h._tcp.b.", "SRV", "0 100 80 web.b.", 5),
        Record("b.", "TXT", '"v=1 \\"x\\"" "two"'), Record("b.", "MX", "10 mail.b."),
        Record("b.", "SOA", "ns.b. admin.b. 1 2 3 4 5"),
    ]  # fmt: skip
    message = question("web.a", "A", 77, size=1232).reply(aa=True, answers=records)
    assert decode(encode(message)) == message
    assert encode(message).count(b"\x03web") < 4  # names are compressed


def test_what_does_not_fit_is_cut_and_said() -> None:
    many = [Record("x.", "A", f"10.0.0.{i}") for i in range(200)]
    found = decode(encode(question("x").reply(answers=many), 512))
    assert found.tc
    assert 0 < len(found.answers) < 200


@pytest.mark.parametrize("data", [b"", b"x" * 11, b"\0\1\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"])
def test_rubbish_is_no_message(data: bytes) -> None:
    with pytest.raises(DnsFormatError):
        decode(data)


def test_lines_of_a_zone_file() -> None:
    assert parse_record("a.b. 60 IN A 1.2.3.4") == Record("a.b.", "A", "1.2.3.4", 60)
    assert parse_record("a.b IN CNAME c.d.") == Record("a.b.", "CNAME", "c.d.", 3600)
    with pytest.raises(DnsFormatError):
        parse_record("a.b. IN A one.two")
    assert reverse_name("10.244.0.6") == "6.0.244.10.in-addr.arpa."


def pod(**spec: object) -> Object:
    return {"metadata": {"name": "p", "namespace": "ns"}, "spec": spec}


NODE = "search example.net\nnameserver 172.18.0.1\noptions edns0\n"


def test_resolv_conf_by_policy() -> None:
    def text(**spec: object) -> str:
        return resolv_conf(pod(**spec), NODE, ["10.96.0.10"])

    cluster = (
        "search ns.svc.cluster.local svc.cluster.local cluster.local example.net\n"
        "nameserver 10.96.0.10\noptions ndots:5\n"
    )
    assert text() == text(hostNetwork=True, dnsPolicy="ClusterFirstWithHostNet") == cluster
    assert text(dnsPolicy="Default") == text(hostNetwork=True) == NODE
    config = {"nameservers": ["1.1.1.1"], "searches": ["my.corp"],
              "options": [{"name": "ndots", "value": "2"}, {"name": "rotate"}]}  # fmt: skip
    own = "search my.corp\nnameserver 1.1.1.1\noptions ndots:2 rotate\n"
    assert text(dnsPolicy="None", dnsConfig=config) == own
    assert "options ndots:2 rotate" in text(dnsConfig=config)


def test_hosts_file_with_subdomain_and_aliases() -> None:
    item = pod(
        hostname="h", subdomain="sub", hostAliases=[{"ip": "1.2.3.4", "hostnames": ["a", "b"]}]
    )
    text = hosts_file(item, ["10.244.0.6"])
    assert text.startswith("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\t")
    assert text.endswith(
        "10.244.0.6\th.sub.ns.svc.cluster.local\th\n"
        "\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n"
    )


async def test_search_list_and_ndots() -> None:
    world = World()
    a = world.pod("a", "10.244.1.2")
    conf = "search x.y y\nnameserver 10.96.0.10\noptions ndots:2\n"
    resolver = Resolver(world.fabric, a, conf)
    assert list(resolver.candidates("web")) == ["web.x.y.", "web.y.", "web."]
    assert list(resolver.candidates("a.b.c")) == ["a.b.c.", "a.b.c.x.y.", "a.b.c.y."]
    assert list(resolver.candidates("web.")) == ["web."]
    musl = Resolver(world.fabric, a, conf, libc="musl")
    assert list(musl.candidates("a.b.c")) == ["a.b.c."]


async def test_answers_refusals_and_silence_are_told_apart() -> None:
    world = World()
    a = world.pod("a", "10.244.1.2")
    serve_names(world.fabric)
    resolver = Resolver(world.fabric, a, "nameserver 172.18.0.1\n", "10.1.1.1 files.local files\n")
    assert await resolver.addresses("files") == ["10.1.1.1"]
    assert await resolver.addresses("10.9.9.9") == ["10.9.9.9"]
    assert await resolver.addresses("example.com") == ["93.184.215.14"]
    with pytest.raises(ResolveError) as none:
        await resolver.addresses("nope.example")
    assert (none.value.outcome, none.value.temporary) == ("NXDOMAIN", False)
    world.fabric.outside.down = True
    with pytest.raises(ResolveError) as failed:
        await resolver.addresses("example.com")
    assert (failed.value.outcome, failed.value.temporary) == ("SERVFAIL", True)
    silent = Resolver(world.fabric, a, "nameserver 10.96.0.10\noptions timeout:1 attempts:2\n")
    started = world.clock.monotonic()
    reply = await world.run(silent.query("web."))
    assert reply.outcome == "TIMEOUT"
    assert world.clock.monotonic() - started == pytest.approx(2, abs=0.5)
    world.pod("closed", "10.244.1.3")
    closed = Resolver(world.fabric, a, "nameserver 10.244.1.3\n")
    assert (await closed.query("web.")).outcome == "UNREACHABLE"


@pytest.mark.parametrize(("libc", "seconds"), [("glibc", 20), ("musl", 5)])
async def test_silence_is_waited_for_as_long_as_by_libc(
    libc: Literal["glibc", "musl"], seconds: int
) -> None:
    world = World()
    a = world.pod("a", "10.244.1.2")
    conf = "search ns.svc.x svc.x x\nnameserver 10.96.0.10\noptions ndots:5\n"
    resolver = Resolver(world.fabric, a, conf, libc=libc)
    started = world.clock.monotonic()
    with pytest.raises(ResolveError) as silent:
        await world.run(resolver.addresses("web"))
    assert silent.value.outcome == "TIMEOUT"
    assert world.clock.monotonic() - started == pytest.approx(seconds, abs=0.5)


async def test_an_answer_too_long_for_a_datagram_comes_over_tcp() -> None:
    world = World()
    a = world.pod("a", "10.244.1.2")
    serve_names(world.fabric)
    world.fabric.outside.names["many.example"] = [f"198.51.100.{i}" for i in range(60)]
    resolver = Resolver(world.fabric, a, "nameserver 172.18.0.1\n")
    assert len(await resolver.addresses("many.example", ("A",))) == 60
    assert isinstance((await resolver.query("many.example.")).message, Message)
