"""Rounds of a history and scenarios, as the learning side of the game reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from breakfix.game.model import Listing, Past, State
from breakfix.scenario.spec import Scenario
from tests.tui.samples import scenario_of

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def past(
    scenario: str, days_ago: float = 0, score: int = 85, outcome: State = State.SOLVED,
    seed: str = "7F3K",
) -> Past:  # fmt: skip
    """A round of the history."""
    at = NOW - timedelta(days=days_ago)
    return Past(f"{scenario}-{days_ago}", scenario, seed, at, str(outcome), 240.0, score)


def scenario(name: str, track: str = "dns", difficulty: int = 2, par: float = 300) -> Scenario:
    """A scenario in a track."""
    return scenario_of(name, name.replace("-", " ").capitalize(), track, difficulty, par)


def listing(
    name: str, track: str = "dns", difficulty: int = 2, best: int | None = None, plays: int = 0,
    par: float = 300, lacking: dict[str, str] | None = None,
) -> Listing:  # fmt: skip
    """A scenario in the lobby."""
    found = scenario(name, track, difficulty, par)
    return Listing(found, Path(name), plays, best, None, lacking or {})
