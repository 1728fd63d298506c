"""What a round asks before something that costs, and the answers it offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from breakfix.tui.screens.ask import Answer, AskScreen
from breakfix.tui.widgets.page import price_of

if TYPE_CHECKING:
    from breakfix.game.model import HintView, RoundView

BUY, SHOW, KEEP, OPEN, END, GIVE_UP = "buy", "show", "keep", "open", "end", "give-up"

GIVE_UP_TEXT = "The round ends unsolved. You read the debrief, and the cluster is restored."
GIVE_UP_ANSWERS = (Answer(GIVE_UP, "g", "Give up", "and read what it was"),)

LEAVE_TEXT = "Left open, the fault stays in. Ended, the cluster is put back."
LEAVE_ANSWERS = (
    Answer(OPEN, "l", "Leave it open", "`breakfix` continues it"),
    Answer(END, "e", "End and restore", "counts as given up"),
)

ABOUT = {
    "events": "what Kubernetes said about it, as events",
    "describe": "which object to describe",
    "logs": "whose log to read",
    "debug": "what to try from inside a pod",
    "yaml": "which field to look at",
    "explanation": "what is going on",
    "solution": "what to change",
}


def hint_question(view: RoundView) -> AskScreen:
    """The next hint: what kind, its price, and what the score would be. Nothing is bought."""
    hint = view.next_hint
    if hint is None:
        raise ValueError("there is no hint to ask about")
    after = max(0, view.score.total - hint.price)
    text = Content.assemble(
        ("Next: ", "$muted"), (hint.evidence, "bold"), (f"  {ABOUT[hint.evidence]}", "$muted"),
        ("\n\nprice", "$muted"), price_of(hint),
        ("\nscore  ", "$muted"), str(view.score.total), (" → ", "$muted"), (str(after), "bold"),
        (f"\n\nhint {hint.index + 1} of {len(view.hints)} on the ladder", "$faint"),
    )  # fmt: skip
    return AskScreen("Hint", text, (Answer(BUY, "y", "Buy it", "it stays on the page"),))


def bought_question(hint: HintView) -> AskScreen:
    """What the hint says, and the offer to put its command into the shell."""
    command = Content.assemble(("\n\n$ ", "$muted"), (hint.run, "$primary")) if hint.run else ""
    text = Content.assemble((hint.say.strip(), ""), command)
    answers = [Answer(KEEP, "k", "Back to the round", "the hint stays on the page")]
    if hint.run:
        answers.insert(0, Answer(SHOW, "s", "Show me", "puts the command on the shell's line"))
    return AskScreen(f"Hint: {hint.evidence}", text, tuple(answers))
