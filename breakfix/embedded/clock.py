"""Time as an argument: real in play, virtual in tests."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

_PATIENCE = 5.0  # real seconds that virtual time waits for threads


class Clock(Protocol):
    """What a cluster needs to know of time."""

    def now(self) -> datetime:
        """The time of day, in UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed point; never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed point."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        await asyncio.sleep(seconds)


class VirtualClock:
    """Time that stands still until a test moves it with `advance`."""

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime(2026, 1, 1, tzinfo=UTC)
        self._seconds = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self.busy: list[Callable[[], bool]] = []  # what works in threads: time waits for it

    def now(self) -> datetime:
        """The virtual time of day."""
        return self._start + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        """Virtual seconds since the start."""
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        """Wait until a test has let so much time pass."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._seconds + seconds, next(self._order), done))
        await done

    async def advance(self, seconds: float) -> None:
        """Let time pass: every sleeper wakes at its moment, in order."""
        until = self._seconds + seconds
        await self.quiet()
        while self._sleepers and self._sleepers[0][0] <= until:
            at, _, done = heapq.heappop(self._sleepers)
            self._seconds = max(self._seconds, at)
            if not done.done():
                done.set_result(None)
                await self.quiet()
        self._seconds = until

    async def quiet(self) -> None:
        """Give everything that can run now its turns."""
        until = time.monotonic() + _PATIENCE
        while True:
            for _ in range(50):
                await asyncio.sleep(0)
            if not any(works() for works in self.busy) or time.monotonic() > until:
                return
            await asyncio.sleep(0.0005)
