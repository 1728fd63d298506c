"""The app: home, and the way into a round and back.

The first paint comes before anything heavy: the lobby is opened, and the client of the
Kubernetes API and the terminal emulator are imported, when home can be seen already.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from textual import work
from textual.content import Content

from breakfix.errors import EXIT_ENVIRONMENT, BreakfixError
from breakfix.tui.comfort import ComfortApp
from breakfix.tui.layer import to_front
from breakfix.tui.screens.ask import Answer, AskScreen
from breakfix.tui.screens.home import Choice, HomeScreen, Pick
from breakfix.tui.widgets.round_list import CONTINUE

if TYPE_CHECKING:
    from breakfix.clock import Clock
    from breakfix.game.model import Lobby
    from breakfix.settings import Settings
    from breakfix.tui.journey import Journey, ShellEnv, Watch

ENDED_BY_SIGNAL = 128
RETRY = (Answer("retry", "r", "Try again", "esc leaves it"),)
T = TypeVar("T")
HEAVY = ("breakfix.tui.journey", "breakfix.clusters.client_import")


class BreakfixApp(ComfortApp):
    """`open_lobby` is called once, after the first paint. `start` goes straight to the
    set-up of that round. Returns an exit code."""

    TITLE = "breakfix"
    CSS_PATH = [
        "styles/base.tcss", "styles/home.tcss", "styles/round.tcss", "styles/debrief.tcss",
        "styles/comfort.tcss",
        "styles/dialogs.tcss",
        "styles/evidence.tcss",
    ]  # fmt: skip

    def __init__(
        self, open_lobby: Callable[[], Lobby], settings: Settings, clock: Clock,
        shell_env: ShellEnv, start: str | None = None, seed: str | None = None,
        watch: Watch | None = None,
    ) -> None:  # fmt: skip
        super().__init__(settings)
        self._open_lobby = open_lobby
        self._settings, self._clock = settings, clock
        self._shell_env, self._watch = shell_env, watch
        self._start, self._seed = start, seed or ""
        self._played = ""

    def on_mount(self) -> None:
        """Show home first; everything else comes after it has been painted."""
        super().on_mount()
        for name in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(name, self._on_signal, name)
        self._travel()

    def _on_signal(self, name: signal.Signals) -> None:
        """Leave in order: the terminal is put back, an open round stays open."""
        self.exit(ENDED_BY_SIGNAL + name)

    async def on_unmount(self) -> None:
        """The loop may outlive the app."""
        for name in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().remove_signal_handler(name)

    @work(name="journey")
    async def _travel(self) -> None:
        """Home, a round, home again, until the learner has enough."""
        home, chosen = await self._show_home()
        lobby = await self._opened(self._open_lobby)
        if lobby is not None:
            self._import_heavy()
        self.check_preferences()
        if self._start and lobby is not None:
            to_front(home)
            home.dismiss(Pick(self._start))
        while lobby is not None:
            if not chosen.done() and home.is_attached:
                await self._opened(partial(self._fill, home, lobby))
            choice = await chosen
            if choice is None or not await self._play(lobby, choice):
                break
            home, chosen = await self._show_home()
        self.exit(0 if lobby is not None else EXIT_ENVIRONMENT)

    async def _show_home(self) -> tuple[HomeScreen, asyncio.Future[Choice]]:
        """Home on the screen, painted; and what will be chosen there."""
        home = HomeScreen()
        chosen = self.push_screen(home, wait_for_dismiss=True)
        seen = asyncio.Event()
        home.call_after_refresh(seen.set)
        await seen.wait()
        self.fit(*self.size)
        return home, chosen

    def _fill(self, home: HomeScreen, lobby: Lobby) -> bool:
        home.show(lobby.home(), welcome=not self.preferences.welcomed, at=self._played)
        return True

    def on_home_screen_welcomed(self) -> None:
        """It does not come again by itself."""
        if not self.preferences.welcomed:
            self.keep(welcomed=True)

    async def _opened(self, read: Callable[[], T]) -> T | None:
        """What the game answers; where it refuses, why, until the learner has enough."""
        while True:
            try:
                return read()
            except BreakfixError as error:
                text = Content.assemble(error.message, (f"\n\n{error.hint}", "$accent"))
                if await self.push_screen_wait(AskScreen("This did not work", text, RETRY)) is None:
                    return None

    async def _play(self, lobby: Lobby, choice: Pick) -> bool:
        journey = await self._journey(lobby)
        if choice.name == CONTINUE:
            return await journey.go_on()
        seed, self._seed = choice.seed or self._seed, ""
        self._played = choice.name
        return await journey.play(choice.name, seed)

    async def _journey(self, lobby: Lobby) -> Journey:
        from breakfix.tui.journey import Journey

        return Journey(self, lobby, self._settings, self._clock, self._shell_env, self._watch)

    @work(name="imports", thread=True)
    def _import_heavy(self) -> None:
        """Done while the learner reads the list."""
        for module in HEAVY:
            import_module(module)
        import_module(HEAVY[-1]).import_client()
