"""What things cost and give while a round is in play, told before they are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from breakfix.game.scoring import BEFORE_CHANGE
from breakfix.game.worth import DIAGNOSIS, after, no_costs
from breakfix.plain.words import counted

if TYPE_CHECKING:
    from breakfix.game.model import HintView, RoundView


def hint_offer(view: RoundView, hint: HintView) -> list[str]:
    """The price of the next hint, before it is bought."""
    return [
        f"The next hint is number {hint.index + 1} of {len(view.hints)}, kind {hint.evidence}. "
        f"It costs {counted(hint.price, 'point')}: the score goes from {view.score.total} "
        f"to {after(view, -hint.price)}."
    ]


def diagnosis_offer(view: RoundView) -> list[str]:
    """What a right answer gives now."""
    early, late = counted(DIAGNOSIS, "point"), counted(DIAGNOSIS - BEFORE_CHANGE, "point")
    worth = f"{late}, as you have changed something" if view.changed else (
        f"{early} before you change anything, {late} after"
    )  # fmt: skip
    return [f"One answer a round. All right, it gives {worth}; a wrong one costs nothing."]


def cost_line(view: RoundView) -> list[str]:
    """What a verify without success costs."""
    return [f"A verify that says no costs {counted(no_costs(view), 'point')}."]
