"""The app: home, and the way into a round and back.

The first paint comes before anything heavy: the lobby is opened, and the client of the
Kubernetes API and the terminal emulator are imported, when home can be seen already.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen

from breakfix.errors import EXIT_ENVIRONMENT, BreakfixError
from breakfix.tui.keys import PALETTE
from breakfix.tui.screens.ask import Answer, AskScreen
from breakfix.tui.screens.home import Choice, HomeScreen
from breakfix.tui.theme import DARK, THEMES
from breakfix.tui.widgets.round_list import CONTINUE

if TYPE_CHECKING:
    from breakfix.clock import Clock
    from breakfix.game.model import Lobby
    from breakfix.settings import Settings
    from breakfix.tui.journey import Journey, ShellEnv, Watch

ENDED_BY_SIGNAL = 128
RETRY = (Answer("retry", "r", "Try again", "esc leaves it"),)
T = TypeVar("T")
HEAVY = ("breakfix.tui.journey", "kubernetes.aio.config", "kubernetes.aio.client")


class BreakfixApp(App[int]):
    """`open_lobby` is called once, after the first paint. `start` goes straight to the
    set-up of that round. Returns an exit code."""

    TITLE = "breakfix"
    CSS_PATH = [
        "styles/base.tcss", "styles/home.tcss", "styles/round.tcss", "styles/debrief.tcss",
    ]  # fmt: skip
    BINDINGS = [
        Binding("ctrl+p", "command_palette", "palette", show=False, id="app.palette"),
        Binding(
            PALETTE,
            "command_palette",
            "palette",
            show=False,
            priority=True,
            id="app.palette.anywhere",
        ),
        Binding("ctrl+q", "quit", "quit", show=False, id="app.quit"),
    ]

    def __init__(
        self, open_lobby: Callable[[], Lobby], settings: Settings, clock: Clock,
        shell_env: ShellEnv, start: str | None = None, seed: str | None = None,
        watch: Watch | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._open_lobby = open_lobby
        self._settings, self._clock = settings, clock
        self._shell_env, self._watch = shell_env, watch
        self._start, self._seed = start, seed or ""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name

    def on_mount(self) -> None:
        """Show home first; everything else comes after it has been painted."""
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
        if self._start and lobby is not None:
            home.dismiss(self._start)
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
        return home, chosen

    def _fill(self, home: HomeScreen, lobby: Lobby) -> bool:
        home.show(lobby.listings(), lobby.open_round())
        return True

    async def _opened(self, read: Callable[[], T]) -> T | None:
        """What the game answers; where it refuses, why, until the learner has enough."""
        while True:
            try:
                return read()
            except BreakfixError as error:
                text = Content.assemble(error.message, (f"\n\n{error.hint}", "$accent"))
                if await self.push_screen_wait(AskScreen("This did not work", text, RETRY)) is None:
                    return None

    async def _play(self, lobby: Lobby, choice: str) -> bool:
        journey = await self._journey(lobby)
        if choice == CONTINUE:
            return await journey.go_on()
        seed, self._seed = self._seed, ""
        return await journey.play(choice, seed)

    async def _journey(self, lobby: Lobby) -> Journey:
        from breakfix.tui.journey import Journey

        return Journey(self, lobby, self._settings, self._clock, self._shell_env, self._watch)

    @work(name="imports", thread=True)
    def _import_heavy(self) -> None:
        """Done while the learner reads the list."""
        for module in HEAVY:
            import_module(module)

    # -- help and palette -------------------------------------------------------------

    def action_help(self) -> None:
        """All keys of the screen that is up."""
        from breakfix.tui.screens.help import HelpScreen

        if not self.screen.is_modal:
            self.push_screen(HelpScreen(self.screen))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Everything the screen can do by key, and the themes."""
        seen = set()
        for _, binding in screen._bindings:
            if binding.tooltip and binding.action not in seen:
                seen.add(binding.action)
                yield SystemCommand(
                    binding.description.capitalize(), binding.tooltip,
                    self._runner(screen, binding.action),
                )  # fmt: skip
        yield SystemCommand("Theme", "Change colours", self.action_change_theme)

    def _runner(self, screen: Screen[object], action: str) -> Callable[[], object]:
        async def run() -> None:
            await self.run_action(action, default_namespace=screen)

        return run
