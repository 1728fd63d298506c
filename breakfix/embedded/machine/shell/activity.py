"""Which shells work at the moment, for clocks whose time does not pass by itself."""

from __future__ import annotations

import atexit
import functools
import time
from typing import Protocol

from breakfix.embedded.machine.shell import threads

LONGEST_REST = 1.0  # seconds that the library's threads have to come to rest at exit
_QUIET = 0.006  # seconds without a move after which a shell is taken to wait


class Shell(Protocol):
    """A shell that runs a script."""

    @property
    def active(self) -> bool:
        """Is the interpreter working, and not waiting for a command or for input?"""

    @property
    def moved_at(self) -> float | None:
        """When it was last seen working, in real seconds; None where `active` tells all."""


_running: dict[int, Shell] = {}
_stirred = 0  # changes with each thing that may set a library's thread to work
_rested = -1  # what it was when all threads were last seen at rest


def stir() -> None:
    """Something goes to the library, or comes from it. What is not told by this leaves threads
    at rest that were seen at rest."""
    global _stirred  # noqa: PLW0603 - it is of the process, as the threads are
    _stirred += 1


def begins(shell: Shell, clock: object) -> None:
    """It runs a script. A clock that does not pass by itself stands still while it works."""
    _running[id(shell)] = shell
    stir()
    watchers = getattr(clock, "busy", None)
    if watchers is not None and busy not in watchers:
        watchers.append(busy)
    _rest_at_exit()


def ends(shell: Shell) -> None:
    """Its script has ended."""
    _running.pop(id(shell), None)


def busy() -> bool:
    """Does any shell work at the moment?"""
    running = list(_running.values())
    if any(shell.active for shell in running):
        return True
    return bool(running) and (_works() if exact() else _moved_lately(running))


def _works() -> bool:
    """Does a thread work? They are looked at again only after something has stirred."""
    global _rested  # noqa: PLW0603
    stirred = _stirred
    if stirred == _rested:
        return False
    if threads.work():
        return True
    _rested = stirred
    return False


@functools.cache
def exact() -> bool:
    """Can it be told for sure, or only guessed?"""
    return threads.known()


def _moved_lately(running: list[Shell]) -> bool:
    moments = [moment for shell in running if (moment := shell.moved_at) is not None]
    return bool(moments) and time.monotonic() - max(moments) < _QUIET


@functools.cache
def _rest_at_exit() -> None:
    """The library's threads must not come back to a Python that ends: the process would abort."""
    atexit.register(_let_threads_rest)


def _let_threads_rest() -> None:
    until = time.monotonic() + (LONGEST_REST if exact() else _QUIET)
    while time.monotonic() < until and (not exact() or threads.work()):
        time.sleep(0.001)
