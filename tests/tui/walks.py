"""The way to every screen, for what must hold on all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from breakfix.tui.screens.ask import AskScreen
from breakfix.tui.screens.debrief import DebriefScreen
from breakfix.tui.screens.diagnose import DiagnoseScreen
from breakfix.tui.screens.help import HelpScreen
from breakfix.tui.screens.keys import KeysScreen
from breakfix.tui.screens.pause import PauseScreen
from breakfix.tui.screens.press import PressScreen
from breakfix.tui.screens.settings import SettingsScreen
from breakfix.tui.screens.work import WorkScreen
from tests.tui.driving import Play

PLAYED = 252.0
Walk = Callable[[Play], Awaitable[None]]


async def to_home(play: Play) -> None:
    """Home, its list filled."""
    await play.home()


async def to_shell(play: Play) -> None:
    """A round, the shell listening."""
    await play.in_round()
    play.lobby.clock.advance(PLAYED)
    await play.see("04:12")


async def to_map(play: Play) -> None:
    """A round, the map in focus."""
    await to_shell(play)
    await play.press("f5")
    await play.until(lambda: play.board.pane("map").has_focus_within)


async def to_events(play: Play) -> None:
    """A round, the events in focus."""
    await to_shell(play)
    await play.press("f6")
    await play.until(lambda: play.board.pane("events").has_focus_within)


async def to_verify(play: Play) -> None:
    """A verify that said no."""
    await to_shell(play)
    await play.press("f2")
    await play.see("Not solved")


async def to_hint(play: Play) -> None:
    """The next hint and its price."""
    await to_shell(play)
    await play.press("f3")
    await play.until(lambda: play.app.screen.is_modal)


async def to_diagnosis(play: Play) -> None:
    """The two lists of a diagnosis."""
    await to_shell(play)
    await play.press("f4")
    await play.until(lambda: isinstance(play.app.screen, DiagnoseScreen))


async def to_leave(play: Play) -> None:
    """The question before leaving."""
    await to_shell(play)
    await play.press("ctrl+q")
    await play.until(lambda: isinstance(play.app.screen, AskScreen))


async def to_pause(play: Play) -> None:
    """A paused round."""
    await to_shell(play)
    await play.press("f8")
    await play.until(lambda: isinstance(play.app.screen, PauseScreen))


async def to_debrief(play: Play) -> None:
    """The debrief of a solved round."""
    await to_shell(play)
    play.app.animation_level = "none"  # nothing to skip
    play.round.solvable = True
    await play.press("f2")
    await play.see("on to the debrief")
    await play.press("enter")
    await play.until(lambda: isinstance(play.app.screen, DebriefScreen))


async def to_set_up(play: Play) -> None:
    """A set-up under way, whose spinner stands still."""
    play.app.animation_level = "none"
    play.lobby.gate = asyncio.Event()
    await play.home()
    await play.press("enter")
    await play.until(lambda: isinstance(play.app.screen, WorkScreen))


async def to_settings(play: Play) -> None:
    """Settings over home."""
    await play.home()
    await play.press("comma")
    await play.until(lambda: isinstance(play.app.screen, SettingsScreen))


async def to_keys(play: Play) -> None:
    """The list of keys, over settings."""
    await to_settings(play)
    await play.press("end", "up", "enter")
    await play.until(lambda: isinstance(play.app.screen, KeysScreen))


async def to_press(play: Play) -> None:
    """A key is asked for."""
    await to_keys(play)
    await play.press("enter")
    await play.until(lambda: isinstance(play.app.screen, PressScreen))


async def to_help(play: Play) -> None:
    """The help of home."""
    await play.home()
    await play.press("f1")
    await play.until(lambda: isinstance(play.app.screen, HelpScreen))


WALKS: dict[str, Walk] = {
    "home": to_home, "shell": to_shell, "map": to_map, "events": to_events,
    "verify": to_verify, "hint": to_hint, "diagnosis": to_diagnosis, "leave": to_leave,
    "pause": to_pause, "debrief": to_debrief, "set-up": to_set_up, "settings": to_settings,
    "keys": to_keys, "press": to_press, "help": to_help,
}  # fmt: skip
"""By name: from the start to a screen that stands still."""
