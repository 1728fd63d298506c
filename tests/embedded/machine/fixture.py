"""A container to run things in."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from breakfix.embedded.clock import Clock, VirtualClock
from breakfix.embedded.machine.container import Container
from breakfix.embedded.machine.images.images import resolve
from breakfix.embedded.machine.runtime import Machine
from breakfix.embedded.machine.streams import Empty, Given, Memory
from breakfix.embedded.machine.types import ContainerSpec, Host, Identity
from breakfix.embedded.network.types import NetworkNamespace


class Started:
    """A started container, its clock and what it has printed."""

    def __init__(self, container: Container, clock: VirtualClock, output: Memory) -> None:
        self.container, self.clock, self.output = container, clock, output

    async def sh(self, script: str, stdin: bytes = b"") -> tuple[int, str]:
        """`sh -c`: its exit code and all that it printed."""
        return await self.run(["sh", "-c", script], stdin)

    async def run(self, argv: list[str], stdin: bytes = b"") -> tuple[int, str]:
        """A command; standard error comes with standard output."""
        output = Memory()
        source = Given(stdin) if stdin else Empty()
        work = self.container.exec(argv, source, output, output)
        code = await asyncio.wait_for(work, 10)
        return code, output.text


async def started(
    *argv: str, image: str = "busybox:1.36", clock: Clock | None = None, **changed: Any
) -> Started:
    """Start a container of an image from the catalogue."""
    clock = clock or VirtualClock()
    found = resolve(image).image
    spec = ContainerSpec(
        name="main", image=found, argv=list(argv), env={**found.env, "HOME": "/root"},
        workdir="/", who=Identity(), mounts={},
    )  # fmt: skip
    for key, value in changed.items():
        setattr(spec, key, value)
    space = NetworkNamespace("node-1", ("10.244.0.5",), "pod-1")
    host = Host(cast("Any", None), space, clock, "pod-1", "node-1")
    output = Memory()
    container = await Machine().start(spec, host, output, output)
    return Started(container, cast("VirtualClock", clock), output)
