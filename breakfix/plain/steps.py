"""Set-up and restore as lines: one when a step begins, another only where it takes long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from breakfix.clusters.base import Progress
from breakfix.plain.words import sentence, spoken

STILL_SECONDS = 15.0


def progress_lines(say: Callable[[str], None]) -> Progress:
    """Progress that is said. Used within the loop."""

    @contextmanager
    def progress(text: str) -> Iterator[None]:
        say(sentence(text))
        still = _Still(say, text)
        try:
            yield
        finally:
            still.stop()

    return progress


class _Still:
    """Says every STILL_SECONDS that a step is still under way."""

    def __init__(self, say: Callable[[str], None], text: str) -> None:
        self._say, self._text, self._seconds = say, text, 0.0
        self._next()

    def _next(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(STILL_SECONDS, self._tell)

    def _tell(self) -> None:
        self._seconds += STILL_SECONDS
        self._say(f"Still at it after {spoken(self._seconds)}: {sentence(self._text)}")
        self._next()

    def stop(self) -> None:
        """The step has ended."""
        self._timer.cancel()
