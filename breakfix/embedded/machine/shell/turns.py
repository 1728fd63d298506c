"""What happens between the commands of a shell: the CPU's share is taken, signals are given to
the script, what was written goes out in its order. And so, whether the shell works or waits."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from breakfix.embedded.machine.shell import activity, script_text, threads
from breakfix.embedded.machine.shell.interop import moved
from breakfix.embedded.machine.types import Process
from breakfix.embedded.simulated_time import SimulatedTimeLoop

if TYPE_CHECKING:
    from breakfix.embedded.machine.container import Container

_SETTLE = 0.001  # seconds: output and errors of one command before those of the next
_DELIVERY = 0.02  # seconds at most that errors wait for output that is on its way
_STRETCH = 20  # commands that a shell runs before it takes its share for them
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2,
            signal.SIGQUIT, signal.SIGWINCH)  # fmt: skip


class Turns:
    """Those of one shell. `settles`: each command waits for the output of the one before."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.container = cast("Container", process.container)
        self.settles = False
        self.pending: list[int] = []  # signals that have come
        self.signalled = asyncio.Event()
        self.traps = False  # may the script have taken signals for itself?
        self.branches = False  # do several parts of it run at once?
        self._loop = asyncio.get_running_loop()
        self._erred = False  # was the last that a command wrote an error?
        self._ran = 0  # commands that the share is not yet taken for
        self._parked = 0  # commands that wait for what the clock must bring
        self._settling = 0  # commands that wait for real time
        self._crossing = 0  # what commands read from the library and write to it
        self._event_at = 0.0
        self._moves = 0

    def begin(self, script: str) -> None:
        """A script is about to run."""
        process = self.process
        own_log = process.pid == 1 and script_text.writes_errors(script)
        self.settles = (
            process.tty
            or process.stdout is process.stderr
            or own_log
            or bool(getattr(process.stdout, "settles", False))
        )
        self.traps = "trap" in script
        self.branches = script_text.branches(script)
        for number in _SIGNALS:
            process.handlers[number] = partial(self._signal, number)

    # -- signals -------------------------------------------------------------------------

    def _signal(self, number: int) -> None:
        self.event()
        if number == signal.SIGWINCH and not self.traps:
            return
        self.pending.append(number)
        self.signalled.set()
        if not self.traps and self.process.pid != 1:
            self._die(number)

    def _die(self, number: int) -> None:
        running = self.container.pids.table.get(self.process.pid)
        if running is not None and running.task is not None:
            running.killed = 128 + number
            running.end()

    def _signal_for(self, ctx: Any) -> bool:
        """A signal waits for the shell itself: a background part of it would take it away."""
        return bool(self.pending) and ctx.argv[:1] in ([], ["0"])

    def default(self, ctx: Any) -> Any:
        """`__default`: 0 where the signal is ignored, as the kernel does for the first process."""
        ignored = self.process.pid == 1 or ctx.argv[:1] == [str(int(signal.SIGWINCH))]
        return said(0 if ignored else 1)

    # -- before each command -------------------------------------------------------------

    def now(self, ctx: Any) -> Any:
        """`__now`, in the library's thread: nothing, or that `__tick` must be asked."""
        self.event()
        self._ran += 1
        return said(1) if self._ran >= _STRETCH or self._signal_for(ctx) else ""

    async def tick(self, ctx: Any) -> int:
        """`__tick`: waits for what is due; the number of a signal that has come, or 0."""
        self.event()
        if self.settles:
            self._ran += 1
            await self._settle()
        await self.pay()
        if not self._signal_for(ctx):
            return 0
        self.signalled.clear()
        return self.pending.pop(0)

    async def pay(self) -> None:
        """Take the share of the CPU for the commands since the last time."""
        share, ran = self.container.cgroup.share, self._ran
        self._ran = 0
        if not ran:
            return
        waits = int(share.spent)
        self._parked += waits
        try:
            await share.take(ran)
        finally:
            self._parked -= waits

    async def turn_to(self, errors: bool) -> None:
        """A command is about to write its errors, or its output again: what was written before
        goes first. (A log has both in one, and so have a terminal and `2>&1`.)"""
        if errors != self._erred and (self.process.pid == 1 or self.settles):
            await self._settle()
        self._erred = errors

    async def _delivered(self) -> None:
        """On a clock that goes by itself, a machine with much to do takes longer than a moment
        to bring on what was written: until the library's threads are at rest, or long enough."""
        if isinstance(self._loop, SimulatedTimeLoop) or not activity.exact():
            return
        until = time.monotonic() + _DELIVERY
        while threads.work() and time.monotonic() < until:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(_SETTLE)
        await asyncio.sleep(0)  # what came last is written

    async def _settle(self) -> None:
        """What the last command wrote is on its way in the library: that goes first."""
        seen = activity.exact() and isinstance(self._loop, SimulatedTimeLoop)
        self._parked += seen
        self._settling += not seen
        try:
            await asyncio.sleep(_SETTLE)
            await self._delivered()
        finally:
            self._parked -= seen
            self._settling -= not seen

    # -- does it work? -------------------------------------------------------------------

    def event(self) -> None:
        """Something has happened."""
        activity.stir()
        self._event_at = time.monotonic()

    @contextmanager
    def parked(self) -> Iterator[None]:
        """In here, a command waits for what the clock must bring."""
        self._parked += 1
        try:
            yield
        finally:
            self._parked -= 1
            self.event()

    @contextmanager
    def crossing(self) -> Iterator[None]:
        """In here, a command waits for the library."""
        self._crossing += 1
        activity.stir()
        try:
            yield
        finally:
            self._crossing -= 1
            activity.stir()

    @property
    def active(self) -> bool:
        """Is the interpreter working, and not waiting for a command or for input? Where several
        parts run at once, only its threads can tell whether all of them wait."""
        if self._parked <= 0 or self._settling:
            return True
        return self._crossing > 0 and not self.branches

    @property
    def moved_at(self) -> float | None:
        """When one of several parts that run at once was last seen working."""
        if self._moves != moved():
            self._moves = moved()
            self.event()
        return self._event_at if self.branches else None


def said(code: int, text: str = "", errors: str = "") -> Any:
    """What one of our own commands says that the library calls in its thread."""
    import bashkit

    return bashkit.BuiltinResult(text, errors, code)
