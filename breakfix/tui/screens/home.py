"""Home: the rounds by track, the open one on top, what each is about beside the list."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static

from breakfix.tui.widgets.round_detail import RoundDetail, detail_of, open_detail
from breakfix.tui.widgets.round_list import CONTINUE, RoundList, head
from breakfix.tui.widgets.screen_keys import ScreenKeys

if TYPE_CHECKING:
    from breakfix.game.model import Listing, RoundView

NARROW = 100
Choice = str | None
"""The name of a round, CONTINUE, or None to quit."""


class HomeScreen(Screen[Choice]):
    """Dismissed with what is to be played."""

    HELP_TITLE = "Home"
    BINDINGS = [
        Binding("enter", "play", "play", id="home.play", tooltip="Set this round up and play it"),
        Binding("slash", "search", "search", key_display="/", id="home.search",
                tooltip="Search as you type: name, title, track, objective"),
        Binding("escape", "clear", "clear search", show=False, id="home.clear",
                tooltip="Show all rounds again"),
        Binding("question_mark,f1", "app.help", "help", key_display="?", id="home.help",
                tooltip="All keys of this screen"),
        Binding("q,ctrl+q", "quit", "quit", id="home.quit", tooltip="Leave breakfix"),
    ]  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._listings: dict[str, Listing] = {}
        self._open: RoundView | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="home-header")
        with Container(id="home-board"):
            with Container(id="home-list"):
                yield Input(placeholder="search: dns, policy, storage…", id="search", compact=True)
                yield Static(id="list-head")
                yield RoundList()
            yield RoundDetail(id="detail", classes="pane")
        yield ScreenKeys()

    def on_mount(self) -> None:
        """The list is focused before it is filled."""
        self.query_one("#home-list").border_title = "Rounds"
        self._write_header("reading the rounds…")
        self.query_one(RoundList).focus()

    def show(self, listings: list[Listing], open_round: RoundView | None) -> None:
        """Fill the list."""
        self._listings = {item.scenario.metadata.name: item for item in listings}
        self._open = open_round
        solved = sum(item.best_score is not None for item in listings)
        self._write_header(f"{solved} of {len(listings)} rounds solved")
        self.query_one(RoundList).show(listings, open_round)
        self._list_head()

    def _write_header(self, right: str) -> None:
        left = Content.assemble((" breakfix  ", "$accent bold"), ("fix what breaks", "$muted"))
        width = self.app.size.width
        gap = " " * max(1, width - left.cell_length - len(right) - 1)
        self.query_one("#home-header", Static).update(
            Content.assemble(left, gap, (right, "$muted"))
        )
        self._right = right

    def on_resize(self) -> None:
        """Header, column names and layout follow the width."""
        self.set_class(self.app.size.width < NARROW, "-narrow")
        self._write_header(self._right)
        self.call_after_refresh(self._list_head)

    def _list_head(self) -> None:
        width = self.query_one(RoundList).scrollable_content_region.width - 2
        self.query_one("#list-head", Static).update(Content.assemble((head(width), "$faint")))

    @on(OptionList.OptionHighlighted)
    def _highlight(self, message: OptionList.OptionHighlighted) -> None:
        detail = self.query_one(RoundDetail)
        if message.option_id == CONTINUE and self._open is not None:
            detail.show(partial(open_detail, self._open))
        elif message.option_id in self._listings:
            detail.show(partial(detail_of, self._listings[message.option_id]))

    @on(RoundList.Chosen)
    def _choose(self, message: RoundList.Chosen) -> None:
        listing = self._listings.get(message.name)
        if listing is not None and listing.lacking:
            why = "; ".join(f"{name}: {text}" for name, text in listing.lacking.items())
            self.notify(why, title="This round can't be played here", severity="warning")
            return
        self.dismiss(message.name)

    def action_play(self) -> None:
        """Play what is highlighted, also from the search line."""
        self.query_one(RoundList).action_select()

    def action_search(self) -> None:
        """Open the search line."""
        search = self.query_one("#search", Input)
        search.add_class("-open")
        search.focus()

    def action_clear(self) -> None:
        """Close the search line; everything is listed again."""
        search = self.query_one("#search", Input)
        search.value = ""
        search.remove_class("-open")
        self.query_one(RoundList).focus()

    @on(Input.Changed, "#search")
    def _search(self, message: Input.Changed) -> None:
        self.query_one(RoundList).search(message.value)

    @on(Input.Submitted, "#search")
    def _to_list(self) -> None:
        self.query_one(RoundList).focus()

    def action_quit(self) -> None:
        """Leave breakfix."""
        self.dismiss(None)
