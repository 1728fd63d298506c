"""The rounds by track as a list that can be searched as you type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from breakfix.game.grade import grade
from breakfix.game.mastery import track_of
from breakfix.game.search import search
from breakfix.scenario.quantities import clock_text
from breakfix.tui.widgets.options import Options
from breakfix.tui.widgets.tracks import NAME, mastery_bar
from breakfix.tui.words import NONE, TIMES, clipped, dots

if TYPE_CHECKING:
    from breakfix.game.home import Home
    from breakfix.game.mastery import Mastery
    from breakfix.game.model import Listing, RoundView
    from breakfix.game.repetition import Due

CONTINUE = "continue"
FIGURES = 32  # cells for difficulty, par, best with its grade, time and plays
SMALLEST_TITLE = 16
SOLVED, REPEAT, BLOCKED = "✓", "↻", "✗"
NO_MATCH = "Nothing matches; esc shows all rounds again"


def row(listing: Listing, width: int, due: Due | None = None) -> Content:
    """Title, difficulty, par, best score with its grade, best time, plays; where it can't be
    played, what is missing instead."""
    meta = listing.scenario.metadata
    room = max(SMALLEST_TITLE, width - FIGURES - 4)
    title = clipped(meta.title, room).ljust(room)
    if listing.lacking:
        why = clipped(f"not here: {', '.join(listing.lacking)}", FIGURES - 7)
        return Content.assemble(
            (f"  {BLOCKED} {title}  ", "$faint"), (dots(meta.difficulty), "$faint"),
            (f"  {why}", "$muted"),
        )  # fmt: skip
    return Content.assemble(
        _mark(listing, due), title, "  ", (dots(meta.difficulty), "$accent"),
        *_figures(listing),
    )  # fmt: skip


def _mark(listing: Listing, due: Due | None) -> tuple[str, str]:
    if due is not None and due.is_due:
        return f"  {REPEAT} ", "$accent"
    return (f"  {SOLVED} ", "$success") if listing.best_score is not None else ("    ", "")


def _figures(listing: Listing) -> list[tuple[str, str]]:
    par = clock_text(listing.scenario.spec.time.par)
    plays = (f"{listing.plays:>4}{TIMES}", "$faint")
    if listing.best_score is None or listing.best_time is None:
        return [(f"{par:>7}", "$muted"), (f"{NONE:>6}{NONE:>8}", "$faint"), plays]
    return [
        (f"{par:>7}", "$muted"), (f"{listing.best_score:>6}", "bold"),
        (f" {grade(listing.best_score)}", "$accent bold"),
        (f"{clock_text(listing.best_time):>6}", ""), plays,
    ]  # fmt: skip


def head(width: int) -> str:
    """The names of the columns, above the list."""
    room = max(SMALLEST_TITLE, width - FIGURES - 4)
    return f"    {'round'.ljust(room)}  {'level':<5}{'par':>7}{'best':>6}{'time':>8}{TIMES:>5}"


def track_head(track: Mastery, with_bar: bool) -> Content:
    """`dns  1 of 2`, or with the bar where the table of the tracks is not shown."""
    done = f"{track.solved} of {track.rounds}"
    if not with_bar:
        return Content.assemble((track.track, "$primary bold"), (f"  {done}", "$faint"))
    name = f"{clipped(track.track, NAME - 1):<{NAME}}"
    return Content.assemble(
        (name, "$primary bold"), mastery_bar(track), (f" {done} solved", "$faint")
    )


def continue_row(view: RoundView, width: int) -> Content:
    """The round that is still open, on top of everything."""
    at = clock_text(view.elapsed) if view.started_at else "not set up"
    tail = f"  {view.state} · {at}"
    title = clipped(view.scenario.metadata.title, width - len(tail) - 12)
    return Content.assemble(
        ("▶ ", "$accent bold"), ("Continue  ", "$accent bold"), (title, "bold"), (tail, "$muted")
    )


class RoundList(Options):
    """Posts OptionHighlighted with the listing's name, or CONTINUE, and Chosen for it."""

    class Chosen(Message):
        """A round is to be played."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, *, id: str = "rounds") -> None:
        super().__init__(id=id)
        self._home: Home | None = None
        self._words = ""
        self._bars = False

    @property
    def found(self) -> Sequence[Listing]:
        """The rounds that match what is searched for, the best first."""
        if self._home is None:
            return ()
        due = {due.scenario for due in self._home.due_today}
        return search(self._home.listings, self._words, due)

    def show(self, home: Home) -> None:
        """Show these rounds, the open one on top."""
        self._home = home
        self._fill()

    def search(self, words: str) -> None:
        """Show only what matches, the best match first and chosen."""
        self._words = words
        self._fill(keep=not words)

    def with_bars(self, bars: bool) -> None:
        """Whether the heads of the tracks show their mastery."""
        if bars != self._bars:
            self._bars = bars
            self._fill()

    def on_resize(self) -> None:
        """The title column takes what the figures leave."""
        self._fill()

    def on_click(self, event: events.Click) -> None:
        """A first click chooses a round, so that its page can be read; the next one plays."""
        option = event.style.meta.get("option")
        if option is not None and option != self.highlighted:
            event.prevent_default()
            if not self.get_option_at_index(option).disabled:
                self.highlighted = option

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Enter, or a click on the round that is chosen."""
        message.stop()
        if message.option_id is not None:
            self.post_message(self.Chosen(message.option_id))

    def choose(self, name: str) -> None:
        """Put the highlight on a round, if it is shown."""
        ids = [option.id for option in self.options]
        if name in ids:
            self.highlighted = ids.index(name)

    def _fill(self, keep: bool = True) -> None:
        at = self.highlighted_option
        chosen = at.id if at is not None and keep else None
        self.clear_options()
        self.add_options(self._rows())
        ids = [option.id for option in self.options]
        playable = [i for i, option in enumerate(self.options) if not option.disabled]
        first = playable[0] if playable else None
        self.highlighted = ids.index(chosen) if chosen and chosen in ids else first

    def _rows(self) -> list[Option | None]:
        if self._home is None:
            return []
        width = self.scrollable_content_region.width - 2
        found: list[Option | None] = []
        if self._home.open_round is not None and not self._words:
            found += [Option(continue_row(self._home.open_round, width), id=CONTINUE), None]
        tracks = self._by_track()
        if not tracks:
            return [*found, Option(Content.assemble((f" {NO_MATCH}", "$muted")), disabled=True)]
        lines = sum(len(members) + 2 for members in tracks.values())
        airy = lines + len(found) < self.size.height
        for track, members in tracks.items():
            if airy and found:
                found.append(Option("", disabled=True))
            found += [self._head(track), *(self._row(member, width) for member in members)]
        return found

    def _head(self, track: str) -> Option:
        mastery = next(t for t in self._home.tracks if t.track == track) if self._home else None
        text = Content("") if mastery is None else track_head(mastery, self._bars)
        return Option(text, disabled=True)

    def _row(self, listing: Listing, width: int) -> Option:
        name = listing.scenario.metadata.name
        due = self._home.due_of.get(name) if self._home else None
        return Option(row(listing, width, due), id=name)

    def _by_track(self) -> dict[str, list[Listing]]:
        """Tracks in the order of their best match; without words that is by name."""
        tracks: dict[str, list[Listing]] = {}
        for listing in self.found:
            tracks.setdefault(track_of(listing.scenario), []).append(listing)
        return tracks if self._words else dict(sorted(tracks.items()))
