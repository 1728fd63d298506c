"""What a verify sees: each check with expected and seen, guards in words, how long held."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.words import check_lines, stacked

if TYPE_CHECKING:
    from breakfix.game.model import VerifyUpdate

NEVER = "No verify yet. Press v (or F2) to ask whether it is solved."


def held_text(update: VerifyUpdate) -> str:
    """`holding 3.2 s of 5 s`, or why nothing is being held."""
    if update.passed:
        return f"held {update.settle:g} s"
    if not all(r.ok for r in (*update.checks, *update.guards)):
        return "not holding"
    return f"holding {update.held:.1f} s of {update.settle:g} s"


def verdict(update: VerifyUpdate) -> Content:
    """What came of it, in words first."""
    if not update.done:
        return Content.assemble(("asking the cluster… ", "$muted"), held_text(update))
    if update.passed:
        return Content.assemble(("✓ Solved. ", "$success bold"), held_text(update))
    failing = sum(not r.ok for r in update.checks)
    broken = sum(not r.ok for r in update.guards)
    words = [f"{failing} of {len(update.checks)} checks fail"] if failing else []
    words += [f"{broken} of {len(update.guards)} guards object"] if broken else []
    return Content.assemble(("✗ Not solved. ", "$error bold"), ", ".join(words) or "did not hold")


def bar(update: VerifyUpdate, width: int) -> Content:
    """How much of the settle window has been held."""
    share = 1.0 if update.passed else min(1.0, update.held / update.settle)
    full = round(share * width)
    return Content.assemble(("━" * full, "$success"), ("─" * (width - full), "$faint"))


def verify_content(update: VerifyUpdate, width: int) -> Content:
    """Every check and every guard, as the newest asking saw it."""
    lines = [check_lines(result, width) for result in update.checks]
    if update.guards:
        lines += [Content(""), Content.assemble((" Guards", "$muted bold"))]
        lines += [check_lines(result, width) for result in update.guards]
    return stacked(lines)


def last_verify(update: VerifyUpdate | None, width: int) -> Content:
    """The verdict and all results, or how to get them."""
    if update is None:
        return Content.assemble((NEVER, "$muted"))
    return stacked([verdict(update), verify_content(update, width)])


class ChecksPane(VerticalScroll, can_focus=True):
    """The last verify stays readable here."""

    def __init__(self, *, id: str = "checks") -> None:
        super().__init__(id=id, classes="pane tab")

    def compose(self) -> ComposeResult:
        yield Fitted(partial(last_verify, None), id="checks-text")

    def show(self, update: VerifyUpdate) -> None:
        """Show this update from now on."""
        self.query_one(Fitted).fit(partial(last_verify, update))
