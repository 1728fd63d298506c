"""What a round is about, beside the list: brief, objectives, requirements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from breakfix.scenario.prose import reflowed
from breakfix.scenario.quantities import clock_text
from breakfix.tui.widgets.fitted import Build, Fitted
from breakfix.tui.widgets.page import heading
from breakfix.tui.words import NONE, TIMES, dots, hanging, stacked

if TYPE_CHECKING:
    from breakfix.game.model import Listing, RoundView


def detail_of(listing: Listing, width: int) -> Content:
    """All that may be known before playing; never the cause."""
    meta, spec = listing.scenario.metadata, listing.scenario.spec
    times = f"   par {clock_text(spec.time.par)}   limit {clock_text(spec.time.limit)}"
    return stacked([
        Content.assemble((meta.title, "bold")),
        Content.assemble((meta.name, "$muted"), "\n"),
        Content.assemble((dots(meta.difficulty), "$accent"), (times, "$muted"), "\n"),
        Content(reflowed(spec.brief)),
        *_list("Objectives", meta.objectives, width),
        *_list("Needs", spec.requires, width),
        *_lacking(listing, width),
        Content.assemble((_best(listing), "$muted")),
    ])  # fmt: skip


def _list(head: str, items: tuple[str, ...], width: int) -> list[Content]:
    if not items:
        return []
    lines = [hanging((" · ", "$muted"), item, width) for item in items]
    return [Content(""), heading(head), *lines]


def _lacking(listing: Listing, width: int) -> list[Content]:
    if not listing.lacking:
        return []
    lines = [
        hanging((" ✗ ", "$warning"), f"{name}: {why}", width)
        for name, why in listing.lacking.items()
    ]
    return [Content.assemble(("\nCan't be played here", "$warning bold")), *lines]


def _best(listing: Listing) -> str:
    if not listing.plays:
        return "\nNot played yet"
    time = clock_text(listing.best_time) if listing.best_time is not None else NONE
    best = NONE if listing.best_score is None else str(listing.best_score)
    return f"\nPlayed {listing.plays}{TIMES}   best {best} points   {time}"


def open_detail(view: RoundView, _: int) -> Content:
    """What waits behind `Continue`."""
    return Content.assemble(
        ("An open round", "bold"), (f"\n{view.scenario.metadata.name}", "$muted"),
        f"\n\nOn {view.cluster}, seed {view.seed}, {view.state}.\n",
        "Enter takes you back to it; the clock goes on where it stood.\n\n",
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
