"""The search of home: its line above the list, and the filters that write into it."""

from __future__ import annotations

from textual import on
from textual.widgets import Input

from breakfix.tui.screens.home_offers import Offers
from breakfix.tui.widgets.round_list import RoundList
from breakfix.tui.widgets.search_line import SearchLine
from breakfix.tui.widgets.tracks import Tracks


class Searching(Offers):
    """What the list shows is what the line says; without words it shows everything."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The key of the search is heard before the list's own keys, so that what is typed
        right after it is not the list's; in the search line it is a letter."""
        if action == "search" and isinstance(self.focused, SearchLine):
            return False
        return super().check_action(action, parameters)

    def action_search(self) -> None:
        """Open the search line."""
        self.query_one(SearchLine).open()

    def action_clear(self) -> None:
        """Close the search line; everything is listed again."""
        self.query_one(SearchLine).write("")
        self.query_one(RoundList).focus()

    def action_move(self, direction: str) -> None:
        """Up and down in the list, from the search line too."""
        listed = self.query_one(RoundList)
        listed.action_cursor_up() if direction == "up" else listed.action_cursor_down()

    @on(Input.Changed, "#search")
    def _search(self, message: Input.Changed) -> None:
        listed = self.query_one(RoundList)
        listed.search(message.value)
        shown, whole = len(listed.found), len(self._home.listings) if self._home else 0
        told = f"{shown} of {whole}" if message.value.strip() else ""
        self.query_one("#home-list").border_subtitle = told

    @on(Input.Submitted, "#search")
    def _to_list(self) -> None:
        self.query_one(RoundList).focus()

    def action_filter(self) -> None:
        """The filters as a list."""
        from breakfix.tui.screens.filters import FilterScreen

        if self._home is not None:
            line = self.query_one(SearchLine)
            self.cover(
                FilterScreen(self._home, line.value),
                lambda words: None if words is None else line.write(words),
            )

    @on(Tracks.Chosen)
    def _only_track(self, message: Tracks.Chosen) -> None:
        self.query_one(SearchLine).toggle(f"track:{message.track}")
