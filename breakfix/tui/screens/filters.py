"""The filters of home as a list: each is a token of the search line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from breakfix.game.search import search, with_token
from breakfix.tui.layer import Dialog
from breakfix.tui.widgets.options import Options
from breakfix.tui.words import dots

if TYPE_CHECKING:
    from breakfix.game.home import Home

FLAGS = (
    ("unsolved", "never solved"),
    ("due", "should be repeated today"),
    ("new", "never played"),
    ("solved", "solved at least once"),
    ("playable", "can be played here"),
)


class FilterScreen(Dialog[str | None]):
    """Dismissed with the search line as it should be, or None for no change."""

    HELP_TITLE = "Filter"
    HELP = (
        "Each filter is a word of the search line. Enter takes one and goes back to the list, "
        "space takes several. What is ticked is on; once more takes it off."
    )
    BINDINGS = [
        Binding("escape,f,q", "close", "done", id="filter.close", tooltip="Back, with what is on"),
        Binding("space", "flip", "on or off", id="filter.toggle",
                tooltip="Take a filter, or take it off, and stay"),
        Binding("backspace,delete", "none", "all off", id="filter.none",
                tooltip="All rounds again"),
    ]  # fmt: skip

    def __init__(self, home: Home, words: str) -> None:
        super().__init__()
        self._home, self._words = home, words
        self._due = {due.scenario for due in home.due_today}

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="filter-box", classes="dialog", can_focus=False) as box:
            box.border_title = "Show only"
            box.border_subtitle = "enter take   space several   esc done"
            yield Options(*self._rows(), id="filters", compact=True)

    def on_mount(self) -> None:
        """Ready to be chosen from."""
        self.query_one(OptionList).focus()

    def _rows(self) -> Iterator[Option | None]:
        yield from (self._row(token, token, about) for token, about in FLAGS)
        yield None
        for track in self._home.tracks:
            yield self._row(f"track:{track.track}", track.track, track.word)
        yield None
        levels = sorted({x.scenario.metadata.difficulty for x in self._home.listings})
        yield from (self._row(f"level:{n}", f"level {n}", dots(n)) for n in levels)

    def _row(self, token: str, name: str, about: str) -> Option:
        """A tick, the name, how many rounds it leaves, and what it means."""
        mark = ("✓ ", "$success") if token in self._words.split() else ("  ", "")
        count = len(search(self._home.listings, token, self._due))
        return Option(
            Content.assemble(mark, (f"{name:<18}", "bold"), f"{count:>3}  ", (about, "$muted")),
            id=token,
        )

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Enter, or a click: take it and go back."""
        if message.option_id is not None:
            self.dismiss(with_token(self._words, message.option_id))

    def action_flip(self) -> None:
        """Take it, or take it off, and stay."""
        listed = self.query_one(OptionList)
        option = listed.highlighted_option
        if option is not None and option.id is not None:
            self._show(with_token(self._words, option.id))

    def action_none(self) -> None:
        """Take all words away."""
        self._show("")

    def _show(self, words: str) -> None:
        self._words = words
        listed = self.query_one(OptionList)
        at = listed.highlighted
        listed.set_options(self._rows())
        listed.highlighted = at

    def action_close(self) -> None:
        """Back, with what is on."""
        self.dismiss(self._words)
