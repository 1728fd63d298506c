"""Time as an argument: real in play, virtual in tests.

`now` is for records that people read (UTC), `monotonic` for durations in seconds,
`sleep` for waiting in seconds.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the game needs to know of time."""

    def now(self) -> datetime:
        """The time of day, in UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed point; never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""

    def real(self, seconds: float) -> float:
        """As many seconds of waiting, in those that `now` tells."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed point; never goes back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        await asyncio.sleep(seconds)

    def real(self, seconds: float) -> float:
        """The seconds themselves."""
        return seconds


class VirtualClock:
    """Time that passes only when somebody waits for it: for tests."""

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime(2026, 1, 1, tzinfo=UTC)
        self._seconds = 0.0

    def now(self) -> datetime:
        """The virtual time of day, in UTC."""
        return self._start + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        """Virtual seconds since the start."""
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Let time pass without anybody waiting."""
        self._seconds += seconds

    async def sleep(self, seconds: float) -> None:
        """Let so much virtual time pass at once, and give the loop a turn."""
        self._seconds += max(0.0, seconds)
        await asyncio.sleep(0)

    def real(self, seconds: float) -> float:
        """The seconds themselves."""
        return seconds
