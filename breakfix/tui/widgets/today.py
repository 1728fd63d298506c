"""The line under home's header: go on with a round, today's incident, what is due again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from breakfix.game.grade import grade, was_solved
from breakfix.scenario.quantities import clock_text
from breakfix.tui.bindings import live
from breakfix.tui.keys import key_text
from breakfix.tui.widgets.screen_keys import KeyItem, Keys
from breakfix.tui.words import NONE, Part, clipped, dots

if TYPE_CHECKING:
    from breakfix.game.daily import Daily
    from breakfix.game.home import Home
    from breakfix.game.model import Past, RoundView

LEAST_NAME = 12


@dataclass(frozen=True)
class TodayItem(KeyItem):
    """An offer: its key, its name, and what it is today."""

    parts: tuple[Part, ...] = ()

    @property
    def content(self) -> Content:
        """` d Daily incident 22 Nov ●●○○○  `."""
        key = (key_text(self.key), "$footer-key-foreground bold")
        return Content.assemble(" ", key, " ", self.label, " ", *self.parts, "  ")


class Today(Keys):
    """Three offers in one line, each by key or click; shortened until they fit."""

    def __init__(self) -> None:
        super().__init__(id="today")
        self._home: Home | None = None

    def show(self, home: Home) -> None:
        """What there is today."""
        self._home = home
        self.refresh()

    def items(self) -> Iterable[KeyItem]:
        """The longest way to say it that fits."""
        if self._home is None:
            return ()
        keys = {binding.action: binding.key for binding in reversed([*live(self.screen)])}
        for brief in (False, True):
            room = self._room(_items(self._home, keys, 0, brief=brief))
            if room >= LEAST_NAME or brief:
                return _items(self._home, keys, room, brief=brief)
        return ()

    def _room(self, items: list[TodayItem]) -> int:
        """What is left for each name of a round that may stand in the line."""
        home, spare = self._home, self.size.width - _width(items)
        names = 0 if home is None else (home.open_round is not None) + (home.next_due is not None)
        return spare // max(1, names) - len(": ")


def _width(items: list[TodayItem]) -> int:
    return sum(item.content.cell_length for item in items)


def _items(home: Home, keys: dict[str, str], room: int, *, brief: bool) -> list[TodayItem]:
    """`room` is for each of the two names of rounds that may stand in the line."""
    daily = "Daily" if brief else "Daily incident"
    going = [TodayItem(keys["go_on"], "Continue", "go_on", _open(home.open_round, room))]
    return [
        *(going if home.open_round is not None else ()),
        TodayItem(keys["daily"], daily, "daily", _daily(home.daily, brief)),
        TodayItem(keys["due"], "Due again", "due", _due(home, room)),
    ]


def _open(view: RoundView | None, room: int) -> tuple[Part, ...]:
    if view is None:
        return ()
    at = clock_text(view.elapsed) if view.started_at else "not set up"
    name = f"{clipped(view.scenario.metadata.title, room)} " if room >= LEAST_NAME else ""
    return ((name, "bold"), (at, "$accent"))


def _daily(daily: Daily | None, brief: bool) -> tuple[Part, ...]:
    if daily is None:
        return ((NONE, "$faint"),)
    day = (f"{daily.day.day} {daily.day:%b} ", "$muted")
    if daily.played is not None:
        return (day, result(daily.played))
    if daily.lacking:
        return (day, ("not here", "$warning"))
    level = (dots(daily.scenario.metadata.difficulty), "$accent")
    many = daily.variants > 1 and not brief
    return (day, level, (f" {daily.variants} variants" if many else "", "$muted"))


def result(past: Past) -> Part:
    """What came of a round in a word: `✓ 84 B`, `✗ given up`."""
    if was_solved(past):
        return (f"✓ {past.score} {grade(past.score)}", "$success")
    return (f"✗ {past.outcome}", "$muted")


def _due(home: Home, room: int) -> tuple[Part, ...]:
    count, following = len(home.due_today), home.next_due
    if not count:
        return (("nothing", "$faint"),)
    name = ""
    if following is not None and room >= LEAST_NAME:
        name = f": {clipped(following.scenario.metadata.title, room)}"
    return ((str(count), "$accent bold"), (name, "$muted"))
