"""The rounds by track as a list that can be searched as you type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from breakfix.scenario.quantities import clock_text
from breakfix.tui.words import NONE, TIMES, clipped, dots

if TYPE_CHECKING:
    from breakfix.game.model import Listing, RoundView

CONTINUE = "continue"
FIGURES = 32  # cells for difficulty, par, best and plays
SMALLEST_TITLE = 16


def matches(listing: Listing, words: str) -> bool:
    """Every word is somewhere in name, title, tracks or objectives."""
    meta = listing.scenario.metadata
    hay = " ".join((meta.name, meta.title, *meta.tracks, *meta.objectives)).lower()
    return all(word in hay for word in words.lower().split())


def row(listing: Listing, width: int) -> Content:
    """Title, difficulty, par, best score and time, plays; greyed where it can't be played."""
    meta = listing.scenario.metadata
    room = max(SMALLEST_TITLE, width - FIGURES - 4)
    title = clipped(meta.title, room).ljust(room)
    par = clock_text(listing.scenario.spec.time.par)
    if listing.lacking:
        return Content.assemble(
            ("  ✗ ", "$faint"),
            (f"{title}  {dots(meta.difficulty)}  can't be played here", "$faint"),
        )
    mark = ("  ✓ ", "$success") if listing.best_score is not None else ("    ", "")
    score = f"{listing.best_score:>6}" if listing.best_score is not None else f"{NONE:>6}"
    time = clock_text(listing.best_time) if listing.best_time is not None else NONE
    return Content.assemble(
        mark, title, "  ", (dots(meta.difficulty), "$accent"), (f"{par:>7}", "$muted"),
        (score, "bold" if listing.best_score is not None else "$faint"),
        (f"{time:>7}", "" if listing.best_time is not None else "$faint"),
        (f"{listing.plays:>4}{TIMES}", "$faint"),
    )  # fmt: skip


def head(width: int) -> str:
    """The names of the columns, above the list."""
    room = max(SMALLEST_TITLE, width - FIGURES - 4)
    return f"    {'round'.ljust(room)}  {'level':<5}{'par':>7}{'best':>6}{'time':>7}{TIMES:>5}"


def track_head(track: str, listings: Sequence[Listing]) -> Content:
    """`dns  1 of 2 solved`."""
    done = sum(item.best_score is not None for item in listings)
    return Content.assemble((track, "$primary bold"), (f"  {done} of {len(listings)}", "$faint"))


def continue_row(view: RoundView, width: int) -> Content:
    """The round that is still open, on top of everything."""
    at = clock_text(view.elapsed) if view.started_at else "not set up"
    tail = f"  {view.state} · {at}"
    title = clipped(view.scenario.metadata.title, width - len(tail) - 12)
    return Content.assemble(
        ("▶ ", "$accent bold"), ("Continue  ", "$accent bold"), (title, "bold"), (tail, "$muted")
    )


class RoundList(OptionList):
    """Posts Highlighted and Chosen with the listing's name, or CONTINUE."""

    class Chosen(Message):
        """A round is to be played."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    def __init__(self, *, id: str = "rounds") -> None:
        super().__init__(id=id)
        self._listings: Sequence[Listing] = ()
        self._open: RoundView | None = None
        self._words = ""

    def show(self, listings: Sequence[Listing], open_round: RoundView | None) -> None:
        """Show these rounds, the open one on top."""
        self._listings, self._open = listings, open_round
        self._fill()

    def search(self, words: str) -> None:
        """Show only what matches."""
        self._words = words
        self._fill()

    def on_resize(self) -> None:
        """The title column takes what the figures leave."""
        self._fill()

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Enter, or a click, on a round."""
        message.stop()
        if message.option_id is not None:
            self.post_message(self.Chosen(message.option_id))

    def _fill(self) -> None:
        at = self.highlighted_option
        keep = at.id if at is not None else None
        self.clear_options()
        self.add_options(self._rows())
        ids = [option.id for option in self.options]
        playable = [i for i, option in enumerate(self.options) if not option.disabled]
        first = playable[0] if playable else None
        self.highlighted = ids.index(keep) if keep and keep in ids else first

    def _rows(self) -> list[Option | None]:
        found: list[Option | None] = []
        width = self.scrollable_content_region.width - 2
        if self._open is not None and not self._words:
            found += [Option(continue_row(self._open, width), id=CONTINUE), None]
        tracks = self._by_track()
        lines = sum(len(members) + 2 for members in tracks.values())
        airy = lines + len(found) < self.size.height
        for track, members in tracks.items():
            if airy and found:
                found.append(Option("", disabled=True))
            found.append(Option(track_head(track, members), disabled=True))
            found += [Option(row(m, width), id=m.scenario.metadata.name) for m in members]
        return found

    def _by_track(self) -> dict[str, list[Listing]]:
        tracks: dict[str, list[Listing]] = {}
        for listing in self._listings:
            if matches(listing, self._words):
                tracks.setdefault(listing.scenario.metadata.tracks[0], []).append(listing)
        return dict(sorted(tracks.items()))
