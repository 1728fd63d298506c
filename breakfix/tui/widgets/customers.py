"""How the customers fare: a sparkline of what was served, and the error budget left."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import events
from textual.content import Content

from breakfix.game import service_level
from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.words import Part, stacked

if TYPE_CHECKING:
    from breakfix.game.service_level import ServiceLevel

BLOCKS = "▁▂▃▄▅▆▇█"
NOBODY = "·"
ALL, MOST = 1.0, 0.75
LOW_BUDGET = 0.25
BAR = 10
ROWS = 3  # of the wide form
SHORTEST = 7  # cells of a sparkline that still tells something


def percent(share: float) -> str:
    """A share as a figure with its sign."""
    return f"{service_level.percent(share)} %"


def state_of(level: ServiceLevel | None) -> Part:
    """In words how they fare now."""
    share = level.share if level else None
    if share is None:
        return "no customers seen", "$muted"
    if share >= ALL:
        return "✓ all served", "$success"
    if not share:
        return "✗ none served", "$error"
    return ("✗ many fail", "$error") if share < MOST else ("! some fail", "$warning")


def sparkline(level: ServiceLevel, width: int) -> Content:
    """The newest shares at the right; a dot where nobody asked."""
    cells = level.cells[-max(0, width) :] if width > 0 else ()
    return Content("").join(Content.assemble(_cell(share)) for share in cells)


def _cell(share: float | None) -> Part:
    if share is None:
        return NOBODY, "$faint"
    style = "$success" if share >= ALL else "$warning" if share >= MOST else "$error"
    return BLOCKS[round(share * (len(BLOCKS) - 1))], style


def budget_of(level: ServiceLevel) -> Content:
    """What is left of the error budget."""
    style = "$warning bold" if level.budget < LOW_BUDGET else "bold"
    return Content.assemble(("budget left ", "$muted"), (percent(level.budget), style))


def one_row(level: ServiceLevel | None, width: int) -> Content:
    """All of it in one row; the sparkline takes what room there is."""
    if level is None or level.share is None:
        budget = budget_of(level) if level else Content("")
        return Content.assemble(state_of(level), "   ", budget)
    words = Content.assemble(
        "  ", (percent(level.share), "bold"), " ok  ", state_of(level), "   ", budget_of(level)
    )
    if width - words.cell_length < SHORTEST:
        words = Content.assemble("  ", (percent(level.share), "bold"), " ok   ", budget_of(level))
    return Content.assemble(sparkline(level, width - words.cell_length), words)


def three_rows(level: ServiceLevel | None, width: int) -> Content:
    """Sparkline, how it is now, and the budget as a bar too."""
    if level is None:
        return Content.assemble(state_of(None))
    budget = budget_of(level)
    if budget.cell_length + BAR + 2 <= width:
        full = round(level.budget * BAR)
        bar = Content.assemble("  ", ("█" * full, "$accent"), ("░" * (BAR - full), "$faint"))
        budget += bar
    return stacked([sparkline(level, width), _now(level, width), budget])


def _now(level: ServiceLevel, width: int) -> Content:
    if level.share is None:
        return Content.assemble(state_of(level))
    now = Content.assemble((percent(level.share), "bold"), " ok  ", state_of(level))
    each = "".join(f"  {who} {percent(share)}" for who, share in level.of if share is not None)
    if len(level.of) > 1 and now.cell_length + len(each) <= width:
        return Content.assemble(now, (each, "$muted"))
    return now  # half a name says nothing


class CustomersPane(Fitted):
    """One row or three, by the height it is given."""

    BORDER_TITLE = "Customers"

    def __init__(self, *, id: str = "customers", classes: str = "") -> None:
        super().__init__(id=id, classes=classes)
        self.level: ServiceLevel | None = None
        self._tall = False

    def on_mount(self) -> None:
        """Nobody was seen yet."""
        self.show(None)

    def on_resize(self, event: events.Resize) -> None:
        """One row or three."""
        self._tall = event.size.height >= ROWS
        self.show(self.level)

    def show(self, level: ServiceLevel | None) -> None:
        """Show how they fare now."""
        self.level = level
        self.fit(partial(three_rows if self._tall else one_row, level))
