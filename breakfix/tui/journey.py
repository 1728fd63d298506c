"""The way through the terminal: set-up, round, debrief, restore, and home again.

Screens know nothing of each other; each is dismissed with a result, and what comes next
is decided here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.content import Content

from breakfix.clusters.live import LivePicture, connection
from breakfix.tui.screens.ask import Answer, AskScreen
from breakfix.tui.screens.debrief import DebriefScreen, Next
from breakfix.tui.screens.round import After, RoundScreen, Watcher
from breakfix.tui.screens.work import Job, WorkScreen
from breakfix.tui.shell_files import prepare

if TYPE_CHECKING:
    from breakfix.clock import Clock
    from breakfix.clusters.base import Progress
    from breakfix.game.model import Debrief, Lobby, Playable
    from breakfix.settings import Settings
    from breakfix.tui.comfort import ComfortApp

Watch = Callable[["Playable"], Watcher]
Again = tuple[str, str]
"""A round to play next, with its seed."""
READ = (Answer("read", "enter", "Go on"),)
ShellEnv = Callable[["Playable"], dict[str, str]]


class Journey:
    """Plays rounds one after the other until the learner wants home, or out."""

    def __init__(
        self, app: ComfortApp, lobby: Lobby, settings: Settings, clock: Clock,
        shell_env: ShellEnv, watch: Watch | None = None,
    ) -> None:  # fmt: skip
        self._app, self._lobby = app, lobby
        self._settings, self._clock = settings, clock
        self._shell_env = shell_env
        self._watch = watch or self._live

    def _live(self, playable: Playable) -> Watcher:
        namespace = playable.view().scenario.spec.namespace
        connect = connection(playable.kubeconfig)
        return LivePicture(connect, namespace, self._clock, self._app.is_typing)

    # -- the ways in ------------------------------------------------------------------

    async def play(self, name: str, seed: str) -> bool:
        """Set a round up and play it; False when the learner wants out of breakfix."""

        async def start(progress: Progress) -> Playable | None:
            return await self._lobby.start(name, seed, progress)

        return await self._from(
            f"Setting up {self._lobby.title(name)}", "The clock starts when you can see it.", start
        )

    async def go_on(self) -> bool:
        """Back to the open round; False when the learner wants out of breakfix."""
        about = "The clock ran on, unless it was paused."
        return await self._from("Going back to your round", about, self._lobby.resume)

    async def _from(self, title: str, about: str, job: Job[Playable | None]) -> bool:
        screen = WorkScreen(title, about, job, self._clock, undo=self._undo)
        playable = await self._app.push_screen_wait(screen)
        return True if playable is None else await self._round(playable)

    async def _undo(self, progress: Progress) -> None:
        """After a cancel: what was half set up is restored, and so is a round that had
        just begun."""
        if self._lobby.open_round() is None:
            return
        playable = await self._lobby.resume(progress)
        if playable is not None:
            try:
                await playable.end(progress)
            finally:
                await playable.leave()

    # -- the way through --------------------------------------------------------------

    async def _round(self, playable: Playable) -> bool:
        """However it goes on, this process lets go of the cluster at the end."""
        try:
            again = await self._through(playable)
        finally:
            await playable.leave()
        return again if isinstance(again, bool) else await self.play(*again)

    async def _through(self, playable: Playable) -> bool | Again:
        if playable.view().state.in_play:
            after = await self._app.push_screen_wait(self._round_screen(playable))
            if after is After.LEFT_OPEN:
                return False
            if after is After.END:
                await self._restore(playable)
                return False
        return await self._debrief(playable)

    def _round_screen(self, playable: Playable) -> RoundScreen:
        view = playable.view()
        env = dict(os.environ) | self._shell_env(playable)
        if self._settings.color is False:
            env["NO_COLOR"] = "1"  # Textual takes it out of the environment
        data = self._settings.data_dir
        command, env = prepare(data, env, view.scenario.spec.namespace)
        notes = data / "notes" / f"{view.id}.md"
        return RoundScreen(playable, self._watch(playable), command, env, notes)

    async def _debrief(self, playable: Playable) -> bool | Again:
        debrief = await self._look_back(playable)
        if debrief is None:
            await self._restore(playable)
            return True
        screen = DebriefScreen(debrief, self._settings.data_dir)
        choice = await self._app.push_screen_wait(screen)
        await self._restore(playable)
        name = debrief.view.scenario.metadata.name
        if choice is Next.AGAIN:
            return name, debrief.view.seed
        if choice is Next.VARIANT:
            return name, ""
        return choice is not Next.QUIT

    async def _look_back(self, playable: Playable) -> Debrief | None:
        async def gather(progress: Progress) -> Debrief:
            with progress("Reading what was looked at and what was changed"):
                return await playable.debrief()

        about = "What happened, in order."
        return await self._app.push_screen_wait(WorkScreen("Debrief", about, gather, self._clock))

    async def _restore(self, playable: Playable) -> None:
        screen = WorkScreen(
            "Restoring the cluster", "Everything the round touched is put back.",
            playable.end, self._clock,
        )  # fmt: skip
        left = await self._app.push_screen_wait(screen)
        if left:
            await self._app.push_screen_wait(AskScreen("Not all is as it was", _list(left), READ))


def _list(left: tuple[str, ...]) -> Content:
    lines = [f" · {item}" for item in left]
    return Content("\n").join(map(Content, ["These could not be put back:", *lines]))
