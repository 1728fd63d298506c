"""The prompt within a round: the game's commands, and the learner's own."""

from __future__ import annotations

from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from breakfix.errors import BreakfixError
from breakfix.plain import words
from breakfix.plain.commands import ROUND, completions, found, unknown
from breakfix.plain.ending import Ended
from breakfix.plain.round_commands import FIRST, PAUSED, After

if TYPE_CHECKING:
    from breakfix.plain.console import Console
    from breakfix.plain.learner import LearnersShell
    from breakfix.plain.round_commands import RoundCommands

LEFT = (
    "The round stays open and its clock {clock}. `breakfix play --plain` continues it, "
    "`breakfix round end` ends it."
)
INPUT_ENDED = "The input has ended."
UNDONE = "Stopped. Type leave to leave the round."


class RoundPrompt:
    """One round in play. The round lives in the game; this asks it and says what it says."""

    def __init__(self, console: Console, commands: RoundCommands, learner: LearnersShell) -> None:
        self._console, self._commands, self._learner = console, commands, learner
        self._paused = False
        self._after: After | None = None

    def play(self) -> After:
        """Until the round is over or left. Ctrl-C stops what is under way, never the round."""
        self._console.say(*self._opening(), FIRST)
        while self._after is None:
            try:
                self._once()
            except (KeyboardInterrupt, CancelledError):
                self._console.say("", UNDONE)
            except Ended:
                self._console.say("", self._left())
                raise
            except BreakfixError as error:
                self._console.say(*error_lines(error))
        if self._after is After.LEFT_OPEN:
            self._console.say(self._left())
        return self._after

    def complete(self, beginning: str) -> list[str]:
        """The commands that begin so, and what kubectl completes."""
        return completions(beginning, ROUND) or self._learner.complete(beginning)

    def _opening(self) -> list[str]:
        view = self._commands.view()
        head = f"Round: {words.sentence(view.scenario.metadata.title)}"
        return [head, *words.brief_lines(view), words.clock_sentence(view)]

    def _left(self) -> str:
        return LEFT.format(clock="stands" if self._paused else "goes on")

    def _once(self) -> None:
        """One line. A round that has ended meanwhile does not carry it out any more."""
        self._notice()
        if self._after is not None:
            return
        line = self._console.ask("paused> " if self._paused else "round> ")
        if line is None:
            self._console.say(INPUT_ENDED)
            self._after = After.LEFT_OPEN
        elif line:
            self._notice()
            self._after = self._after or self._carry_out(line)

    def _notice(self) -> None:
        """How the round stands. Where that cannot be read it is said, and the next line is
        asked for all the same."""
        try:
            state = self._commands.view().state
        except BreakfixError as error:
            self._console.say(*error_lines(error))
            return
        self._paused = state.value == "paused"
        if not state.in_play:
            self._after = After.DEBRIEF

    def _carry_out(self, line: str) -> After | None:
        command = found(line, ROUND)
        if self._paused and not (command and command[0].in_pause):
            self._console.say(PAUSED)
        elif command is not None:
            after: After | None = getattr(self._commands, command[0].method)(command[1])
            return after
        elif line.startswith("!") or self._learner.knows(line):
            self._commands.run(line.removeprefix("!").strip())
        else:
            self._console.say(unknown(line, ROUND))
        return None


def error_lines(error: BreakfixError) -> list[str]:
    """What went wrong, and what to do next."""
    lines = f"That did not work: {error.message}".splitlines()
    return [*lines, f"What to do: {error.hint}"] if error.hint else lines
