"""What things are worth while a round is in play: the score's rules told beforehand.

Everything is reckoned from the projected score, which is what solving it now would give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from breakfix.game.scoring import BEFORE_CHANGE, COMPONENT, FAULT, SPEED, WRONG_VERIFY

if TYPE_CHECKING:
    from breakfix.game.model import RoundView

MOST = 100
DIAGNOSIS = COMPONENT + FAULT + BEFORE_CHANGE


def after(view: RoundView, points: int) -> int:
    """The projected score with so many points more, or fewer, 0 to 100."""
    return max(0, min(MOST, sum(part for _, part, _ in view.score.parts) + points))


def no_costs(view: RoundView) -> int:
    """Points that a verify costs which says no: less where care has not so many left."""
    care = next((points for name, points, _ in view.score.parts if name == "care"), WRONG_VERIFY)
    return min(WRONG_VERIFY, care)


def seconds_a_point(view: RoundView) -> float:
    """Behind par: after how many seconds of play a point of speed is gone."""
    times = view.scenario.spec.time
    return (times.limit - times.par) / SPEED
