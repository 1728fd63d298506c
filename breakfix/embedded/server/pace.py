"""/debug/pace: how quickly waits pass in this cluster.

`PUT /debug/pace?factor=10&seconds=30` shortens every wait to a tenth, for at most so long;
`factor=1` ends it. Who prepares something on a cluster need not wait for time-outs.
"""

from __future__ import annotations

from collections.abc import Mapping

from breakfix.embedded.clock import PacedClock
from breakfix.embedded.errors import bad_request
from breakfix.embedded.server.answers import Answer, text

PATH = "/debug/pace"
LARGEST, LONGEST = 100.0, 600.0  # times; seconds


class Pace:
    """Answers for one clock."""

    def __init__(self, clock: PacedClock) -> None:
        self._clock = clock

    def answer(self, method: str, query: Mapping[str, str]) -> Answer:
        """The pace, after it was set by a PUT. Raises StatusError 400."""
        if method == "PUT":
            factor = _number(query, "factor", 1.0, LARGEST)
            self._clock.set_pace(factor, _number(query, "seconds", 0.0, LONGEST))
        return text(f"{self._clock.pace:g}")


def _number(query: Mapping[str, str], name: str, least: float, most: float) -> float:
    try:
        found = float(query.get(name, least))
    except ValueError:
        found = most + 1
    if not least <= found <= most:
        raise bad_request(f"{name}: must be a number from {least:g} to {most:g}")
    return found
