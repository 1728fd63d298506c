"""What the home screen and `breakfix stats` show: everything there is, read at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from breakfix.game.daily import Daily
from breakfix.game.mastery import Mastery
from breakfix.game.model import Listing, RoundView
from breakfix.game.repetition import Due


@dataclass(frozen=True)
class Home:
    """The lobby at one moment. `due` has every scenario that was played, the most overdue
    first; `daily` is None where there is no scenario at all; `first_run` says that nothing
    was ever played or begun."""

    listings: tuple[Listing, ...]
    open_round: RoundView | None
    daily: Daily | None
    tracks: tuple[Mastery, ...]
    due: tuple[Due, ...]
    first_run: bool

    @property
    def solved(self) -> int:
        """How many of the rounds were solved at least once."""
        return sum(listing.best_score is not None for listing in self.listings)

    @cached_property
    def due_of(self) -> Mapping[str, Due]:
        """When each scenario is due again, by its name."""
        return {due.scenario: due for due in self.due}

    @cached_property
    def by_name(self) -> Mapping[str, Listing]:
        """The listings by name."""
        return {listing.scenario.metadata.name: listing for listing in self.listings}

    @property
    def due_today(self) -> tuple[Due, ...]:
        """What should be played today, the most overdue first."""
        return tuple(due for due in self.due if due.is_due)

    @property
    def next_due(self) -> Listing | None:
        """The round to repeat next: due, and playable here as far as is known."""
        due = (self.by_name[d.scenario] for d in self.due_today)
        return next((listing for listing in due if not listing.lacking), None)

    @property
    def first_round(self) -> Listing | None:
        """The round to begin with: the easiest that can be played here."""
        playable = (listing for listing in self.listings if not listing.lacking)
        return min(playable, key=_ease, default=None)

    @property
    def unsolved(self) -> tuple[Listing, ...]:
        """The rounds that were never solved and can be played here."""
        return tuple(x for x in self.listings if x.best_score is None and not x.lacking)


def _ease(listing: Listing) -> tuple[int, float, str]:
    scenario = listing.scenario
    return scenario.metadata.difficulty, scenario.spec.time.par, scenario.metadata.name
