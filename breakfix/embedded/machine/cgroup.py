"""The control group of a container: what its processes use, and the limits they are held to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from breakfix.embedded.clock import Clock
from breakfix.embedded.machine.governor import Share
from breakfix.embedded.machine.metering import Meter
from breakfix.embedded.machine.mounts import FileSpace
from breakfix.embedded.machine.types import ContainerSpec, Process
from breakfix.embedded.objects import Object


class Cgroup:
    """Of the container of `spec`; `kill` ends all of its `processes`. Memory is in bytes."""

    def __init__(
        self, spec: ContainerSpec, clock: Clock, space: FileSpace,
        processes: Callable[[], list[Process]], kill: Callable[[], None],
    ) -> None:  # fmt: skip
        self._spec, self._space, self._processes, self._kill = spec, space, processes, kill
        self._loop = asyncio.get_running_loop()
        self.meter = Meter(clock, self._cores, processes)
        self.share = Share(clock, self._cores(), self._spent)
        self.oom_killed = False  # for want of memory
        self._peak = 0
        space.pressed = self._pressed

    def resize(self, limits: Object) -> None:
        """Other limits, from now on."""
        self.meter.settle()
        self._spec.limits = limits
        self.share.limit(self._cores())

    # -- CPU ---------------------------------------------------------------------------

    def _cores(self) -> float:
        return float(self._spec.limits.get("cpu") or 0) / 1000

    def _spent(self, seconds: float, held: float) -> None:
        self.meter.spend(seconds * min(self._cores() or 1.0, 1.0))
        if held:
            self.meter.hold(held)

    def use_cpu(self, process: Process, cores: float) -> None:
        """A process wants so many cores from now on."""
        self.meter.settle()
        process.cpu = cores

    # -- memory ------------------------------------------------------------------------

    @property
    def memory(self) -> int:
        """What it holds: of its processes, and what it wrote to volumes in memory."""
        return sum(p.memory for p in self._processes()) + self._space.in_memory

    @property
    def peak(self) -> int:
        """The most that it has held."""
        return max(self._peak, self.memory)

    def use_memory(self, process: Process, size: int) -> None:
        """A process holds so much from now on."""
        process.memory = size
        self._peak = self.peak
        self._check()

    def _pressed(self) -> None:
        """It has written to a volume in memory; from whichever thread."""
        self._peak = self.peak
        limit = self._spec.limits.get("memory")
        if limit and self.memory > limit:
            self._loop.call_soon_threadsafe(self._check)

    def _check(self) -> None:
        """Kill it where it holds more than its limit: all its processes are one group for the
        kernel, as a kubelet asks for."""
        limit = self._spec.limits.get("memory")
        if limit and self.memory > limit and self._processes():
            self.oom_killed = True
            self._kill()
