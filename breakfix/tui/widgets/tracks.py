"""Mastery by track: a bar, its word and its figures, in columns that fill the width."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from breakfix.game.mastery import BAR, bar
from breakfix.tui.words import NONE, clipped, stacked

if TYPE_CHECKING:
    from breakfix.game.mastery import Mastery

NAME, FIGURES, GAP = 15, 27, 2
COLUMN = NAME + BAR + FIGURES + GAP
HEAD = f"{'track':<{NAME}}{'mastery':<{BAR + 16}}rounds best"


def mastery_bar(mastery: Mastery, width: int = BAR) -> Content:
    """`███████░░░  70 % strong`, all words in line with each other."""
    shown = bar(mastery.value, width)
    full = shown.count("█")
    return Content.assemble(
        (shown[:full], "$accent"), (shown[full:], "$faint"),
        (f" {mastery.percent:>3} % ", ""), (f"{mastery.word:<9}", "$muted"),
    )  # fmt: skip


def track_line(mastery: Mastery) -> Content:
    """One track in COLUMN cells."""
    best = NONE if mastery.best is None else str(mastery.best)
    return Content.assemble(
        (f"{clipped(mastery.track, NAME - 1):<{NAME}}", "$primary bold"), mastery_bar(mastery),
        f"{mastery.solved:>3}/{mastery.rounds:<3}", (f"{best:>4}", "$muted"), " " * GAP,
    )  # fmt: skip


class Tracks(Widget):
    """All tracks; a click on one posts Chosen."""

    class Chosen(Message):
        """Somebody wants to see this track."""

        def __init__(self, track: str) -> None:
            super().__init__()
            self.track = track

    def __init__(self) -> None:
        super().__init__(id="tracks")
        self._tracks: Sequence[Mastery] = ()

    def show(self, tracks: Sequence[Mastery]) -> None:
        """Show these."""
        self._tracks = tracks
        self.refresh(layout=True)

    def rows(self, width: int) -> int:
        """The rows of tracks at this width, without the head."""
        return ceil(len(self._tracks) / self._columns(width))

    def _columns(self, width: int) -> int:
        return max(1, width // COLUMN)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """A head, and the rows."""
        return 1 + self.rows(width)

    def render(self) -> Content:
        """Read down the first column, then the next."""
        rows = self.rows(self.size.width)
        if not rows:
            return Content("")
        columns = ceil(len(self._tracks) / rows)
        head = Content.assemble((f"{HEAD:<{COLUMN}}" * columns, "$faint"))
        lines = (
            Content("").join(track_line(track) for track in self._tracks[row::rows])
            for row in range(rows)
        )
        return stacked([head, *lines])

    def on_click(self, event: events.Click) -> None:
        """The track under the pointer."""
        rows = self.rows(self.size.width)
        row, column = event.y - 1, event.x // COLUMN
        at = column * rows + row
        if 0 <= row < rows and at < len(self._tracks):
            self.post_message(self.Chosen(self._tracks[at].track))
