"""The plain mode: home, a round, its debrief, and home again, line by line."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from breakfix.errors import EXIT_ENVIRONMENT, BreakfixError
from breakfix.game.postmortem.files import FOLDER, export_beside, notes_of
from breakfix.plain.background import Background
from breakfix.plain.debrief import debrief_lines, diff_lines
from breakfix.plain.ending import Ended, told_by_signals
from breakfix.plain.home import GoOn, HomePrompt, Play
from breakfix.plain.round_prompt import LEFT, After, RoundPrompt, error_lines
from breakfix.plain.steps import progress_lines
from breakfix.plain.watch import Live, Watch

if TYPE_CHECKING:
    from breakfix.clock import Clock
    from breakfix.game.model import Debrief, Lobby, Playable
    from breakfix.plain.console import Console
    from breakfix.plain.learner import LearnersShell
    from breakfix.plain.terminal import Complete
    from breakfix.settings import Settings

ENDED_BY_SIGNAL = 128
NEXT = (
    "Type home, again for the same incident, variant for another seed, or quit: the cluster is "
    "put back then. Before, changes says every line that you changed, and export writes the "
    "debrief into a file."
)
Next = Play | bool
"""What comes after a round: another one, home (True), or out of breakfix (False)."""


class PlainApp:
    """`open_lobby` is called once. `start` goes straight to the set-up of that round."""

    def __init__(
        self, open_lobby: Callable[[], Lobby], settings: Settings, clock: Clock,
        shell: Callable[[Playable], LearnersShell], console: Callable[[Complete], Console],
        live: Callable[[Playable], Live], start: str | None = None, seed: str = "",
    ) -> None:  # fmt: skip
        self._open_lobby, self._settings, self._clock = open_lobby, settings, clock
        self._shell, self._live = shell, live
        self._start = Play(start, seed) if start else None
        self._complete: Complete = lambda _: []
        self._console = console(self._completed)
        self._say = self._console.say
        self._progress = progress_lines(self._say)

    def run(self) -> int:
        """Until the learner has enough; returns an exit code."""
        try:
            with told_by_signals(), Background() as self._background:
                return self._travel()
        except Ended as ended:
            self._say("", LEFT)
            return ENDED_BY_SIGNAL + ended.number

    def _travel(self) -> int:
        self._say("breakfix, plain mode.")
        try:
            self._lobby = self._background.call(self._open_lobby)
        except BreakfixError as error:
            self._say(*error_lines(error))
            return EXIT_ENVIRONMENT
        after: Next = self._start or True
        while after is not False:
            try:
                after = self._go(after)
            except BreakfixError as error:
                self._say(*error_lines(error))
                after = True
            except (KeyboardInterrupt, CancelledError):
                self._say("Stopped.")
                after = True
        return 0

    def _go(self, to: Next) -> Next:
        """Play that, or ask at home what to play."""
        choice = to if isinstance(to, Play) else self._home()
        if choice is None:
            return False
        if isinstance(choice, GoOn):
            self._say("Going back to your round.")
            playable = self._background.run(self._lobby.resume(self._progress))
        else:
            title = self._background.call(lambda: self._lobby.title(choice.name))
            self._say(f"Setting up {title}. The clock starts when the fault can be seen.")
            start = self._lobby.start(choice.name, choice.seed, self._progress)
            playable = self._background.run(start)
        if playable is None:
            self._say("It was cut off before its end. The cluster is put back, the round closed.")
            return True
        return self._round(playable)

    def _home(self) -> Play | GoOn | None:
        prompt = HomePrompt(self._console, self._background.call(self._lobby.home))
        self._complete = prompt.complete
        return prompt.choose()

    def _completed(self, beginning: str) -> list[str]:
        """By the prompt that is asking."""
        return self._complete(beginning)

    # -- a round ----------------------------------------------------------------------

    def _round(self, playable: Playable) -> Next:
        """However it goes on, this process lets go of the cluster at the end."""
        try:
            return self._through(playable)
        finally:
            self._background.run(playable.leave())

    def _through(self, playable: Playable) -> Next:
        view = self._background.call(playable.view)
        if view.state.in_play:
            after = self._prompt(playable)
            if after is After.LEFT_OPEN:
                return False
            if after is After.END:
                self._restore(playable)
                return True
        return self._debrief(playable)

    def _prompt(self, playable: Playable) -> After:
        call = self._background.call
        view, live = call(playable.view), call(lambda: self._live(playable))
        learner = call(lambda: self._shell(playable))
        watch = Watch(playable, live, self._clock, self._console.interject)
        notes = self._settings.data_dir / "notes" / f"{view.id}.md"
        prompt = RoundPrompt(self._console, self._background, playable, watch, learner, notes)
        self._complete = prompt.complete
        watching = self._background.follow(watch.run())
        try:
            return prompt.play()
        finally:
            watching.stop()

    def _debrief(self, playable: Playable) -> Next:
        found = self._background.run(playable.debrief())
        self._say(*debrief_lines(found), "")
        after = self._what_next(found)
        self._restore(playable)
        return after

    def _what_next(self, found: Debrief) -> Next:
        name = found.view.scenario.metadata.name
        answers: dict[str, Next] = {
            "home": True, "": True, "again": Play(name, found.view.seed), "variant": Play(name),
            "quit": False, "exit": False, "leave": False,
        }  # fmt: skip
        offered = [*filter(None, answers), "changes", "export"]
        self._complete = lambda text: [answer for answer in offered if answer.startswith(text)]
        self._say(NEXT)
        while True:
            try:
                answer = self._console.ask("debrief> ")
            except KeyboardInterrupt:
                self._say("")
                continue
            if answer is None:
                return False
            if answer.lower() in answers:
                return answers[answer.lower()]
            self._more(answer.lower(), found)

    def _more(self, answer: str, found: Debrief) -> None:
        """What can be had of a debrief before it is left."""
        if answer == "changes":
            self._say(*diff_lines(found))
        elif answer == "export":
            data = self._settings.data_dir
            notes = notes_of(data, found.view.id)
            try:
                path = export_beside(found, notes, "md", data / FOLDER)
            except BreakfixError as error:
                self._say(*error_lines(error))
            else:
                self._say("The debrief was written to", f"  {path}")
        else:
            self._say(NEXT)

    def _restore(self, playable: Playable) -> None:
        self._say("Putting the cluster back.")
        left = self._background.run(playable.end(self._progress))
        if left:
            self._say("Not all is as it was. These could not be put back:", *left)
        else:
            self._say("The cluster is as it was before.")
