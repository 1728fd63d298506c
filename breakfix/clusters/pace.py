"""How soon to look again at what is waited for."""

from __future__ import annotations

POLL = 0.25  # s
LONGEST_POLL = 1.0  # s between two looks while they see the same


class Pace:
    """More rarely while nothing changes."""

    def __init__(self, longest: float = LONGEST_POLL) -> None:
        self._seen: object = None
        self._pause, self._longest = POLL, longest

    def after(self, seen: object) -> float:
        """Seconds until the next look, after having seen this."""
        self._pause = min(2 * self._pause, self._longest) if seen == self._seen else POLL
        self._seen = seen
        return self._pause
