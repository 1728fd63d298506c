"""What to repeat, and when: spaced repetition (FSRS) over the history, kept nowhere apart.

Each scenario is a card. Its reviews are the rounds that were played of it, rated by their
grade; folding them gives the day on which it is due again. See docs/learning.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from breakfix.game.grade import grade, was_played, was_solved

if TYPE_CHECKING:
    from fsrs import Scheduler

    from breakfix.game.model import Past

AGAIN = "Again"
RATINGS = {"A": "Easy", "B": "Good", "C": "Hard", "D": "Hard"}
"""FSRS's rating of a solved round by its grade; one that was not solved is `Again`."""
MOST_DAYS = 180
RETENTION = 0.9


@dataclass(frozen=True)
class Due:
    """When a scenario should be played again: the time, and the days from today until its
    day (UTC), negative when that has passed. `last` is the newest round of it."""

    scenario: str
    at: datetime
    days: int
    last: Past

    @property
    def is_due(self) -> bool:
        """Today, or before."""
        return self.days <= 0

    @property
    def words(self) -> str:
        """`due today`, `due in 3 days`, `2 days overdue`."""
        if self.days < 0:
            return f"{-self.days} day{'s' if self.days < -1 else ''} overdue"
        return {0: "due today", 1: "due tomorrow"}.get(self.days, f"due in {self.days} days")


def schedule(past: Iterable[Past], now: datetime) -> tuple[Due, ...]:
    """Every scenario that was ever played, the most overdue first."""
    plays: dict[str, list[Past]] = {}
    for one in sorted(filter(was_played, past), key=lambda p: p.at):
        plays.setdefault(one.scenario, []).append(one)
    if not plays:
        return ()
    scheduler = _scheduler()
    found = (_due(scheduler, name, reviews, now) for name, reviews in plays.items())
    return tuple(sorted(found, key=lambda d: (d.at, d.scenario)))


def rating(past: Past) -> str:
    """How well it was known: Again, Hard, Good or Easy."""
    return RATINGS[grade(past.score)] if was_solved(past) else AGAIN


def _scheduler() -> Scheduler:
    """Days only, no steps of minutes: a round is not repeated within the hour. No fuzz: the
    same history gives the same days."""
    from fsrs import Scheduler

    return Scheduler(
        desired_retention=RETENTION, learning_steps=(), relearning_steps=(),
        maximum_interval=MOST_DAYS, enable_fuzzing=False,
    )  # fmt: skip


def _due(scheduler: Scheduler, name: str, reviews: Sequence[Past], now: datetime) -> Due:
    from fsrs import Card, Rating

    card = Card(card_id=1, due=now)
    for past in reviews:
        card, _ = scheduler.review_card(card, Rating[rating(past)], past.at.astimezone(UTC))
    days = (card.due.date() - now.astimezone(UTC).date()).days
    return Due(name, card.due, days, reviews[-1])
