"""The commands of a round: what can be heard, what the game offers, the clock and the end."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from breakfix.plain import words
from breakfix.plain.choosing import choose
from breakfix.plain.commands import ROUND, help_lines
from breakfix.plain.customers import customer_lines
from breakfix.plain.notes import add_note, read_notes
from breakfix.plain.offers import cost_line, diagnosis_offer, hint_offer
from breakfix.plain.picture import event_lines, map_lines
from breakfix.plain.verifying import VerifyTeller, last_results

if TYPE_CHECKING:
    from breakfix.game.model import Playable, RoundView, VerifyUpdate
    from breakfix.plain.background import Background
    from breakfix.plain.console import Console
    from breakfix.plain.learner import LearnersShell
    from breakfix.plain.watch import Watch

PAUSED = "The round is paused. Type resume to go on."
FIRST = (
    "Type help for the commands. Lines that begin with k or kubectl are run in your shell, "
    "and so are those of other programs; an exclamation mark before a line makes sure."
)
LOOKED = "Meanwhile you have looked there yourself: nothing was bought. Type hint for the next."


class After(Enum):
    """What comes after the prompt of a round."""

    DEBRIEF = "debrief"
    LEFT_OPEN = "left open"
    END = "end"


class RoundCommands:
    """Each method does the command of its name (see commands.ROUND) with what was typed
    behind it, and returns what comes after the round where the command leaves it."""

    def __init__(
        self, console: Console, background: Background, playable: Playable, watch: Watch,
        learner: LearnersShell, notes: Path,
    ) -> None:  # fmt: skip
        self._console, self._background, self._playable = console, background, playable
        self._watch, self._learner, self._notes = watch, learner, notes
        self._say = console.say
        self._last: VerifyUpdate | None = None

    def view(self) -> RoundView:
        """How the round stands."""
        return self._background.call(self._playable.view)

    def run(self, line: str) -> None:
        """A line of the learner's own, in their shell."""
        self._lend(lambda: self._learner.run(line))

    def _lend(self, program: Callable[[], int]) -> None:
        with self._console.lent():
            code = program()
        if code:
            self._say(f"Exit code {code}." if code > 0 else "It was stopped.")

    # -- what can be heard ------------------------------------------------------------

    def brief(self, _: str) -> None:
        """The page."""
        self._say(*words.brief_lines(self.view()))

    def objectives(self, _: str) -> None:
        """What the round teaches."""
        self._say(*words.objective_lines(self.view()))

    def status(self, _: str) -> None:
        """Clock, par, score, and how the customers fare."""
        view = self.view()
        level = self._background.call(lambda: self._watch.customers(view))
        self._say(*words.status_lines(view), *cost_line(view), *customer_lines(level))

    def map(self, namespace: str) -> None:
        """The cluster in sentences."""
        self._say(*map_lines(self._watch.picture, namespace))

    def events(self, wanted: str) -> None:
        """The newest events."""
        self._say(*event_lines(self._watch.picture, wanted))

    def checks(self, _: str) -> None:
        """The last verify."""
        self._say(*last_results(self._last))

    def hints(self, _: str) -> None:
        """The ladder."""
        self._say(*words.ladder_lines(self.view()))

    def help(self, _: str) -> None:
        """All commands."""
        self._say(*help_lines(ROUND), FIRST)

    # -- what the game offers ---------------------------------------------------------

    def hint(self, _: str) -> None:
        """The price first, then the question, then the hint that the price was told of."""
        view = self.view()
        hint = view.next_hint
        if hint is None:
            self._say("There are no more hints.")
            return
        self._say(*hint_offer(view, hint))
        if not self._console.confirm("Buy it?"):
            self._say("Nothing was bought.")
        elif self.view().next_hint != hint:
            self._say(LOOKED)
        else:
            self._say(*words.hint_lines(self._background.call(self._playable.buy_hint)))

    def show_me(self, _: str) -> None:
        """The command of the hint bought last: on the line, to be run with Enter."""
        runs = [" ".join(h.run.split()) for h in self.view().hints if h.bought and h.run]
        if not runs:
            self._say("No hint with a command has been bought yet.")
        elif self._console.offer is None:
            self._say("Type it to run it:", f"  {runs[-1]}")
        else:
            self._say("Enter runs it; it can be changed first:", f"  {runs[-1]}")
            self._console.offer(runs[-1])

    def diagnose(self, _: str) -> None:
        """Component and fault from numbered lists; one answer a round."""
        view = self.view()
        if view.diagnosis is not None:
            self._say(words.diagnosis_sentence(view.diagnosis))
            return
        self._say(*diagnosis_offer(view))
        asked = view.scenario.spec.diagnosis
        component = choose(self._console, "Which component?", asked.component.among)
        fault = component and choose(self._console, "Which fault?", asked.fault.among)
        if not component or not fault:
            self._say("No diagnosis was given.")
            return
        given = self._background.run(self._playable.diagnose(component, fault))
        self._say(words.diagnosis_sentence(given))

    def verify(self, _: str) -> None:
        """Results as they change, then the verdict. Ctrl-C stops it."""
        self._say("Asking the cluster.")
        teller = VerifyTeller(self._say)

        def told(update: VerifyUpdate) -> None:
            self._last = update
            teller.tell(update)

        with self._watch.silent():
            self._last = self._background.run(self._playable.verify(told))
        teller.tell(self._last)
        self._say(*words.verdict_lines(self._last))

    def notes(self, _: str) -> None:
        """What was written down."""
        self._say(*(read_notes(self._notes) or ["No notes yet. Type note and a text."]))

    def note(self, text: str) -> None:
        """Write a line down."""
        if text:
            add_note(self._notes, text)
        self._say("Written down." if text else "Type note and a text.")

    def shell(self, _: str) -> None:
        """The learner's shell, until exit."""
        self._say("Your shell. Type exit to come back.")
        self._lend(self._learner.open)
        self._say("Back in the round.")

    # -- the clock and the end --------------------------------------------------------

    def pause(self, _: str) -> None:
        """Stop the clock."""
        self._background.call(self._playable.pause)
        self._say(PAUSED)

    def resume(self, _: str) -> None:
        """Let it go on."""
        paused = self.view().state.value == "paused"
        self._background.call(self._playable.resume)
        self._say("The clock goes on." if paused else "The round is not paused.")

    def give_up(self, _: str) -> None:
        """End the round unsolved."""
        self._say("The round ends unsolved, and you hear the debrief.")
        if self._console.confirm("Give up?"):
            self._background.call(self._playable.give_up)

    def leave(self, _: str) -> After:
        """Out, with the round left open."""
        return After.LEFT_OPEN

    def end(self, _: str) -> After | None:
        """End it and put the cluster back."""
        self._say("It counts as given up, and the cluster is put back.")
        return After.END if self._console.confirm("End the round?") else None
