"""The prompt within a round: the game's commands, and the learner's own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from breakfix.errors import BreakfixError
from breakfix.plain import words
from breakfix.plain.choosing import choose
from breakfix.plain.commands import ROUND, completions, found, help_lines, unknown
from breakfix.plain.customers import customer_lines
from breakfix.plain.notes import add_note, read_notes
from breakfix.plain.picture import event_lines, map_lines
from breakfix.plain.verifying import VerifyTeller, last_results

if TYPE_CHECKING:
    from breakfix.game.model import Playable, RoundView, VerifyUpdate
    from breakfix.plain.background import Background
    from breakfix.plain.console import Console
    from breakfix.plain.learner import LearnersShell
    from breakfix.plain.watch import Watch

LEFT = (
    "The round stays open and its clock goes on. `breakfix play --plain` continues it, "
    "`breakfix round end` ends it."
)
INPUT_ENDED = "The input has ended."
PAUSED = "The round is paused. Type resume to go on."
FIRST = (
    "Type help for the commands. Lines that begin with k or kubectl are run in your shell, "
    "and so are those of other programs; an exclamation mark before a line makes sure."
)
UNDONE = "Stopped. Type leave to leave the round."


class After(Enum):
    """What comes after the prompt of a round."""

    DEBRIEF = "debrief"
    LEFT_OPEN = "left open"
    END = "end"


class RoundPrompt:
    """One round in play. The round lives in the game; this asks it and says what it says."""

    def __init__(
        self, console: Console, background: Background, playable: Playable, watch: Watch,
        learner: LearnersShell, notes: Path,
    ) -> None:  # fmt: skip
        self._console, self._background, self._playable = console, background, playable
        self._watch, self._learner, self._notes = watch, learner, notes
        self._last: VerifyUpdate | None = None
        self._after: After | None = None

    def play(self) -> After:
        """Until the round is over or left. Ctrl-C stops what is under way, never the round."""
        self._console.say(*self._opening(), FIRST)
        while self._after is None:
            try:
                self._once()
            except (KeyboardInterrupt, CancelledError):
                self._console.say("", UNDONE)
            except BreakfixError as error:
                self._console.say(*error_lines(error))
        return self._after

    def complete(self, beginning: str) -> list[str]:
        """The commands that begin so, and what kubectl completes."""
        return completions(beginning, ROUND) or self._learner.complete(beginning)

    def _opening(self) -> list[str]:
        view = self._view()
        meta = view.scenario.metadata
        head = f"Round: {words.sentence(meta.title)}"
        return [head, *words.brief_lines(view),
                words.clock_sentence(view)]  # fmt: skip

    def _view(self) -> RoundView:
        return self._background.call(self._playable.view)

    def _once(self) -> None:
        """One line. A round that has ended meanwhile does not carry it out any more."""
        if not self._is_over():
            paused = self._view().state.value == "paused"
            line = self._console.ask("paused> " if paused else "round> ")
            if line is None:
                self._console.say(INPUT_ENDED)
                self.leave("")
            elif not self._is_over() and line:
                self._carry_out(line)

    def _is_over(self) -> bool:
        if self._after is None and not self._view().state.in_play:
            self._after = After.DEBRIEF
        return self._after is not None

    def _carry_out(self, line: str) -> None:
        command = found(line, ROUND)
        paused = self._view().state.value == "paused"
        if paused and not (command and command[0].in_pause):
            self._console.say(PAUSED)
        elif command is not None:
            getattr(self, command[0].method)(command[1])
        elif line.startswith("!") or self._learner.knows(line):
            self._run(lambda: self._learner.run(line.removeprefix("!").strip()))
        else:
            self._console.say(unknown(line, ROUND))

    def _run(self, program: Callable[[], int]) -> None:
        with self._console.lent():
            code = program()
        if code:
            self._console.say(f"Exit code {code}." if code > 0 else "It was stopped.")

    # -- what can be heard ------------------------------------------------------------

    def brief(self, _: str) -> None:
        """The page."""
        self._console.say(*words.brief_lines(self._view()))

    def objectives(self, _: str) -> None:
        """What the round teaches."""
        self._console.say(*words.objective_lines(self._view()))

    def status(self, _: str) -> None:
        """Clock, par, score, and how the customers fare."""
        view = self._view()
        level = self._background.call(lambda: self._watch.customers(view))
        self._console.say(*words.status_lines(view), *customer_lines(level))

    def map(self, namespace: str) -> None:
        """The cluster in sentences."""
        self._console.say(*map_lines(self._watch.picture, namespace))

    def events(self, wanted: str) -> None:
        """The newest events."""
        self._console.say(*event_lines(self._watch.picture, wanted))

    def checks(self, _: str) -> None:
        """The last verify."""
        self._console.say(*last_results(self._last))

    def hints(self, _: str) -> None:
        """The ladder."""
        self._console.say(*words.ladder_lines(self._view()))

    def help(self, _: str) -> None:
        """All commands."""
        self._console.say(*help_lines(ROUND), FIRST)

    # -- what the game offers ---------------------------------------------------------

    def hint(self, _: str) -> None:
        """The price first, then the question, then the hint."""
        view = self._view()
        hint = view.next_hint
        if hint is None:
            self._console.say("There are no more hints.")
            return
        self._console.say(*words.hint_offer(view, hint))
        if self._console.confirm("Buy it?"):
            self._console.say(*words.hint_lines(self._background.call(self._playable.buy_hint)))
        else:
            self._console.say("Nothing was bought.")

    def show_me(self, _: str) -> None:
        """The command of the hint bought last, to be run with Enter."""
        runs = [" ".join(h.run.split()) for h in self._view().hints if h.bought and h.run]
        if not runs:
            self._console.say("No hint with a command has been bought yet.")
            return
        self._console.say("Enter runs it; it can be changed first:", f"  {runs[-1]}")
        self._console.offer(runs[-1])

    def diagnose(self, _: str) -> None:
        """Component and fault from numbered lists; one answer a round."""
        view = self._view()
        if view.diagnosis is not None:
            self._console.say(words.diagnosis_sentence(view.diagnosis))
            return
        asked = view.scenario.spec.diagnosis
        component = choose(self._console, "Which component?", asked.component.among)
        fault = component and choose(self._console, "Which fault?", asked.fault.among)
        if not component or not fault:
            self._console.say("No diagnosis was given.")
            return
        given = self._background.run(self._playable.diagnose(component, fault))
        self._console.say(words.diagnosis_sentence(given))

    def verify(self, _: str) -> None:
        """Results as they change, then the verdict. Ctrl-C stops it."""
        self._console.say("Asking the cluster.")
        teller = VerifyTeller(self._console.say)

        def told(update: VerifyUpdate) -> None:
            self._last = update
            teller.tell(update)

        self._watch.quiet = True
        try:
            self._last = self._background.run(self._playable.verify(told))
        finally:
            self._watch.quiet = False
        teller.tell(self._last)
        self._console.say(*words.verdict_lines(self._last))

    def notes(self, _: str) -> None:
        """What was written down."""
        self._console.say(*(read_notes(self._notes) or ["No notes yet. Type note and a text."]))

    def note(self, text: str) -> None:
        """Write a line down."""
        if text:
            add_note(self._notes, text)
        self._console.say("Written down." if text else "Type note and a text.")

    def shell(self, _: str) -> None:
        """The learner's shell, until exit."""
        self._console.say("Your shell. Type exit to come back.")
        self._run(self._learner.open)
        self._console.say("Back in the round.")

    # -- the clock and the end --------------------------------------------------------

    def pause(self, _: str) -> None:
        """Stop the clock."""
        self._background.call(self._playable.pause)
        self._console.say(PAUSED)

    def resume(self, _: str) -> None:
        """Let it go on."""
        self._background.call(self._playable.resume)
        self._console.say("The clock goes on.")

    def give_up(self, _: str) -> None:
        """End the round unsolved."""
        self._console.say("The round ends unsolved, and you hear the debrief.")
        if self._console.confirm("Give up?"):
            self._background.call(self._playable.give_up)

    def leave(self, _: str) -> None:
        """Out, with the round left open."""
        self._console.say(LEFT)
        self._after = After.LEFT_OPEN

    def end(self, _: str) -> None:
        """End it and put the cluster back."""
        self._console.say("It counts as given up, and the cluster is put back.")
        if self._console.confirm("End the round?"):
            self._after = After.END


def error_lines(error: BreakfixError) -> list[str]:
    """What went wrong, and what to do next."""
    return [f"That did not work: {line}" if number == 0 else line
            for number, line in enumerate(error.message.splitlines())] + (
        [f"What to do: {error.hint}"] if error.hint else [])  # fmt: skip
