"""What a script prints and its errors come in the order in which they were written."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.machine.images.images import resolve
from breakfix.embedded.machine.runtime import Machine
from breakfix.embedded.machine.types import ContainerSpec, Host, Identity
from breakfix.embedded.network.types import NetworkNamespace


class _Stream:
    """One of two outputs of a container that go to the same log."""

    def __init__(self, name: str, log: list[tuple[str, str]]) -> None:
        self.name, self.log = name, log

    async def write(self, data: bytes) -> None:
        self.log += [(self.name, line) for line in data.decode().splitlines()]


async def logged(script: str) -> list[tuple[str, str]]:
    """The lines of a container whose first process is this script, by stream."""
    log: list[tuple[str, str]] = []
    found = resolve("busybox:1.36").image
    spec = ContainerSpec(name="main", image=found, argv=["sh", "-c", script], env=dict(found.env),
                         workdir="/", who=Identity(), mounts={})  # fmt: skip
    space = NetworkNamespace("node-1", ("10.244.0.5",), "pod-1")
    host = Host(cast("Any", None), space, VirtualClock(), "pod-1", "node-1")
    box = await Machine().start(spec, host, _Stream("out", log), _Stream("err", log))
    assert box.main is not None
    await asyncio.wait_for(box.until(box.main), 10)
    return log


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("echo 1; echo 2 >&2; echo 3; echo 4 >&2; echo 5", "1 2 3 4 5"),
        ("for i in 1 2 3 4; do echo $i; echo e$i >&2; done", "1 e1 2 e2 3 e3 4 e4"),
        ("for i in 1 2 3; do echo $i; done; echo last", "1 2 3 last"),
    ],
)
async def test_of_the_shell_itself(script: str, lines: str) -> None:
    for _ in range(10):
        assert [line for _, line in await logged(script)] == lines.split()


async def test_of_programs_between() -> None:
    script = "for i in 1 2 3; do echo $i; ls /no-$i; id -un; done"
    for _ in range(10):
        log = await logged(script)
        assert [name for name, _ in log] == ["out", "err", "out"] * 3
        assert [log[i][1] for i in (0, 3, 6)] == ["1", "2", "3"]
        assert "/no-2" in log[4][1]
