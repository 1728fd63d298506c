"""Mastery of a track, 0 to 1: documented in docs/learning.md, computed from the history alone.

Each round of the track is worth its difficulty. A solved round brings the share of that
which its score is of 100, and the more so the fresher it is. Playing more never lowers
mastery; only time does, slowly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from breakfix.game.grade import was_played, was_solved

if TYPE_CHECKING:
    from datetime import datetime

    from breakfix.game.model import Past
    from breakfix.scenario.spec import Scenario

FRESH_DAYS = 30
STALE_DAYS = 180
STALE_SHARE = 0.5
BEST_SCORE = 100
WORDS = (("mastered", 0.85), ("strong", 0.6), ("steady", 0.3), ("begun", 0.0))
NEW = "new"
BAR = 10


@dataclass(frozen=True)
class Mastery:
    """How well a track is known: `value` 0 to 1 with its word, how many of its rounds are
    solved, and the best score of any of them."""

    track: str
    value: float
    word: str
    rounds: int
    solved: int
    best: int | None

    @property
    def percent(self) -> int:
        """The value as a whole number, rounded down: 100 is earned."""
        return int(self.value * 100 + 1e-9)


def track_of(scenario: Scenario) -> str:
    """The track that a round counts for: the first it names."""
    return scenario.metadata.tracks[0]


def masteries(
    scenarios: Iterable[Scenario], past: Sequence[Past], now: datetime
) -> tuple[Mastery, ...]:
    """The mastery of each track that these scenarios have, by name."""
    tracks: dict[str, list[Scenario]] = {}
    for scenario in scenarios:
        tracks.setdefault(track_of(scenario), []).append(scenario)
    return tuple(mastery(name, tracks[name], past, now) for name in sorted(tracks))


def mastery(
    track: str, members: Sequence[Scenario], past: Sequence[Past], now: datetime
) -> Mastery:
    """The mastery of one track with these rounds."""
    played = {name: [p for p in past if p.scenario == name and was_played(p)]
              for name in (m.metadata.name for m in members)}  # fmt: skip
    solved = {name: [p for p in found if was_solved(p)] for name, found in played.items()}
    whole = sum(m.metadata.difficulty for m in members)
    reached = sum(m.metadata.difficulty * standing(solved[m.metadata.name], now) for m in members)
    value = reached / whole if whole else 0.0
    return Mastery(
        track,
        value,
        word(value) if any(played.values()) else NEW,
        len(members),
        sum(map(bool, solved.values())),
        max((p.score for found in solved.values() for p in found), default=None),
    )


def standing(solved: Iterable[Past], now: datetime) -> float:
    """What a round brings, 0 to 1: the best of its solved plays, each by score and freshness."""
    return max((p.score / BEST_SCORE * freshness(p.at, now) for p in solved), default=0.0)


def freshness(at: datetime, now: datetime) -> float:
    """1 for 30 days, then a straight line down to a half at 180 days; a half from then on."""
    days = (now - at).total_seconds() / 86400
    gone = (days - FRESH_DAYS) / (STALE_DAYS - FRESH_DAYS)
    return 1.0 - (1.0 - STALE_SHARE) * max(0.0, min(1.0, gone))


def bar(value: float, width: int = BAR) -> str:
    """A share of 0 to 1 as `███████░░░`, which needs no colour; more than nothing is seen."""
    full = max(int(value * width + 1e-9), int(value > 0))
    return "█" * full + "░" * (width - full)


def word(value: float) -> str:
    """The word for a mastery of a track in which something was played."""
    return next(text for text, least in WORDS if value >= least)
