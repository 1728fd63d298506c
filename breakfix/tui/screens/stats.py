"""What was learnt: mastery by track, what to repeat and when, the best results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from breakfix.game.grade import grade
from breakfix.scenario.quantities import clock_text
from breakfix.tui.layer import Layer
from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.widgets.repeat import WHEN
from breakfix.tui.widgets.screen_keys import ScreenKeys
from breakfix.tui.widgets.tracks import HEAD, track_line
from breakfix.tui.words import clipped, hanging, one_line, stacked

if TYPE_CHECKING:
    from breakfix.game.home import Home
    from breakfix.game.model import Listing
    from breakfix.game.repetition import Due

FIGURES = 34
ABOUT = (
    "Mastery: how much of a track you have solved, each round by its difficulty, its best score "
    "and how long ago that was. Playing never lowers it. Repeat: the better a round went, the "
    "later it comes back."
)


class StatsScreen(Layer[None]):
    """Read with the arrow keys."""

    HELP_TITLE = "What you have learnt"
    HELP = ABOUT
    BINDINGS = [
        Binding("escape,t,enter,q", "close", "back", id="stats.close", tooltip="Back home"),
    ]

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._home = home

    def compose(self) -> ComposeResult:
        solved = f"   {self._home.solved} of {len(self._home.listings)} rounds solved"
        yield Static(
            Content.assemble(
                (" breakfix  ", "$accent bold"), ("what you have learnt", "bold"),
                (solved, "$muted"),
            ),
            id="stats-header",
        )  # fmt: skip
        with VerticalScroll(id="stats-scroll", can_focus=True):
            yield Fitted(self._lines, id="stats-text")
        yield ScreenKeys()

    def on_mount(self) -> None:
        """Ready to be scrolled."""
        self.query_one("#stats-scroll").focus()

    def action_close(self) -> None:
        """Back home."""
        self.dismiss(None)

    def _lines(self, width: int) -> Content:
        return stacked([
            _title("Tracks"), Content.assemble((HEAD, "$faint")),
            *map(track_line, self._home.tracks), Content(""),
            _title("Repeat"), *self._due(width), Content(""),
            _title("Best results"), *self._best(width), Content(""),
            hanging("", (one_line(ABOUT), "$muted"), min(width, 100)),
        ])  # fmt: skip

    def _due(self, width: int) -> Iterator[Content]:
        if not self._home.due:
            yield Content.assemble(("Nothing yet: every round you play comes back.", "$muted"))
        for due in self._home.due:
            title = self._home.by_name[due.scenario].scenario.metadata.title
            yield _due_line(due, title, width)

    def _best(self, width: int) -> Iterator[Content]:
        solved = [x for x in self._home.listings if x.best_score is not None]
        if not solved:
            yield Content.assemble(("No round is solved yet.", "$muted"))
        yield from (_best_line(listing, width) for listing in solved)


def _title(text: str) -> Content:
    return Content.assemble((text, "$accent bold"))


def _due_line(due: Due, title: str, width: int) -> Content:
    last = f"{due.last.outcome} {due.last.at.day} {due.last.at:%b %Y}"
    room = max(16, min(48, width - WHEN - 24))
    return Content.assemble(
        (f"{due.words:<{WHEN}}", "$accent" if due.is_due else ""),
        f"{clipped(title, room):<{room}}  ", (last, "$muted"),
    )  # fmt: skip


def _best_line(listing: Listing, width: int) -> Content:
    meta, par = listing.scenario.metadata, clock_text(listing.scenario.spec.time.par)
    room = max(16, min(48, width - FIGURES))
    time = "" if listing.best_time is None else clock_text(listing.best_time)
    return Content.assemble(
        (f"{grade(listing.best_score)}  ", "$accent bold"), f"{clipped(meta.title, room):<{room}}",
        (f"{listing.best_score:>5}", "bold"), f"{time:>8}", (f"   par {par}", "$muted"),
    )  # fmt: skip
