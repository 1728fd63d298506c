"""What a round taught: the mastery of its track without and with it, and when it comes back.

Both masteries are as of the round: rounds played after it do not count. When it is due again
is as of now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from breakfix.game.mastery import Mastery, mastery, track_of
from breakfix.game.repetition import Due, schedule

if TYPE_CHECKING:
    from breakfix.game.model import Past
    from breakfix.scenario.spec import Scenario


@dataclass(frozen=True)
class Learnt:
    """The mastery of a round's track before and after it; `due` is None where the scenario
    never came to an outcome of play."""

    before: Mastery
    after: Mastery
    due: Due | None

    @property
    def rose(self) -> bool:
        """Did the round raise the mastery, as far as whole per cents show it?"""
        return self.after.percent > self.before.percent

    @property
    def mastery_words(self) -> str:
        """`mastery dns 62 → 70 %`, or `mastery dns 70 %, as before`."""
        track, reached = self.after.track, f"{self.after.percent} %"
        if self.rose:
            return f"mastery {track} {self.before.percent} → {reached}"
        return f"mastery {track} {reached}, as before"

    @property
    def words(self) -> str:
        """All of it in a line: `mastery dns 62 → 70 %; due in 9 days`."""
        return self.mastery_words + (f"; {self.due.words}" if self.due else "")


def learnt(
    scenario: Scenario, round_id: str, catalogue: Sequence[Scenario], past: Sequence[Past],
    now: datetime,
) -> Learnt | None:  # fmt: skip
    """What this round of the scenario brought; None where the history does not have it."""
    this = next((p for p in past if p.id == round_id), None)
    if this is None:
        return None
    track = track_of(scenario)
    members = [one for one in catalogue if track_of(one) == track]
    others = [p for p in past if p.at <= this.at and p.id != round_id]
    due = schedule([p for p in past if p.scenario == this.scenario], now)
    return Learnt(
        mastery(track, members, others, this.at),
        mastery(track, members, [*others, this], this.at),
        due[0] if due else None,
    )
