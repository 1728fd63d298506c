"""A longer piece of work with its steps: setting a round up, going back to one, restoring."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from breakfix.clock import Clock
from breakfix.clusters.base import Progress
from breakfix.errors import BreakfixError
from breakfix.tui.layer import Layer, to_front
from breakfix.tui.widgets.screen_keys import ScreenKeys
from breakfix.tui.widgets.steps import Steps

T = TypeVar("T")
Job = Callable[[Progress], Awaitable[T]]


class WorkScreen(Layer[T | None], Generic[T]):
    """Dismissed with what the job returns, or None when it was cancelled or given up.

    `undo` puts things right after a cancel; its steps are shown too.
    """

    HELP_TITLE = "Set-up and restore"
    HELP = (
        "Something is being set up or put back, step by step. It can be cancelled; then the "
        "cluster is put back as it was. Where it fails, the message says what to do."
    )
    BINDINGS = [
        Binding("escape,ctrl+q", "cancel", "cancel", id="work.cancel",
                tooltip="Stop, and put the cluster back as it was"),
        Binding("r", "retry", "try again", id="work.retry", tooltip="Do it once more"),
        Binding("b", "back", "back", id="work.back", tooltip="Back to where you came from"),
        Binding("y", "copy", "copy the message", id="work.copy",
                tooltip="Put the message on the clipboard"),
    ]  # fmt: skip

    def __init__(
        self, title: str, about: str, job: Job[T], clock: Clock, undo: Job[Any] | None = None
    ) -> None:
        super().__init__()
        self._title, self._about = title, about
        self._job, self._undo, self._clock = job, undo, clock
        self._job_task: asyncio.Task[Any] | None = None
        self._error: BreakfixError | None = None
        self._cancelled = False

    def compose(self) -> ComposeResult:
        with Container(id="work-box", classes="pane"):
            yield Static(self._about, id="work-about")
            yield Steps(self._clock.monotonic)
            with VerticalScroll(id="work-error"):
                yield Static(id="work-error-text")
        yield ScreenKeys()

    def on_mount(self) -> None:
        """Begin at once."""
        self.query_one("#work-box").border_title = self._title
        self._begin()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Cancel while it runs; retry, back and copy when it has failed."""
        failed = self._error is not None
        if action in ("retry", "back", "copy"):
            return failed
        return not (action == "cancel" and (failed or self._cancelled))

    @work(name="work-job")
    async def _begin(self) -> None:
        """Run the job as a task of its own, so that a cancel can be followed by the undo."""
        self._fail(None)
        self._job_task = asyncio.create_task(self._run(self._job), name="work-job-task")
        try:
            result = await self._job_task
        except asyncio.CancelledError:
            if not self._cancelled:
                self._job_task.cancel()
                raise
            await self._put_right()
        except BreakfixError as error:
            self._fail(error)
        else:
            self._done(result)

    async def _run(self, job: Job[Any]) -> Any:
        return await job(self.query_one(Steps).progress)

    async def _put_right(self) -> None:
        self.query_one("#work-box").border_title = "Cancelled"
        try:
            if self._undo is not None:
                await self._run(self._undo)
        except BreakfixError as error:
            self._fail(error)
        else:
            self._done(None)

    def _done(self, result: T | None) -> None:
        to_front(self)
        self.dismiss(result)

    def _fail(self, error: BreakfixError | None) -> None:
        self._error = error
        self.set_class(error is not None, "-failed")
        if error is not None:
            hint = Content.assemble(("\n\n" + error.hint, "$accent")) if error.hint else ""
            text = Content.assemble(("✗ ", "$error bold"), (error.message, ""), hint)
            self.query_one("#work-error-text", Static).update(text)
            self.query_one("#work-error").focus()
        self.refresh_bindings()

    def action_cancel(self) -> None:
        """Stop the job; the undo follows."""
        if self._job_task is not None and not self._job_task.done():
            self._cancelled = True
            self.refresh_bindings()
            self._job_task.cancel()

    def action_retry(self) -> None:
        """Do it once more."""
        self._cancelled = False
        self.query_one(Steps).clear()
        self._begin()

    def action_back(self) -> None:
        """Leave it."""
        self.dismiss(None)

    def action_copy(self) -> None:
        """The message on the clipboard, to paste into a shell or an issue."""
        if self._error is not None:
            self.app.copy_to_clipboard(f"{self._error.message}\n{self._error.hint}".strip())
            self.notify("Copied", timeout=1.5)
