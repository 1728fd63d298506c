"""The shell pane alone in an app: a real PTY, a real program, no round around it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Static

from breakfix.tui.theme import DARK
from breakfix.tui.widgets.copying import CopyTerminal
from breakfix.tui.widgets.shell import ShellPane

TRIES, PAUSE = 2000, 0.02
PROMPT = "pane $ "
SHELL = ["/bin/bash", "--norc", "--noprofile", "-i"]


class PaneApp(App[None]):
    """One shell pane, and something else to go to."""

    CSS = "#terminal { width: 100%; height: 100%; } #other { height: 1; }"
    BINDINGS = [("f2", "game", "a key of the game")]

    def __init__(self, command: list[str], env: Mapping[str, str]) -> None:
        super().__init__()
        self._command, self._env = command, env
        self.bells = self.games = 0
        self.register_theme(DARK)
        self.theme = DARK.name

    def compose(self) -> ComposeResult:
        yield Static("other", id="other")
        yield ShellPane(self._command, self._env)

    def on_mount(self) -> None:
        """Into the shell."""
        self.query_one(CopyTerminal).focus()

    def bell(self) -> None:
        """Count."""
        self.bells += 1

    def action_game(self) -> None:
        """Count."""
        self.games += 1


@dataclass
class Pane:
    """The app while it runs."""

    app: PaneApp
    pilot: Pilot[None]

    @property
    def terminal(self) -> CopyTerminal:
        """The terminal that is there now."""
        return self.app.query_one(CopyTerminal)

    @property
    def text(self) -> str:
        """The page of the terminal."""
        return self.terminal.text()

    async def until(self, so: Callable[[], object]) -> None:
        """Wait until it is so; fail with the page when it never is."""
        for _ in range(TRIES):
            if so():
                return
            await self.pilot.pause(PAUSE)
        raise AssertionError(f"never came to be; the page is\n{self.text}")

    async def see(self, text: str) -> None:
        """Wait until this stands on the page."""
        await self.until(lambda: text in self.text)

    async def run(self, command: str, see: str = "") -> None:
        """Type a command and Enter; wait for what it prints."""
        self.terminal.board.host.write(command + "\r")
        if see:
            await self.until(lambda: any(see in r and command not in r for r in self.rows))

    @property
    def rows(self) -> list[str]:
        """The rows of the page."""
        return self.text.splitlines()

    def style_of(self, text: str) -> object:
        """The style of the first cell of this text on the page."""
        row = next(n for n, line in enumerate(self.rows) if line.startswith(text))
        return self.terminal.page_row(row)[0][0]


@asynccontextmanager
async def pane(
    command: list[str] | None = None, size: tuple[int, int] = (100, 30), **env: str
) -> AsyncIterator[Pane]:
    """A pane with bash in it, or another program."""
    full = dict(os.environ) | {"PS1": PROMPT, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"} | env
    app = PaneApp(command or SHELL, full)
    async with app.run_test(size=size) as pilot:
        found = Pane(app, pilot)
        if command is None:
            await found.see(PROMPT.strip())
        yield found
