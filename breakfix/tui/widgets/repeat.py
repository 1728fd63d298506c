"""What to repeat next, the most overdue first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content

from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.words import clipped, stacked

if TYPE_CHECKING:
    from breakfix.game.home import Home
    from breakfix.game.repetition import Due

SHOWN = 5
WHEN = 18  # cells for when something is due, in a table of its own
GAP = 2  # cells between when and what


class Repeat(Container):
    """The next few; hidden while nothing was played."""

    BORDER_TITLE = "Repeat next"

    def __init__(self) -> None:
        super().__init__(id="repeat", classes="pane")

    def compose(self) -> ComposeResult:
        yield Fitted(id="repeat-text")

    def show(self, home: Home) -> None:
        """What is due, and when."""
        self.set_class(not home.due, "-empty")
        self.query_one(Fitted).fit(partial(repeat_lines, home))


def repeat_lines(home: Home, width: int) -> Content:
    """`due today          A claim that waits`."""
    shown = home.due[:SHOWN]
    column = max((len(due.words) for due in shown), default=0) + GAP
    lines = [_line(home, due, column, width) for due in shown]
    more = len(home.due) - SHOWN
    if more > 0:
        lines.append(Content.assemble((f"and {more} more", "$faint")))
    return stacked(lines)


def _line(home: Home, due: Due, column: int, width: int) -> Content:
    title = home.by_name[due.scenario].scenario.metadata.title
    when = (f"{due.words:<{column}}", "$accent" if due.is_due else "$muted")
    return Content.assemble(when, clipped(title, max(8, width - column)))
