"""The prompt after a round: its debrief, what can be had of it, and what comes next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from breakfix.errors import BreakfixError
from breakfix.game.postmortem.files import FOLDER, FORMATS, export_beside, notes_of
from breakfix.plain.commands import DEBRIEF, completions, found, help_lines, unknown
from breakfix.plain.debrief import debrief_lines, diff_lines, repair_lines, share_line
from breakfix.plain.home import Play
from breakfix.plain.round_prompt import error_lines
from breakfix.plain.words import listed

if TYPE_CHECKING:
    from breakfix.game.model import Debrief
    from breakfix.plain.console import Console

NEXT = (
    "Type home, again for the same incident, variant for another seed, or quit: the cluster is "
    "put back then. Before, changes says every line that you changed, fixes what is right, and "
    "export writes the debrief into a file. help says all."
)
Next = Play | bool
"""What comes after a round: another one, home (True), or out of breakfix (False)."""


class DebriefPrompt:
    """`data_dir` has the learner's notes, and gets the exports."""

    def __init__(self, console: Console, debrief: Debrief, data_dir: Path) -> None:
        self._console, self._debrief, self._data_dir = console, debrief, data_dir
        self._say = console.say
        self._next: Next | None = None

    def choose(self) -> Next:
        """What comes next; Ctrl-C does nothing here, the end of input leaves."""
        self.read("")
        self._say("", NEXT)
        while self._next is None:
            try:
                line = self._console.ask("debrief> ")
                self._carry_out("quit" if line is None else line or "home")
            except KeyboardInterrupt:
                self._say("")
            except BreakfixError as error:
                self._say(*error_lines(error))
        return self._next

    def complete(self, beginning: str) -> list[str]:
        """Commands, and what a debrief can be exported as."""
        endings = [f"export {ending}" for ending in FORMATS]
        offered = [text for text in endings if text.startswith(beginning)]
        return offered if beginning.startswith("export ") else completions(beginning, DEBRIEF)

    def _carry_out(self, line: str) -> None:
        command = found(line, DEBRIEF)
        if command is None:
            self._say(unknown(line, DEBRIEF))
        else:
            getattr(self, command[0].method)(command[1])

    # -- what can be had of it --------------------------------------------------------

    def read(self, _: str) -> None:
        """All of it, section by section."""
        self._say(*debrief_lines(self._debrief))

    def changes(self, _: str) -> None:
        """Every line that was changed."""
        self._say(*diff_lines(self._debrief))

    def fixes(self, _: str) -> None:
        """The valid fixes, step by step."""
        self._say(*repair_lines(self._debrief))

    def export(self, wanted: str) -> None:
        """Into a file of the data directory."""
        ending = wanted.lower() or "md"
        if ending not in FORMATS:
            self._say(f"There is no export as {wanted}. There is {listed(FORMATS)}.")
            return
        notes = notes_of(self._data_dir, self._debrief.view.id)
        path = export_beside(self._debrief, notes, ending, self._data_dir / FOLDER)
        self._say("The debrief was written to", f"  {path}")

    def share(self, _: str) -> None:
        """A line without spoilers."""
        self._say(f"  {share_line(self._debrief)}")

    def help(self, _: str) -> None:
        """All commands."""
        self._say(*help_lines(DEBRIEF))

    # -- what comes next --------------------------------------------------------------

    def home(self, _: str) -> None:
        """The list of rounds."""
        self._next = True

    def again(self, _: str) -> None:
        """The same incident."""
        view = self._debrief.view
        self._next = Play(view.scenario.metadata.name, view.seed)

    def variant(self, _: str) -> None:
        """The same round with another seed."""
        self._next = Play(self._debrief.view.scenario.metadata.name)

    def quit(self, _: str) -> None:
        """Out."""
        self._next = False
