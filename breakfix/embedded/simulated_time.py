"""Simulated time: an event loop in which waiting takes no time.

When nothing can go on, the loop's time jumps to the moment of its next timer. A cluster,
its pods and its clients that share one such loop live through minutes in milliseconds, in
the same order as in real time. While something works beside the loop (threads, child
processes, shells), time passes as on the wall.
"""

from __future__ import annotations

import asyncio
import select
import selectors
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from breakfix.embedded.clock import called_back

_LEAST = 1e-9  # simulated seconds that one turn of the loop takes: who waits for less than
# can be told apart from now would else be woken for ever
_LOOK = 0.0002  # real seconds: how long to wait for what works beside the loop, at a time
_PASSED_BY = 8  # turns with something to do after which the system is asked what else is ready
_HIGHEST = 1023  # handle that the system's `select` can wait for


class SimulatedTimeLoop(asyncio.SelectorEventLoop):
    """For `asyncio.Runner(loop_factory=SimulatedTimeLoop)`.

    `busy` are questions whether something works beside the loop that it cannot see.
    """

    def __init__(self) -> None:
        self._seconds = 0.0
        self._beside = 0
        self._wakeable = False
        self.busy: list[Callable[[], bool]] = []
        super().__init__(_Selector(self))

    def time(self) -> float:
        """Simulated seconds since the loop was made."""
        return self._seconds

    def pass_time(self, seconds: float) -> None:
        """Let so much time pass."""
        self._seconds += seconds

    def works_beside(self) -> bool:
        """Does something work that will call back?"""
        return self._beside > 0 or any(works() for works in self.busy)

    def _write_to_self(self) -> None:
        """A thread calls back: a loop that does not sleep sees it by itself."""
        if self._wakeable:
            super()._write_to_self()  # type: ignore[misc]

    @contextmanager
    def may_sleep(self) -> Iterator[bool]:
        """In here, who calls back from a thread wakes the loop. Has one done so before?"""
        self._wakeable = True
        try:
            yield called_back(self)
        finally:
            self._wakeable = False

    # -- threads and processes -----------------------------------------------------------

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Any, *args: Any
    ) -> Any:
        """As in any loop; time does not jump until the thread is done."""
        done = super().run_in_executor(executor, func, *args)
        self._beside += 1
        done.add_done_callback(self._came_back)
        return done

    async def shutdown_default_executor(self, *timeout: Any) -> None:
        """As in any loop; time does not jump while the threads end."""
        self._beside += 1
        try:
            await super().shutdown_default_executor(*timeout)
        finally:
            self._beside -= 1

    async def subprocess_exec(self, *args: Any, **options: Any) -> Any:
        """As in any loop; time does not jump while the process runs."""
        transport, protocol = await super().subprocess_exec(*args, **options)
        self.busy.append(works := lambda: transport.get_returncode() is None)
        protocol_exited = protocol.process_exited

        def exited() -> None:
            self.busy.remove(works)
            protocol_exited()

        protocol.process_exited = exited
        return transport, protocol

    def _came_back(self, _: object) -> None:
        self._beside -= 1


class _Selector(selectors.BaseSelector):
    """Asks the system what is ready, and lets time pass where nothing is."""

    def __init__(self, loop: SimulatedTimeLoop) -> None:
        self._loop = loop
        self._system = selectors.DefaultSelector()
        self._passed_by = 0

    def select(self, timeout: float | None = None) -> Any:
        self._loop.pass_time(_LEAST)
        works = timeout is not None and timeout <= 0
        if works and self._passed_by < _PASSED_BY:
            self._passed_by += 1
            return []
        self._passed_by = 0
        ready = self._system.select(0)
        if ready or works:
            return ready
        with self._loop.may_sleep() as called_back:
            return ready if called_back else self._sleep(timeout)

    def _sleep(self, timeout: float | None) -> Any:
        """There is nothing to do until a timer is due, or for ever."""
        if timeout is None:
            return self._system.select(None)
        if self._loop.works_beside():
            return self._wait(timeout)
        ready = self._system.select(0)  # who called back while we looked has ended its work
        if not ready:
            self._loop.pass_time(timeout)
        return ready

    def _wait(self, timeout: float) -> Any:
        began = time.monotonic()
        self._doze(min(timeout, _LOOK))
        self._loop.pass_time(min(timeout, time.monotonic() - began))
        return self._system.select(0)

    def _doze(self, seconds: float) -> None:
        """Real time, in microseconds where the system can; less when something is ready."""
        handle = self._system.fileno() if hasattr(self._system, "fileno") else _HIGHEST + 1
        if handle > _HIGHEST:
            self._system.select(seconds)
            return
        select.select([handle], [], [], seconds)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._system.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._system.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._system.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._system.get_map()

    def close(self) -> None:
        self._system.close()


class SimulatedClock:
    """The time of the running SimulatedTimeLoop; it begins at the time of day."""

    def __init__(self, loop: SimulatedTimeLoop, start: datetime | None = None) -> None:
        self._loop = loop
        self._start = start or datetime.now(UTC)
        self.busy = loop.busy

    def now(self) -> datetime:
        """The simulated time of day, in UTC."""
        return self._start + timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        """Simulated seconds."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many simulated seconds."""
        await asyncio.sleep(seconds)

    def real(self, seconds: float) -> float:
        """The seconds themselves: `now` is simulated too."""
        return seconds
