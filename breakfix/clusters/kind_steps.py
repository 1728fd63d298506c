"""kind's own progress lines as steps: ` • Preparing nodes 📦  ...` opens one, ` ✓` ends it."""

from __future__ import annotations

import contextlib
import re
from types import TracebackType
from typing import Self

from breakfix.clusters.base import Progress

_STEP = re.compile(r"^\s*(?P<mark>[•✓✗])\s+(?P<text>.*?)[\s.]*$")
_PICTURES = re.compile(r"[^\x20-\x7e]+")


class KindSteps:
    """Shows the steps of one run of kind; a step that never ended is ended on leaving."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._open.__exit__(kind, error, trace)

    def line(self, line: str) -> None:
        """One line of kind's output; lines that are no steps are passed over."""
        found = _STEP.match(line)
        if found is None:
            return
        self._open.close()
        if found["mark"] == "•":
            text = _PICTURES.sub("", found["text"]).strip()
            self._open.enter_context(self._progress(f"kind: {text}"))
