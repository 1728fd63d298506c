"""Simulated time: an event loop in which waiting takes no time.

When nothing can go on, the loop's time jumps to the moment of its next timer. A cluster,
its pods and its clients that share one such loop live through minutes in milliseconds, in
the same order as in real time. While something works beside the loop (threads, child
processes, shells), time passes as on the wall.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

_LEAST = 1e-9  # simulated seconds that one turn of the loop takes: who waits for less than
# can be told apart from now would else be woken for ever
_LOOK = 0.002  # real seconds: how long to wait for what works beside the loop, at a time


class SimulatedTimeLoop(asyncio.SelectorEventLoop):
    """For `asyncio.Runner(loop_factory=SimulatedTimeLoop)`.

    `busy` are questions whether something works beside the loop that it cannot see.
    """

    def __init__(self) -> None:
        self._seconds = 0.0
        self._beside = 0
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

    # -- threads and processes -----------------------------------------------------------

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Any, *args: Any
    ) -> Any:
        """As in any loop; time does not jump until the thread is done."""
        done = super().run_in_executor(executor, func, *args)
        self._beside += 1
        done.add_done_callback(self._came_back)
        return done

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

    def select(self, timeout: float | None = None) -> Any:
        self._loop.pass_time(_LEAST)
        ready = self._system.select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None:
            return self._system.select(None)
        if self._loop.works_beside():
            return self._wait(timeout)
        self._loop.pass_time(timeout)
        return ready

    def _wait(self, timeout: float) -> Any:
        began = time.monotonic()
        ready = self._system.select(min(timeout, _LOOK))
        self._loop.pass_time(min(timeout, time.monotonic() - began))
        return ready

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
