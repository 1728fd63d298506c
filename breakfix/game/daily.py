"""The daily incident: one scenario and seed a day (UTC), the same for all with the same pack.

Every scenario draws a number from the date and its name; the highest is today's. So packs
that differ in a few rounds still agree on most days, and nothing depends on the history or
the cluster.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from breakfix.game.grade import was_played
from breakfix.game.model import Past
from breakfix.scenario.spec import Scenario
from breakfix.scenario.variants import ALPHABET

SEED_LENGTH = 4


@dataclass(frozen=True)
class Daily:
    """Today's incident. `variants` is how many incidents the scenario can become; `lacking`
    why it cannot be played here, if so; `played` the first round of it today that came to
    an outcome: that one counts."""

    day: date
    scenario: Scenario
    seed: str
    variants: int = 1
    lacking: Mapping[str, str] = field(default_factory=dict)
    played: Past | None = None


def utc_day(now: datetime) -> date:
    """The day that has a daily incident of its own."""
    return now.astimezone(UTC).date()


def daily_name(day: date, names: Iterable[str]) -> str:
    """The scenario of a day among these; ValueError where there is none."""
    return max(names, key=lambda name: (_draw(day, name), name))


def daily_seed(day: date, name: str) -> str:
    """The seed of a day's scenario, four characters as in `7F3K`."""
    number = int.from_bytes(_draw(day, name, "seed"), "big")
    figures = []
    for _ in range(SEED_LENGTH):
        number, figure = divmod(number, len(ALPHABET))
        figures.append(ALPHABET[figure])
    return "".join(figures)


def played_on(day: date, name: str, seed: str, past: Sequence[Past]) -> Past | None:
    """The first round of that incident on that day that came to an outcome."""
    mine = (
        p for p in past
        if (p.scenario, p.seed, utc_day(p.at)) == (name, seed, day) and was_played(p)
    )  # fmt: skip
    return min(mine, key=lambda p: p.at, default=None)


def _draw(day: date, *words: str) -> bytes:
    return hashlib.sha256("\0".join((day.isoformat(), *words)).encode()).digest()
