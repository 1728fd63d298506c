"""What a round is about, beside the list: brief, objectives, requirements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from breakfix.game.grade import grade
from breakfix.scenario.prose import reflowed
from breakfix.scenario.quantities import clock_text
from breakfix.tui.widgets.fitted import Build, Fitted
from breakfix.tui.widgets.round_list import REPEAT
from breakfix.tui.words import NONE, TIMES, clipped, dots, hanging, stacked

if TYPE_CHECKING:
    from breakfix.game.model import Listing, RoundView
    from breakfix.game.repetition import Due


def detail_of(listing: Listing, due: Due | None, width: int) -> Content:
    """All that may be known before playing, and when it is due again; never the cause."""
    meta, spec = listing.scenario.metadata, listing.scenario.spec
    times = f"   par {clock_text(spec.time.par)}   limit {clock_text(spec.time.limit)}"
    return stacked([
        Content.assemble((meta.title, "bold")),
        *_name(listing),
        Content.assemble((dots(meta.difficulty), "$accent"), (times, "$muted")),
        *_lacking(listing, width),
        Content(""),
        Content(reflowed(spec.brief)),
        *_list("Objectives", meta.objectives, width),
        *_list("Needs", spec.requires, width),
        Content(""),
        hanging("", (_best(listing), "$muted"), width),
        *([] if due is None else [Content.assemble((f"{REPEAT} {due.words}", _style(due)))]),
    ])  # fmt: skip


def brief_of(listing: Listing, due: Due | None, width: int) -> Content:
    """The same where there are few lines: what is most needed comes first."""
    meta, spec = listing.scenario.metadata, listing.scenario.spec
    level = f"{dots(meta.difficulty)} par {clock_text(spec.time.par)}"
    room = max(8, width - len(level) - 2)
    again = "" if due is None else f"   {REPEAT} {due.words}"
    return stacked([
        Content.assemble((f"{clipped(meta.title, room):<{room}}  ", "bold"), (level, "$accent")),
        *_lacking(listing, width),
        Content(reflowed(spec.brief)),
        Content.assemble((f"{_best(listing)}{again}", "$muted")),
        *_list("Objectives", meta.objectives, width),
        *_list("Needs", spec.requires, width),
    ])  # fmt: skip


def _list(head: str, items: tuple[str, ...], width: int) -> list[Content]:
    if not items:
        return []
    lines = [hanging((" · ", "$muted"), item, width) for item in items]
    return [Content(""), Content.assemble((head, "$muted bold")), *lines]


def _lacking(listing: Listing, width: int) -> list[Content]:
    if not listing.lacking:
        return []
    lines = [
        hanging((" ✗ ", "$warning"), f"{name}: {why}", width)
        for name, why in listing.lacking.items()
    ]
    return [Content.assemble(("Can't be played here", "$warning bold")), *lines]


def _name(listing: Listing) -> list[Content]:
    """Only where it was solved: a name says what the cause is."""
    name = listing.scenario.metadata.name
    return [] if listing.best_score is None else [Content.assemble((name, "$muted"))]


def _best(listing: Listing) -> str:
    if not listing.plays:
        return "Not played yet"
    time = clock_text(listing.best_time) if listing.best_time is not None else NONE
    if listing.best_score is None:
        return f"Played {listing.plays}{TIMES}   not solved yet"
    best = f"best {listing.best_score} points, grade {grade(listing.best_score)}"
    return f"Played {listing.plays}{TIMES}   {best}   {time}"


def _style(due: Due) -> str:
    return "$accent" if due.is_due else "$muted"


def open_detail(view: RoundView, _: int) -> Content:
    """What waits behind `Continue`."""
    clock = "stands" if view.state.value == "paused" else "runs on meanwhile"
    return Content.assemble(
        ("An open round", "bold"), (f"\n{view.scenario.metadata.title}", "$muted"),
        f"\n\nOn {view.cluster}, seed {view.seed}, {view.state}.\n",
        f"Enter takes you back to it; its clock {clock}.\n\n",
        reflowed(view.scenario.spec.brief),
    )  # fmt: skip


class RoundDetail(VerticalScroll, can_focus=True):
    """The pane beside the list."""

    BORDER_TITLE = "Page"

    def compose(self) -> ComposeResult:
        yield Fitted(id="detail-text")

    def show(self, build: Build) -> None:
        """Show this from the top."""
        self.query_one(Fitted).fit(build)
        self.scroll_home(animate=False)
