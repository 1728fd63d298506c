"""Waits that nobody learns from, shortened: while a round is set up or put back.

An embedded cluster lets every wait in it pass in a tenth of its time; what asks it looks as
much more often. Timestamps stay true. Any other cluster takes the time that it takes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from breakfix.clock import Clock
from breakfix.clusters.base import Cluster
from breakfix.clusters.requests import Api
from breakfix.errors import ClusterError

FACTOR = 10
AT_MOST = 120  # s: a game that was killed leaves nothing hurried
PATH = "/debug/pace"


class HurriedClock:
    """Sleeps a tenth; tells the true time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Seconds since some fixed point."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for a tenth of so many seconds."""
        await self._clock.sleep(self.real(seconds))

    def real(self, seconds: float) -> float:
        """A tenth of so many seconds of waiting."""
        return seconds / FACTOR


@asynccontextmanager
async def hurrying(cluster: Cluster, api: Api, clock: Clock) -> AsyncIterator[Clock]:
    """The clock to use meanwhile. Raises ClusterError where the cluster does not answer."""
    if not cluster.hurries:
        yield clock
        return
    await api.request("PUT", PATH, {"factor": FACTOR, "seconds": AT_MOST})
    try:
        yield HurriedClock(clock)
    finally:
        with suppress(ClusterError):  # it may be gone by now
            await api.request("PUT", PATH, {"factor": 1})
