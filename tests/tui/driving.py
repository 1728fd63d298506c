"""Driving the app in a test: wait for something to be so, go to a screen by its keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from textual import events
from textual.widget import Widget

from breakfix.clock import VirtualClock
from breakfix.settings import Settings
from breakfix.tui.app import BreakfixApp
from breakfix.tui.screens.home import HomeScreen
from breakfix.tui.screens.round import RoundScreen
from breakfix.tui.widgets.board import RoundBoard
from breakfix.tui.widgets.round_list import RoundList
from breakfix.tui.widgets.terminal import PtyTerminal
from tests.tui.apps import READY, make_app
from tests.tui.fakes import FakeLobby, FakeRound, FakeWatcher
from tests.tui.looking import Looking

STILL, LOOK = 3, 0.1  # looks without a change, so many seconds after each other
WIDE = (120, 40)


@dataclass
class Play(Looking[BreakfixApp]):
    """An app under test with all that stands around it."""

    lobby: FakeLobby
    watcher: FakeWatcher
    folder: Path

    @property
    def round(self) -> FakeRound:
        """The round that is open."""
        assert self.lobby.open is not None
        return self.lobby.open

    @property
    def board(self) -> RoundBoard:
        """The panes of the round, whatever lies on top."""
        boards = (b for screen in self.app.screen_stack for b in screen.query(RoundBoard))
        return next(boards)

    @property
    def terminal(self) -> PtyTerminal:
        """The terminal of the round."""
        found = self.app.screen.query_one(PtyTerminal)
        assert isinstance(found, PtyTerminal)
        return found

    @property
    def focused(self) -> Widget | None:
        """Who gets the keys."""
        return self.app.focused

    async def gone(self, text: str) -> None:
        """Wait until this text no longer stands on the screen."""
        await self.until(lambda: text not in self.frame)

    async def still(self) -> str:
        """The frame, once nothing moves in it any more."""
        same, last = 0, ""
        while same < STILL:
            await self.pilot.pause(LOOK)
            now = self.frame
            same, last = (same + 1, now) if now == last else (0, now)
        return last

    def hurry(self, names: Iterable[str]) -> None:
        """Press all these keys at once, as a terminal gives them that was busy."""
        for name in names:
            self.app.post_message(events.Key(name, name if len(name) == 1 else None))

    async def home(self) -> None:
        """Wait for home with its list."""
        await self.until(lambda: isinstance(self.app.screen, HomeScreen))
        await self.until(lambda: self.app.screen.query_one(RoundList).option_count)

    async def in_round(self, ready: str = READY) -> None:
        """From home into the first round, its shell up."""
        await self.home()
        await self.press("enter")
        await self.until(lambda: isinstance(self.app.screen, RoundScreen))
        await self.until(lambda: self.app.screen.query(PtyTerminal))
        await self.until(lambda: ready in self.terminal.text())

    async def as_game(self) -> None:
        """Out of the shell, so that letters are the game's."""
        await self.until(lambda: self.board.in_shell)
        await self.press("ctrl+g")
        await self.until(lambda: not self.board.in_shell)


@asynccontextmanager
async def playing(
    folder: Path, size: tuple[int, int] = WIDE, lobby: FakeLobby | None = None,
    start: str | None = None, seed: str | None = None, shell: str = "",
    settings: Settings | None = None,
) -> AsyncIterator[Play]:  # fmt: skip
    """The app running, headless, at this size."""
    lobby = lobby or FakeLobby(VirtualClock(), folder)
    watcher = FakeWatcher()
    app = make_app(folder, lobby, start, seed, watcher, shell, settings)
    async with app.run_test(size=size, notifications=True) as pilot:
        yield Play(app, pilot, lobby, watcher, folder)
