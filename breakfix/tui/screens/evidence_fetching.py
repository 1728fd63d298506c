"""One look under way: the command runs, its output comes in, and how it went is told."""

from __future__ import annotations

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import Mapping

from textual import on
from textual.content import Content
from textual.widgets import Static

from breakfix.tui.evidence import LogOptions, Look, Target, command, write_down
from breakfix.tui.evidence_run import Ended, Running
from breakfix.tui.evidence_words import HUNG, failed, went
from breakfix.tui.layer import Dialog
from breakfix.tui.widgets.evidence_text import EvidenceText

HUNG_SECONDS = 5.0


class Fetching(Dialog[str | None]):
    """A screen that shows what a command on one object prints. Leaving it ends what runs."""

    def __init__(self, look: Look, target: Target, env: Mapping[str, str]) -> None:
        super().__init__()
        self.look, self._target, self._env = look, target, env
        self._log_options, self._all = LogOptions(), False
        self._fetching: asyncio.Task[None] | None = None
        self._ended: Ended | None = None
        self._notice = ""

    async def on_unmount(self) -> None:
        """No process stays behind."""
        await self._stop()

    @property
    def _text(self) -> EvidenceText:
        return self.query_one(EvidenceText)

    @property
    def words(self) -> list[str]:
        """The command that is shown."""
        target = self._target
        if self._all and self.look is Look.EVENTS:
            target = Target("Namespace", "", target.namespace)
        return command(self.look, target, self._log_options)

    @abstractmethod
    def _titles(self) -> None:
        """Say what is looked at, and how."""

    # -- running ----------------------------------------------------------------------

    def _begin(self) -> None:
        """Show the command and run it; what ran before is ended first."""
        self._titles()
        self._ended, self._notice = None, ""
        before, words = self._fetching, self.words
        self._fetching = asyncio.create_task(self._run(before, words), name="evidence")
        self.refresh_bindings()

    async def _run(self, before: asyncio.Task[None] | None, words: list[str]) -> None:
        await _cancelled(before)
        self._text.clear()
        self._text.marked = self.look is not Look.LOGS
        self._status()
        hung = self.set_timer(HUNG_SECONDS, self._hung)
        try:
            self._write_down(words)
            self._ended = await Running(words, self._env).run(self._take)
        finally:
            hung.stop()
        self._notice = ""
        self._status()

    def _write_down(self, words: list[str]) -> None:
        with contextlib.suppress(OSError):  # it would count less, but can be looked at
            write_down(words, self._env)

    def _take(self, lines: list[str]) -> None:
        self._notice = ""
        self._text.extend(lines, follow=self.look is Look.LOGS)
        self._status()

    def _hung(self) -> None:
        if not self._text.lines and not (self._log_options.follow and self.look is Look.LOGS):
            self._notice = HUNG
            self._status()

    async def _stop(self) -> None:
        task, self._fetching = self._fetching, None
        await _cancelled(task)

    # -- how it went ------------------------------------------------------------------

    def _status(self) -> None:
        self.query_one("#evidence-status", Static).update(self._state())

    def _state(self) -> Content:
        if self._notice:
            return Content.styled(self._notice, "$warning")
        if self._ended and self._ended.code:
            return failed(self._ended, self._text.lines[-3:])
        if self._ended and not self._text.lines:
            return Content.styled("kubectl printed nothing: that is an answer too", "$muted")
        doing = "" if self._ended else "following" if self._log_options.follow else "running…"
        return went(len(self._text.lines), self._text.dropped, doing)

    @on(EvidenceText.Dropped)
    def _dropped(self) -> None:
        self._status()


async def _cancelled(task: asyncio.Task[None] | None) -> None:
    """End a task and wait until it has put things away."""
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
