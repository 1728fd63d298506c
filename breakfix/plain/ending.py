"""A signal that asks this process to end, as an exception: what is open is left in order."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Ended(BaseException):
    """SIGTERM or SIGHUP came. Not an Exception: nothing but the way out catches it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def told_by_signals() -> Iterator[None]:
    """For the block, the first SIGTERM or SIGHUP raises Ended in the main thread; later ones
    change nothing, so that the clean-up is not cut off."""
    seen = []

    def told(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        seen.append(number)
        if len(seen) == 1:
            raise Ended(number)

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, told) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
