"""Connections, datagrams, node failure, addresses of nobody."""

from __future__ import annotations

import asyncio

import pytest

from breakfix.embedded.network.pipes import WINDOW
from breakfix.embedded.network.types import (
    NetworkNamespace,
    NoRouteError,
    RefusedError,
    ResetError,
    Stream,
    TimedOutError,
)
from tests.embedded.network.helpers import World


async def test_a_connection_carries_both_ways_and_ends_with_fin() -> None:
    world = World()
    a, b = world.pod("a", "10.244.1.2"), world.pod("b", "10.244.2.2")
    heard = []

    async def serve(end: Stream) -> None:
        while data := await end.read():
            heard.append(data)
        await end.write(b"bye")

    world.fabric.listen(b, 80, serve)
    end = await world.fabric.connect(a, "10.244.2.2", 80)
    assert end.peer == ("10.244.2.2", 80)
    await end.write(b"hello")
    end.end_writing()
    assert await end.read() == b"bye"
    assert await end.read() == b""
    assert b"".join(heard) == b"hello"


async def test_a_writer_waits_for_its_reader() -> None:
    world = World()
    a, b = world.pod("a", "10.244.1.2"), world.pod("b", "10.244.2.2")
    got: list[int] = []

    async def serve(end: Stream) -> None:
        await world.clock.sleep(10)
        while data := await end.read():
            got.append(len(data))

    world.fabric.listen(b, 80, serve)
    end = await world.fabric.connect(a, "10.244.2.2", 80)
    writing = asyncio.ensure_future(end.write(bytes(3 * WINDOW)))
    await world.clock.advance(9)
    assert not writing.done()
    await world.clock.advance(2)
    await writing
    end.close()
    await world.clock.quiet()
    assert sum(got) == 3 * WINDOW


async def test_closing_with_unread_data_or_a_gone_pod_resets() -> None:
    world = World()
    a, b = world.pod("a", "10.244.1.2"), world.pod("b", "10.244.2.2")

    async def hang_up(end: Stream) -> None:
        await world.clock.sleep(1)

    world.fabric.listen(b, 80, hang_up)
    end = await world.fabric.connect(a, "10.244.2.2", 80)
    await end.write(b"x")
    await world.clock.advance(2)
    with pytest.raises(ResetError):
        await end.read()
    other = await world.fabric.connect(a, "10.244.2.2", 80)
    world.fabric.detach(b)
    with pytest.raises(ResetError):
        await other.read()
    assert await world.get(a, "10.244.2.2", 80) == "TimedOut"


async def test_nobody_listens_nobody_is_there_nobody_is_near() -> None:
    world = World()
    a = world.pod("a", "10.244.1.2")
    world.pod("b", "10.244.2.2")
    assert await world.get(a, "10.244.2.2", 81) == "Refused"
    assert await world.get(a, "10.244.2.99") == "TimedOut"
    assert await world.get(a, "203.0.113.9") == "TimedOut"
    started = world.clock.monotonic()
    with pytest.raises(NoRouteError):
        await world.run(world.fabric.connect(a, "172.18.0.99", 80, 10))
    assert 3 <= world.clock.monotonic() - started < 4
    with pytest.raises(RefusedError):
        await world.fabric.ask(a, "10.244.2.2", 81, b"?")
    with pytest.raises(TimedOutError):
        await world.run(world.fabric.ping(a, "10.244.2.99"))
    assert 0 < await world.fabric.ping(a, "10.244.2.2") < 0.01


async def test_loopback_is_each_namespace_s_own_and_the_host_s_is_shared() -> None:
    world = World()
    a, b = world.pod("a", "10.244.1.2"), world.pod("b", "10.244.1.3")
    world.echo(a)
    assert await world.get(a, "127.0.0.1") == "a 127.0.0.1"
    assert await world.get(a, "10.244.1.2") == "a 10.244.1.2"
    assert await world.get(b, "127.0.0.1") == "Refused"
    agent = NetworkNamespace("n1", ("172.18.0.2",), "agent", ("kube-system", "agent"), True)
    world.fabric.attach(agent)
    world.echo(agent, 9100)
    assert await world.get(world.hosts["n1"], "127.0.0.1", 9100) == "agent 127.0.0.1"
    assert await world.get(b, "172.18.0.2", 9100) == "agent 10.244.1.3"
    with pytest.raises(OSError, match="Address already in use"):
        world.echo(world.hosts["n1"], 9100)
    world.fabric.detach(agent)
    assert await world.get(b, "172.18.0.2", 9100) == "Refused"


async def test_binding_to_one_address() -> None:
    world = World()
    a, b = world.pod("a", "10.244.1.2"), world.pod("b", "10.244.1.3")

    async def serve(end: Stream) -> None:
        await end.write(b"only here")

    world.fabric.listen(a, 80, serve, "127.0.0.1")
    assert await world.get(a, "127.0.0.1", 80) == "only here"
    assert await world.get(b, "10.244.1.2", 80) == "Refused"
    with pytest.raises(OSError, match="Cannot assign requested address"):
        world.fabric.listen(a, 81, serve, "10.244.1.9")


async def test_a_node_that_is_cut_off_stalls_and_comes_back() -> None:
    world = World()
    a, b = world.pod("a", "10.244.1.2"), world.pod("b", "10.244.2.2")
    got: list[bytes] = []

    async def serve(end: Stream) -> None:
        while data := await end.read():
            got.append(data)

    world.fabric.listen(b, 80, serve)
    end = await world.fabric.connect(a, "10.244.2.2", 80)
    world.fabric.cut_off("n2")
    assert await world.get(a, "10.244.2.2", 80) == "TimedOut"
    writing = asyncio.ensure_future(end.write(b"late"))
    await world.clock.advance(60)
    assert not got
    world.fabric.rejoin("n2")
    await writing
    await world.clock.quiet()
    assert got == [b"late"]


async def test_a_gone_node_is_unreachable_with_its_pods() -> None:
    world = World()
    a = world.pod("a", "10.244.1.2")
    world.fabric.detach(world.hosts["n2"])
    assert await world.get(a, "172.18.0.3") == "NoRoute"
    assert await world.get(a, "10.244.2.2") == "NoRoute"


async def test_the_outside_answers_where_somebody_listens() -> None:
    world = World()
    a = world.pod("a", "10.244.1.2")
    world.echo(world.fabric.outside.add("198.51.100.7", "api.example.net"), 443)
    assert await world.get(a, "198.51.100.7", 443) == "api.example.net 172.18.0.2"
