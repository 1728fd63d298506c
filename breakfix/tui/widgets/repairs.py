"""What the learner did beside each valid fix, in columns where there is room for them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Grid, Vertical
from textual.content import Content
from textual.widgets import Collapsible, Static

from breakfix.game.postmortem.blast import NOT_KNOWN
from breakfix.game.postmortem.draft import shared_words
from breakfix.scenario.quantities import clock_text
from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.words import hanging, stacked

if TYPE_CHECKING:
    from textual import events

    from breakfix.game.model import Debrief, Moment, Repair

COLUMN = 38
"""The least width of a column in cells."""


class Repairs(Grid):
    """The learner's way first, then the fixes that would have done."""

    def __init__(self, debrief: Debrief) -> None:
        super().__init__(id="repairs")
        self._debrief = debrief

    def compose(self) -> ComposeResult:
        with Vertical(classes="repair"):
            yield Fitted(partial(yours, self._debrief))
        for number, repair in enumerate(self._debrief.repairs, 1):
            with Vertical(classes="repair"):
                yield Fitted(partial(theirs, number, repair, len(self._debrief.changes)))
                commands = [step.command for step in repair.steps if step.command]
                if commands:
                    with Collapsible(title="as commands", collapsed=True):
                        yield Static(Content("\n".join(commands)), classes="diff")

    def on_resize(self, event: events.Resize) -> None:
        """As many columns as have room, at most one for each."""
        room = max(1, event.size.width // COLUMN)
        self.styles.grid_size_columns = min(room, 1 + len(self._debrief.repairs))


def yours(debrief: Debrief, width: int) -> Content:
    """What the learner did: the commands they typed, else what the audit log has."""
    typed = [m for m in debrief.typed if m.kind == "change"]
    written = [m for m in debrief.timeline if m.kind == "change"]
    head = Content.assemble(("You", "bold"))
    lines = [_did(m, width, typed=True) for m in typed]
    if written != typed:
        lines += [Content.assemble(("the audit log has", "$muted"))] if written else []
        lines += [_did(m, width, typed=False) for m in written]
    if not lines:
        lines = [hanging("", (_nothing(debrief), "$muted"), width)]
    return stacked([head, *lines])


def _did(moment: Moment, width: int, typed: bool) -> Content:
    lead = f"{clock_text(moment.at)}  {'$ ' if typed else ''}"
    return hanging((lead, "$muted"), moment.text, width)


def _nothing(debrief: Debrief) -> str:
    if not debrief.stock_taken:
        return NOT_KNOWN
    if debrief.changes:
        return (
            "How it was changed is not known: there was no audit log, and the commands were "
            "not typed in breakfix's shell."
        )
    return "Nothing was changed."


def theirs(number: int, repair: Repair, changes: int, width: int) -> Content:
    """A valid fix: its name, what it shares with what the learner changed, its steps."""
    shared = shared_words(repair, changes)
    lines = [hanging((f"Fix {number}: ", "bold"), (repair.name, "bold"), width)]
    lines += [hanging("", (shared, "$muted"), width)] if shared else []
    lines += [hanging(("· ", "$muted"), step.text, width) for step in repair.steps]
    return stacked(lines)
