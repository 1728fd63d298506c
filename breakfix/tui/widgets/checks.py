"""What a verify sees: each check with expected, seen and how long it has held; guards."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.words import check_lines, check_mark, clipped, one_line, stacked

if TYPE_CHECKING:
    from breakfix.checks.result import CheckResult
    from breakfix.game.model import VerifyUpdate

NEVER = "No verify yet. Press v (or F2) to ask whether it is solved."
HELD = 8  # cells for how long a check has held
LONGEST_NAME, SHORTEST_SEEN = 44, 12
Row = tuple["CheckResult", str]


def held_text(update: VerifyUpdate) -> str:
    """`holding 3.2 s of 5 s`, or how long it still waits for what does not hold."""
    if update.passed:
        return f"held {update.settle:g} s"
    if all(r.ok for r in (*update.checks, *update.guards)):
        return f"holding {update.held:.1f} s of {update.settle:g} s"
    return "not holding" if update.done else f"not holding, gives up in {update.left:.0f} s"


def verdict(update: VerifyUpdate) -> Content:
    """What came of it, in words first."""
    if not update.done:
        return Content.assemble(("asking the cluster… ", "$muted"), held_text(update))
    if update.passed:
        return Content.assemble(("✓ Solved. ", "$success bold"), held_text(update).capitalize())
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
    rows = list(_with_times(update))
    checks, guards = rows[: len(update.checks)], rows[len(update.checks) :]
    column = _name_width(checks, width)
    lines = [_line(row, column, width, update.done) for row in checks]
    if guards:
        lines += [Content(""), Content.assemble((" Guards", "$muted bold"))]
        lines += [_guard(row, width, update.done) for row in guards]
    return stacked(lines)


def _with_times(update: VerifyUpdate) -> Iterable[Row]:
    """Each result with how long it has held, in words only where it came to hold later."""
    results = (*update.checks, *update.guards)
    times = update.holding or (update.held,) * len(results)
    whole = f"{max(times, default=0.0):.1f} s"
    told = (f"{time:.1f} s" for time in times)
    return zip(results, ("" if time == whole else time for time in told), strict=True)


def _name_width(rows: list[Row], width: int) -> int:
    """The width of the names' column; 0 where there is no room for columns."""
    longest = max((len(result.name) for result, _ in rows), default=0)
    fits = longest + 3 + SHORTEST_SEEN + HELD <= width and longest <= LONGEST_NAME
    return longest if fits else 0


def _line(row: Row, column: int, width: int, done: bool) -> Content:
    """One check in a row of columns where that fits, else in rows of its own."""
    result, held = row
    if not result.ok or not column:
        return _waiting(check_lines(result, width), result, done)
    room = width - column - 3 - 2 - HELD
    seen = clipped(one_line(result.seen), room)
    return Content.assemble(
        " ", check_mark(True), f" {result.name:<{column}}", (f"  {seen:<{room}}", "$muted"),
        (held.rjust(HELD), "$success"),
    )  # fmt: skip


def _waiting(lines: Content, result: CheckResult, done: bool) -> Content:
    """While the verify runs, what does not hold is waited for and not yet judged."""
    if done or result.ok:
        return lines
    return Content.assemble(" ", ("…", "$warning"), lines[2:])


def _guard(row: Row, width: int, done: bool) -> Content:
    """A guard that holds is its own words; one that objects says what it saw."""
    result, held = row
    if not result.ok:
        return _waiting(check_lines(result, width), result, done)
    room = width - 3 - HELD
    return Content.assemble(
        " ", check_mark(True), f" {clipped(result.name, room):<{room}}",
        (held.rjust(HELD), "$success"),
    )  # fmt: skip


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
