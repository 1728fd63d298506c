"""What a container has used of the CPU, and how much its limit has held back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from breakfix.embedded.clock import Clock
from breakfix.embedded.machine.types import Process

CORES = 4  # of a node
PERIOD = 0.1  # seconds: as the kernel's bandwidth control counts them


@dataclass
class Used:
    """In seconds of CPU time, and in periods."""

    seconds: float = 0.0
    throttled: float = 0.0
    periods: int = 0
    throttled_periods: int = 0


class Meter:
    """Adds up over time what its processes want (`Process.cpu`, in cores), up to the limit.

    Call `settle` before what they want or the limit changes. `limit` in cores, 0 for none.
    """

    def __init__(
        self, clock: Clock, limit: Callable[[], float], processes: Callable[[], Iterable[Process]]
    ) -> None:
        self._clock, self._limit, self._processes = clock, limit, processes
        self._at = clock.monotonic()
        self._used = Used()
        self._rest = 0.0  # of a period

    @property
    def wanted(self) -> float:
        """Cores that its processes would use now."""
        return sum(p.cpu for p in self._processes())

    @property
    def share(self) -> float:
        """How much of what they want they get: 1 for all."""
        limit = self._limit() or CORES
        return min(1.0, limit / max(self.wanted, 0.001))

    def settle(self) -> None:
        """Count the time since the last call."""
        now = self._clock.monotonic()
        passed, self._at = now - self._at, now
        wanted, limit = self.wanted, self._limit()
        if wanted <= 0 or passed <= 0:
            return
        self._used.seconds += min(wanted, limit or CORES) * passed
        if limit:
            self._count(passed, wanted, limit)

    def _count(self, passed: float, wanted: float, limit: float) -> None:
        whole = int((self._rest + passed) / PERIOD + 1e-6)
        self._rest += passed - whole * PERIOD
        self._used.periods += whole
        if wanted > limit:
            self._used.throttled_periods += whole
            self._used.throttled += (wanted - limit) * passed

    def spend(self, seconds: float) -> None:
        """A moment's work."""
        self._used.seconds += seconds

    def hold(self, seconds: float) -> None:
        """The limit has held something back for so long."""
        self._used.throttled += seconds
        self._used.throttled_periods += max(int(seconds / PERIOD), 1)
        self._used.periods += max(int(seconds / PERIOD), 1)

    def used(self) -> Used:
        """Until now."""
        self.settle()
        return self._used
