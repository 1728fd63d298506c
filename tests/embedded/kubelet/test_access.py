"""Logs, attach and connections of pods."""

from __future__ import annotations

import asyncio

import pytest

from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kubelet.log_reading import read
from breakfix.embedded.kubelet.logs import MAX_LOG, Log
from breakfix.embedded.machine.streams import Memory, Pipe
from breakfix.embedded.network.types import RefusedError, Stream
from breakfix.embedded.nodes.access import LogOptions, Session
from tests.embedded.kubelet.fixture import Cluster, sh


async def _text(log: Log, **options: object) -> bytes:
    return b"".join([block async for block in read(log, LogOptions(**options))])  # type: ignore[arg-type]


async def test_what_is_read_of_a_log() -> None:
    log = Log(VirtualClock())
    await log.write("stdout", b"one\ntw")
    await log.write("stderr", b"err\n")
    await log.write("stdout", b"o\nrest")
    assert await _text(log) == b"one\nerr\ntwo\n"
    log.close()
    assert await _text(log) == b"one\nerr\ntwo\nrest"
    assert await _text(log, tail_lines=2) == b"two\nrest"
    assert await _text(log, tail_lines=0) == b""
    assert await _text(log, limit_bytes=5) == b"one\ne"
    assert await _text(log, stream="Stderr") == b"err\n"
    assert await _text(log, follow=True, tail_lines=1) == b"rest"


async def test_an_old_log_is_cut() -> None:
    log = Log(VirtualClock())
    for number in range(300):
        await log.write("stdout", b"%05d" % number + b"x" * 16000 + b"\n")
    text = await _text(log)
    assert MAX_LOG * 0.9 < len(text) <= MAX_LOG
    assert text.rstrip(b"x\n").endswith(b"00299")


async def test_a_log_is_followed_to_the_end(cluster: Cluster) -> None:
    await cluster.pod("web", containers=sh("echo a; sleep 5; echo b"), restartPolicy="Never")
    reading = asyncio.create_task(cluster.logs("web", follow=True))
    await cluster.wait(6)
    assert await asyncio.wait_for(reading, 5) == "a\nb\n"


async def test_attach_joins_the_program(cluster: Cluster) -> None:
    containers = [{"name": "app", "image": "busybox:1.36", "command": ["cat"], "stdin": True,
                   "stdinOnce": True}]  # fmt: skip
    await cluster.pod("web", containers=containers, restartPolicy="Never")
    keys, output = Pipe(), Memory()
    work = asyncio.create_task(
        cluster.access.attach(cluster.get("web"), "app", Session(keys, output, output))
    )
    await keys.write(b"hello\n")
    await cluster.wait(0.1)
    keys.end()
    await cluster.wait(0.1)
    assert await asyncio.wait_for(work, 5) == 0
    assert output.text == "hello\n"
    assert cluster.get("web")["status"]["phase"] == "Succeeded"


async def test_connections_from_inside_and_to_host_ports(cluster: Cluster) -> None:
    ports = [{"containerPort": 80, "hostPort": 8080}]
    await cluster.pod("web", containers=sh("sleep 3600", ports=ports))
    with pytest.raises(RefusedError):
        await cluster.access.dial(cluster.get("web"), 80)
    worker = cluster.kubelet.worker_of(cluster.get("web"))
    assert worker
    assert worker.preparing.sandbox

    async def serve(stream: Stream) -> None:
        await stream.write(b"hi")

    cluster.fabric.listen(worker.preparing.sandbox.space, 80, serve)
    inside = await cluster.access.dial(cluster.get("web"), 80)
    assert await inside.read() == b"hi"
    node = cluster.kubelet.node.network.space
    outside = await cluster.fabric.connect(node, node.addresses[0], 8080)
    assert await outside.read() == b"hi"


async def test_what_is_said_of_commands_that_cannot_be_run(cluster: Cluster) -> None:
    await cluster.pod("web", containers=sh("sleep 3600"))
    with pytest.raises(StatusError, match="error executing command in container: failed to exec"):
        await cluster.exec("web", "nosuch")
    await cluster.pod("done", containers=sh("true"), restartPolicy="Never")
    with pytest.raises(StatusError, match=r'container not found \("app"\)'):
        await cluster.exec("done", "true")
    session = Session(None, Memory(), Memory())
    with pytest.raises(StatusError, match=r"^container app not found in pod done_"):
        await cluster.access.attach(cluster.get("done"), "app", session)
    with pytest.raises(StatusError, match="previous terminated container"):
        await cluster.logs("web", previous=True)
