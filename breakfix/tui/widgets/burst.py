"""Whether much is written just now."""

from __future__ import annotations


class Burst:
    """Counts what is written. It is `much` where `most` came within `seconds`, or would have
    at that pace."""

    def __init__(self, most: int, seconds: float) -> None:
        self._pace, self._most = most / seconds, most
        self._amount, self._at = 0.0, 0.0

    def add(self, amount: int, now: float) -> None:
        """So much was written at a time `now`, in seconds."""
        self._amount = self._left(now) + amount
        self._at = now

    @property
    def much(self) -> bool:
        """Whether it is a flood, as of what was written last."""
        return self._amount > self._most

    def over(self, now: float) -> bool:
        """Whether it has ebbed away by now."""
        return not self._left(now)

    def _left(self, now: float) -> float:
        return max(0.0, self._amount - (now - self._at) * self._pace)
