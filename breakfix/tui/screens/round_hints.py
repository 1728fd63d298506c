"""Hints, from the round screen: the ladder, what is bought on it, and a hint's command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from breakfix.scenario.hint_commands import blanks
from breakfix.tui.screens.hints import HintsScreen, runs
from breakfix.tui.screens.round_base import RoundBase

if TYPE_CHECKING:
    from breakfix.game.model import Playable, RoundView


class Hinting(RoundBase):
    """Shows the ladder, sells its rungs, and brings their commands into the shell."""

    def __init__(self, playable: Playable) -> None:
        super().__init__(playable)
        self._ladder: HintsScreen | None = None

    def _show(self, view: RoundView) -> None:
        super()._show(view)
        if self._ladder is not None:
            self._ladder.show(view)

    @work(name="round-hint")
    async def action_hint(self) -> None:
        """The ladder, kept up to date while it is open."""
        if self._ladder is not None:
            return
        self._ladder = HintsScreen(self._playable.view(), self._buy)
        try:
            command = await self.ask(self._ladder)
        finally:
            self._ladder = None
        if command:
            self._show_command(command)

    def _buy(self) -> None:
        if self._did(self._playable.buy_hint):
            self._show(self._playable.view())

    def action_show_me(self) -> None:
        """The command of the hint bought last, in the shell."""
        commands = [h.run for h in self._playable.view().hints if h.bought and h.run]
        if commands:
            self._show_command(commands[-1])
        else:
            self.notify("No hint with a command has been bought yet.")

    def _show_command(self, command: str) -> None:
        """A command that only reads is run; any other waits for the learner's Enter."""
        if runs(command):
            self._run(command)
            return
        self._paste(command)
        missing = blanks(command)
        what = f"Fill in {', '.join(missing)}, then Enter." if missing else "Enter runs it."
        self.notify(f"{what} It is on the shell's line.", timeout=6)
