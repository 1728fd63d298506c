"""What a round asks before something that costs, and the answers it offers. The first one is
lit, and Enter takes it: it costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from breakfix.game.worth import after
from breakfix.tui.screens.ask import Answer, AskScreen

if TYPE_CHECKING:
    from breakfix.game.model import HintView, RoundView

OPEN, END, GIVE_UP, BUY, NO = "open", "end", "give-up", "buy", "no"

GIVE_UP_TEXT = "The round ends unsolved. You read the debrief, and the cluster is restored."
GIVE_UP_ANSWERS = (
    Answer(NO, "n", "Go on", "nothing happens"),
    Answer(GIVE_UP, "g", "Give up", "and read what it was"),
)

LEAVE_TEXT = "Left open, the fault stays in and the clock runs on. Ended, the cluster is put back."
LEAVE_ANSWERS = (
    Answer(OPEN, "l", "Leave it open", "`breakfix play` goes on with it"),
    Answer(END, "e", "End and restore", "counts as given up"),
)


def buying(view: RoundView, hint: HintView) -> AskScreen:
    """Whether a hint is worth its price."""
    score = f"solved now: {view.score.total} → {after(view, -hint.price)}"
    answers = (
        Answer(NO, "n", "Keep the points", "look for yourself"),
        Answer(BUY, "y", "Buy it", score),
    )
    text = f"The next hint, {hint.evidence}, costs {hint.price} points."
    return AskScreen("Buy a hint?", text, answers)
