"""The game's event loop in a thread of its own, so that the prompt may wait for a line.

Reading a line and running a program need the main thread: only there do signals arrive.
Everything of the game happens in the loop; nothing of it is touched from outside.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from types import TracebackType
from typing import Any, Generic, TypeVar

from breakfix.plain.ending import Ended

T = TypeVar("T")


class Background:
    """A running loop, as a context manager; what is left at its end is cancelled."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="plain-loop", daemon=True)

    def __enter__(self) -> Background:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.get_loop().run_forever()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns or raises. Where a signal ends the waiting, it is
        cancelled, and the signal's exception goes on when it has cleaned up."""
        job = self.follow(work)
        try:
            return job.done.result()
        except (KeyboardInterrupt, Ended):
            job.stop()
            raise

    def call(self, function: Callable[[], T]) -> T:
        """What the function returns or raises, called in the loop."""

        async def work() -> T:
            return function()

        return self.run(work())

    def follow(self, work: Coroutine[Any, Any, T]) -> Job[T]:
        """Start something that goes on beside the prompt."""
        return Job(self._loop, work)


class Job(Generic[T]):
    """A coroutine in the loop; `done` has its end, after all clean-up."""

    def __init__(self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> None:
        self.done: Future[T] = Future()
        self._loop = loop
        self._task: asyncio.Task[T] | None = None
        loop.call_soon_threadsafe(self._begin, work)

    def _begin(self, work: Coroutine[Any, Any, T]) -> None:
        self._task = self._loop.create_task(work)
        self._task.add_done_callback(self._settle)

    def _settle(self, task: asyncio.Task[T]) -> None:
        error = CancelledError() if task.cancelled() else task.exception()
        if error is None:
            self.done.set_result(task.result())
        else:
            self.done.set_exception(error)

    def on_failure(self, tell: Callable[[Exception], None]) -> None:
        """Called in the loop when it ends by an error; being stopped is none."""

        def ended(done: Future[T]) -> None:
            error = None if done.cancelled() else done.exception()
            if isinstance(error, Exception) and not isinstance(error, CancelledError):
                tell(error)

        self.done.add_done_callback(ended)

    def stop(self) -> None:
        """Cancel it and wait until it has cleaned up; further Ctrl-C do not hurry that."""
        self._loop.call_soon_threadsafe(lambda: self._task and self._task.cancel())
        while not self.done.done():
            with suppress(KeyboardInterrupt, Exception):
                self.done.exception()
