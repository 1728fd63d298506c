"""The plain mode: home, a round, its debrief, and home again, line by line."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from breakfix.errors import BreakfixError
from breakfix.plain.background import Background
from breakfix.plain.debrief_prompt import DebriefPrompt, Next
from breakfix.plain.ending import Ended, told_by_signals
from breakfix.plain.home import Choice, GoOn, HomePrompt, Play
from breakfix.plain.round_commands import After, RoundCommands
from breakfix.plain.round_prompt import RoundPrompt, error_lines
from breakfix.plain.steps import progress_lines
from breakfix.plain.watch import Live, Watch

if TYPE_CHECKING:
    from breakfix.clock import Clock
    from breakfix.game.model import Lobby, Playable
    from breakfix.plain.console import Console
    from breakfix.plain.learner import LearnersShell
    from breakfix.plain.terminal import Complete
    from breakfix.settings import Settings

ENDED_BY_SIGNAL = 128


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
        """Until the learner has enough; returns an exit code. Raises BreakfixError where home
        cannot be shown, and where a script's round cannot begin: its lines were meant for it."""
        try:
            with told_by_signals(), Background() as self._background:
                self._say("breakfix, plain mode.")
                self._lobby = self._background.call(self._open_lobby)
                choice = self._start or self._home()
                while choice is not None:
                    choice = self._next(choice)
                return 0
        except Ended as ended:
            return ENDED_BY_SIGNAL + ended.number

    def _next(self, choice: Play | GoOn) -> Choice:
        """Play that; what comes after it."""
        after: Next = True
        try:
            after = self._go(choice)
        except BreakfixError as error:
            if self._console.scripted:
                raise
            self._say(*error_lines(error))
        except (KeyboardInterrupt, CancelledError):
            self._say("Stopped.")
        if isinstance(after, Play):
            return after
        return self._home() if after else None

    def _go(self, choice: Play | GoOn) -> Next:
        if isinstance(choice, GoOn):
            self._say("Going back to your round.")
            playable = self._background.run(self._lobby.resume(self._progress))
        else:
            playable = self._background.run(self._set_up(choice))
        if playable is None:
            self._say("It was cut off before its end. The cluster is put back, the round closed.")
            return True
        return self._round(playable)

    async def _set_up(self, choice: Play) -> Playable:
        title = self._lobby.title(choice.name)
        self._say(f"Setting up: {title}. The clock starts when the fault can be seen.")
        return await self._lobby.start(choice.name, choice.seed, self._progress)

    def _home(self) -> Choice:
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
        commands = RoundCommands(self._console, self._background, playable, watch, learner, notes)
        prompt = RoundPrompt(self._console, commands, learner)
        self._complete = prompt.complete
        watching = self._background.follow(watch.run())
        watching.on_failure(self._not_watched)
        try:
            return prompt.play()
        finally:
            watching.stop()

    def _not_watched(self, error: Exception) -> None:
        """A bug of ours has ended the watch: better said than a picture that stands still."""
        causes = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
        words = "; ".join(f"{type(cause).__name__}: {cause}" for cause in causes)
        self._console.interject(
            f"breakfix has stopped watching the cluster by an error of its own ({words}). What "
            "it says of the cluster is old. The round goes on: type verify, or leave and come "
            "back.",
            urgent=True,
        )

    def _debrief(self, playable: Playable) -> Next:
        found = self._background.run(playable.debrief())
        prompt = DebriefPrompt(self._console, found, self._settings.data_dir)
        self._complete = prompt.complete
        after = prompt.choose()
        self._restore(playable)
        return after

    def _restore(self, playable: Playable) -> None:
        left = self._background.run(playable.end(self._progress))
        if left:
            self._say("Not all is as it was. These could not be put back:", *left)
        else:
            self._say("The cluster is as it was before.")
