"""The shell pane: a terminal in a frame, started anew when the shell has ended."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.message import Message
from textual.widgets import Static

from breakfix.tui.widgets.copying import CopyTerminal
from breakfix.tui.widgets.terminal import ProcessExited, PtyTerminal

KILL_LINE = "\x15"  # ^U


class Ended(Static, can_focus=True):
    """What is said in place of a shell that has ended."""

    BINDINGS = [
        Binding("enter", "restart", "new shell", id="shell.restart", tooltip="Start the shell")
    ]

    def action_restart(self) -> None:
        """Ask the pane for a new shell."""
        self.query_ancestor(ShellPane).start()


class ShellPane(Container):
    """Runs one shell. Everything typed here goes to it, but for the game's own keys."""

    BORDER_TITLE = "Shell"

    def __init__(self, command: list[str], env: Mapping[str, str], *, id: str = "shell") -> None:
        super().__init__(id=id, classes="pane")
        self._command = command
        self._env = env

    def compose(self) -> ComposeResult:
        yield self._terminal()

    def _terminal(self) -> PtyTerminal:
        return CopyTerminal(self._command, self._env, id="terminal")

    @property
    def terminal(self) -> PtyTerminal | None:
        """The running terminal, if the shell has not ended."""
        return next(iter(self.query(PtyTerminal)), None)

    def start(self) -> None:
        """Put a new shell in the pane and go into it."""
        self.query("*").remove()
        terminal = self._terminal()
        self.mount(terminal)
        terminal.focus()

    def enter(self) -> None:
        """Send what is typed to the shell."""
        self.children[0].focus()

    def paste(self, text: str) -> bool:
        """Put text on the shell's command line without running it; False without a shell."""
        terminal = self.terminal
        if terminal is None:
            return False
        terminal.settle_line()
        terminal.paste(text)
        self.enter()
        return True

    def run(self, command: str) -> bool:
        """Type a command in place of what stands on the line, and run it; False where no
        shell waits for one."""
        terminal = self.terminal
        if terminal is None or terminal.board.blitter.in_alt_screen:
            return False
        terminal.settle_line()
        terminal.board.host.write(KILL_LINE)
        terminal.paste(command)
        terminal.board.host.write("\r")
        self.enter()
        return True

    @on(ProcessExited)
    async def _ended(self, message: ProcessExited) -> None:
        message.stop()
        had_focus = self.has_focus_within
        await self.query("*").remove()
        code = message.exit_code
        ended = Ended(f"The shell has ended (exit code {code}). Enter starts a new one.")
        await self.mount(ended)
        if had_focus:
            ended.focus()

    def on_terminal_bell(self, message: Message) -> None:
        """The shell rang."""
        message.stop()
        if (terminal := self.terminal) is not None:
            terminal.ring()
