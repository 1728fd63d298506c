"""Time as an argument: real in play, virtual in tests."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

T = TypeVar("T")
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


class PacedClock(SystemClock):
    """The machine's own time, with waits that can be shortened for a while.

    The time of day is never touched: what is written down keeps its true moment.
    """

    def __init__(self) -> None:
        self._pace, self._since, self._passed = 1.0, time.monotonic(), 0.0
        self._sleepers: set[_Sleeper] = set()
        self._until: asyncio.TimerHandle | None = None

    @property
    def pace(self) -> float:
        """How many seconds of waiting pass in one."""
        return self._pace

    def monotonic(self) -> float:
        """Seconds of waiting since the clock was made."""
        return self._passed + (time.monotonic() - self._since) * self._pace

    def set_pace(self, pace: float, seconds: float) -> None:
        """From now on, and at most for so many seconds."""
        self._passed, self._since, self._pace = self.monotonic(), time.monotonic(), pace
        for sleeper in self._sleepers:
            sleeper.arm(self)
        if self._until is not None:
            self._until.cancel()
        loop = asyncio.get_running_loop()
        self._until = loop.call_later(seconds, self.set_pace, 1.0, 0.0) if pace != 1.0 else None

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of waiting."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        sleeper = _Sleeper(self.monotonic() + seconds)
        sleeper.arm(self)
        self._sleepers.add(sleeper)
        try:
            await sleeper.woken
        finally:
            self._sleepers.discard(sleeper)
            sleeper.forget()


class _Sleeper:
    """One that waits for a moment of a paced clock."""

    def __init__(self, due: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._due = due
        self.woken: asyncio.Future[None] = self._loop.create_future()
        self.timer: asyncio.TimerHandle | None = None

    def arm(self, clock: PacedClock) -> None:
        """Set the timer, for the pace of now."""
        self.forget()
        left = max(0.0, self._due - clock.monotonic()) / clock.pace
        self.timer = self._loop.call_later(left, self._wake)

    def forget(self) -> None:
        """Nobody waits any more."""
        if self.timer is not None:
            self.timer.cancel()

    def _wake(self) -> None:
        if not self.woken.done():
            self.woken.set_result(None)


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
            if time.monotonic() > until:
                return
            if any(works() for works in self.busy):
                await asyncio.sleep(0.0005)
            elif not called_back(asyncio.get_running_loop()):
                return


def called_back(loop: asyncio.AbstractEventLoop) -> bool:
    """Has anything called back whose turn has not come yet? asyncio has no question for it."""
    return bool(loop._ready)  # type: ignore[attr-defined]


async def within(
    clock: Clock, seconds: float | None, work: Awaitable[T], late: type[Exception] = TimeoutError
) -> T:
    """What the work gives, in so much time; None: for ever. Raises `late`.

    Whoever waits no longer has ended the work: it is cancelled, and over.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.sleep(0)  # much is done at its first turn and needs no timer
        if not task.done():
            await _first(task, clock, seconds)
        if not task.done():
            raise late("timed out")
        return task.result()
    finally:
        await _ended(task)


async def _first(task: asyncio.Future[T], clock: Clock, seconds: float | None) -> None:
    """Until it is done, or so much time has passed."""
    if seconds is None:
        await asyncio.wait((task,))
        return
    timer = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait((task, timer), return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()


async def _ended(task: asyncio.Future[T]) -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()  # nobody asks for it any more
