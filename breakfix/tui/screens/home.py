"""Home: what today offers, mastery by track, and the rounds with what each is about."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static

from breakfix.tui.screens.home_keys import HOME_BINDINGS
from breakfix.tui.screens.home_offers import Choice, Pick
from breakfix.tui.screens.home_search import Searching
from breakfix.tui.widgets.repeat import Repeat
from breakfix.tui.widgets.round_detail import RoundDetail, brief_of, detail_of, open_detail
from breakfix.tui.widgets.round_list import CONTINUE, RoundList, head
from breakfix.tui.widgets.screen_keys import ScreenKeys
from breakfix.tui.widgets.search_line import SearchLine
from breakfix.tui.widgets.today import Today
from breakfix.tui.widgets.tracks import Tracks

if TYPE_CHECKING:
    from breakfix.game.home import Home

__all__ = ["Choice", "HomeScreen", "Pick"]
NARROW, LOW = 110, 30
TRACKS_SHARE = 4  # the table of the tracks has at most a quarter of the height


class HomeScreen(Searching):
    """Everything there is to play, and what was reached."""

    class Welcomed(Message):
        """The welcome was seen."""

    HELP_TITLE = "Home"
    HELP = (
        "What today offers is on top: a round left open, the daily incident, what is due again. "
        "Below are all rounds, by track. Go to one with the arrow keys, read at the side what it "
        "is about, and play it with Enter. ✓ is solved, ↻ due again, ✗ cannot be played here."
    )
    BINDINGS = [*HOME_BINDINGS]
    APP_KEYS = ("app.settings",)

    def compose(self) -> ComposeResult:
        yield Static(id="home-header")
        yield Today()
        yield Tracks()
        with Container(id="home-board"):
            with Container(id="home-list"):
                yield SearchLine()
                yield Static(id="list-head")
                yield RoundList()
            with Container(id="home-side"):
                yield RoundDetail(id="detail", classes="pane")
                yield Repeat()
        yield ScreenKeys()

    def on_mount(self) -> None:
        """The list is focused before it is filled."""
        self.query_one("#home-list").border_title = "Rounds"
        self._write_header("reading the rounds…")
        self.query_one(RoundList).focus()

    # -- what is shown ----------------------------------------------------------------

    def show(self, home: Home, welcome: bool = False, at: str = "") -> None:
        """Fill everything, the highlight on a round where `at` names one; with the welcome
        on top where this is the first run."""
        self._home = home
        self._write_header(f"{home.solved} of {len(home.listings)} rounds solved")
        self.query_one(Today).show(home)
        self.query_one(Tracks).show(home.tracks)
        self.query_one(Repeat).show(home)
        self.query_one(SearchLine).know([track.track for track in home.tracks])
        self.query_one(RoundList).show(home)
        self.query_one(RoundList).choose(at)
        self._lay_out()
        if welcome and home.first_run:
            self.action_welcome()

    def _write_header(self, right: str) -> None:
        left = Content.assemble((" breakfix  ", "$accent bold"), ("fix what breaks", "$muted"))
        width = self.app.size.width
        gap = " " * max(1, width - left.cell_length - len(right) - 1)
        self.query_one("#home-header", Static).update(
            Content.assemble(left, gap, (right, "$muted"))
        )
        self._right = right

    def on_resize(self) -> None:
        """Header, column names and layout follow the size."""
        self._write_header(self._right)
        self._lay_out()

    def _lay_out(self) -> None:
        """Narrow: page below the list. Low: no table of tracks, the list's heads tell it."""
        width, height = self.app.size
        tracks = self.query_one(Tracks)
        roomy = width >= NARROW and height >= LOW
        table = roomy and tracks.rows(width) <= height // TRACKS_SHARE
        self.set_class(width < NARROW, "-narrow")
        self.set_class(not roomy, "-low")
        self.set_class(table, "-table")
        self.query_one(RoundList).with_bars(not table)
        self.call_after_refresh(self._list_head)

    def _list_head(self) -> None:
        width = self.query_one(RoundList).scrollable_content_region.width - 2
        self.query_one("#list-head", Static).update(Content.assemble((head(width), "$faint")))

    @on(OptionList.OptionHighlighted)
    def _highlight(self, message: OptionList.OptionHighlighted) -> None:
        if self._home is None:
            return
        detail, home, name = self.query_one(RoundDetail), self._home, message.option_id or ""
        if name == CONTINUE and home.open_round is not None:
            detail.show(partial(open_detail, home.open_round))
        elif name in home.by_name:
            build = brief_of if self.has_class("-low") else detail_of
            detail.show(partial(build, home.by_name[name], home.due_of.get(name)))

    # -- the list ---------------------------------------------------------------------

    @on(RoundList.Chosen)
    def _choose(self, message: RoundList.Chosen) -> None:
        self.play(message.name)

    def action_play(self) -> None:
        """Play what is highlighted, also from the search line."""
        self.query_one(RoundList).action_select()

    def action_seed(self) -> None:
        """The chosen round with a seed of one's own."""
        from breakfix.tui.screens.seed import SeedScreen

        option = self.query_one(RoundList).highlighted_option
        listing = self._home.by_name.get(option.id or "") if self._home and option else None
        if listing is None:
            return
        meta = listing.scenario.metadata
        self.cover(
            SeedScreen(meta.title),
            lambda seed: None if seed is None else self.play(meta.name, seed),
        )

    # -- other screens ----------------------------------------------------------------

    def action_stats(self) -> None:
        """What was learnt."""
        from breakfix.tui.screens.stats import StatsScreen

        if self._home is not None:
            self.cover(StatsScreen(self._home))

    def action_welcome(self) -> None:
        """The welcome, and from there into the first round."""
        from breakfix.tui.screens.welcome import WelcomeScreen

        if self._home is not None:
            self.cover(WelcomeScreen(self._home.first_round), self._welcomed)

    def _welcomed(self, begin: bool | None) -> None:
        self.post_message(self.Welcomed())
        first = self._home.first_round if self._home else None
        if begin and first is not None:
            self.play(first.scenario.metadata.name)

    def action_quit(self) -> None:
        """Leave breakfix."""
        self.dismiss(None)
