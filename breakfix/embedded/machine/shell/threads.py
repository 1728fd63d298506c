"""Do the other threads of this process work, or do they all wait?

Linux tells of each thread its state and how often it got a processor. When all slept at two
looks and none of them was given a processor meanwhile, then none works, and none was woken:
a thread that takes the interpreter's lock is woken whenever a look here lets go of it.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

_TASKS = Path("/proc/self/task")
_LIMIT = 512  # bytes: more than the lines of a thread
_SLEEPS = (b"S", b"I")
_open: dict[str, tuple[int, int]] = {}  # of each thread: how it is, and how often it ran


def known() -> bool:
    """Does this system tell?"""
    return (_TASKS / str(threading.get_native_id()) / "schedstat").exists()


def work() -> bool:
    """Does any thread but the present one work, or is about to?"""
    threads = _others()
    before = _turns(threads)
    if not (_all_sleep(threads) and _all_sleep(threads)):
        return True
    return _turns(threads) != before


def _others() -> list[str]:
    """The threads there are; what was open of ended ones is closed."""
    there = os.listdir(_TASKS)  # noqa: PTH208 - asked very often: names are enough
    for gone in _open.keys() - there:
        _forget(gone)
    own = str(threading.get_native_id())
    return [name for name in there if name != own and (name in _open or _remember(name))]


def _remember(thread: str) -> bool:
    """Open what is told of a thread; False for one that has just ended."""
    try:
        state = os.open(_TASKS / thread / "stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        turns = os.open(_TASKS / thread / "schedstat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        os.close(state)
        return False
    _open[thread] = state, turns
    return True


def _forget(thread: str) -> None:
    for handle in _open.pop(thread):
        os.close(handle)


def _all_sleep(threads: list[str]) -> bool:
    return all(_state(name) in _SLEEPS for name in threads)


def _state(thread: str) -> bytes:
    """Of `PID (NAME) STATE ...`; of one that has ended, none."""
    line = _read(thread, 0)
    return line[line.rfind(b")") + 2 :][:1]


def _turns(threads: list[str]) -> list[bytes]:
    """How often each was given a processor."""
    return [_read(name, 1).rpartition(b" ")[2] for name in threads]


def _read(thread: str, which: int) -> bytes:
    """Nothing of one that has ended: another may come by its number, so it is forgotten."""
    if thread not in _open:
        return b""
    try:
        return os.pread(_open[thread][which], _LIMIT, 0)
    except ProcessLookupError:
        _forget(thread)
        return b""
