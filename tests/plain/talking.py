"""The plain mode under test: lines go in, all that is said comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from breakfix.clock import VirtualClock
from breakfix.game.model import Lobby
from breakfix.plain.app import PlainApp
from breakfix.plain.console import Console
from breakfix.plain.learner import LearnersShell
from breakfix.plain.terminal import Complete
from breakfix.settings import Settings
from tests.tui.fakes import FakeLobby, FakeRound, FakeWatcher

DNS = "dns-rewrite-eats-a-name"
Line = str | Callable[[], None]


class StandingClock(VirtualClock):
    """Time moves when the test says so; whoever waits looks again soon."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.002)


class ShellOfTests(LearnersShell):
    """Writes down what it is asked to run."""

    def __init__(self) -> None:
        super().__init__(["/bin/sh"], {"PATH": "/bin:/usr/bin"})
        self.ran: list[str] = []
        self.code = 0

    def knows(self, line: str) -> bool:
        return line.startswith("k ") or super().knows(line)

    def run(self, line: str) -> int:
        self.ran.append(line)
        return self.code

    def open(self) -> int:
        self.ran.append("a shell")
        return 0


@dataclass
class Talk:
    """A plain mode with everything around it; `say` plays lines and returns the answers."""

    folder: Path
    clock: StandingClock = field(default_factory=StandingClock)
    said: list[str] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    completed: list[list[str]] = field(default_factory=list)
    shell: ShellOfTests = field(default_factory=ShellOfTests)
    watcher: FakeWatcher = field(default_factory=FakeWatcher)
    width: int = 10_000
    scripted: bool = False
    code: int | None = None

    def __post_init__(self) -> None:
        self.lobby = FakeLobby(self.clock, self.folder)

    @property
    def round(self) -> FakeRound:
        """The round that was begun."""
        assert self.lobby.open is not None
        return self.lobby.open

    @property
    def text(self) -> str:
        """All that was said."""
        return "".join(self.said)

    def play(self, *lines: Line, start: str | None = None, seed: str = "") -> str:
        """Play these lines from the beginning to the end of input; returns what was said."""
        app = PlainApp(
            self._open, Settings(data_dir=self.folder), self.clock, lambda _: self.shell,
            self._console(list(lines)), lambda _: self.watcher, start, seed,
        )  # fmt: skip
        self.code = app.run()
        return self.text

    def in_round(self, *lines: Line) -> str:
        """The same, within the round of the name that nobody can find."""
        text = self.play(*lines, start=DNS)
        return text.partition("makes sure.\n")[2]

    def completes(self, beginning: str) -> Callable[[], None]:
        """A moment at which the beginning is completed."""
        return lambda: self.completed.append(self._complete(beginning))

    def _open(self) -> Lobby:
        return self.lobby

    def _console(self, lines: list[Line]) -> Callable[[Complete], Console]:
        def read(prompt: str) -> str:
            self.said.append(prompt)
            while lines:
                line = lines.pop(0)
                if isinstance(line, str):
                    return line
                line()
            raise EOFError

        def console(complete: Complete) -> Console:
            self._complete = complete
            offer = None if self.scripted else self.offered.append
            return Console(read, self.said.append, self.width, scripted=self.scripted, offer=offer)

        return console
