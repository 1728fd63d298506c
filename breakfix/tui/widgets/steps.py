"""Steps of a longer piece of work, each with the time it took or has taken so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from breakfix.tui.words import seconds_text

TICK = 0.1
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


@dataclass
class Step:
    """One step: its text, when it began, what it took once it is over."""

    text: str
    depth: int
    began: float
    took: float | None = None
    failed: bool = False


class Steps(VerticalScroll):
    """`with steps.progress("Creating cluster"):` adds a line that ticks until it is over."""

    def __init__(self, now: Callable[[], float], *, id: str = "steps") -> None:
        super().__init__(id=id)
        self._now = now
        self._steps: list[Step] = []
        self._open = 0
        self._frame = 0

    def compose(self) -> ComposeResult:
        yield Static(id="steps-text")

    def on_mount(self) -> None:
        """Tick while steps are open."""
        self.set_interval(TICK, self._tick)

    @contextmanager
    def progress(self, text: str) -> Iterator[None]:
        """The Progress of clusters/base.py."""
        step = Step(text, self._open, self._now())
        self._steps.append(step)
        self._open += 1
        self._paint()
        try:
            yield
        except BaseException:
            step.failed = True
            raise
        finally:
            self._open -= 1
            step.took = self._now() - step.began
            self._paint()

    def clear(self) -> None:
        """Forget all steps, for another try."""
        self._steps.clear()
        self._paint()

    def _tick(self) -> None:
        if self._open:
            self._frame += 1
            self._paint()

    def _paint(self) -> None:
        if self.query("#steps-text"):  # not composed yet, or going
            lines = Content("\n").join(self._line(step) for step in self._steps)
            self.query_one("#steps-text", Static).update(lines)
            self.scroll_end(animate=False)

    def _line(self, step: Step) -> Content:
        indent = "  " * step.depth
        width = max(20, self.size.width - 2)
        if step.took is None:
            still = self.app.animation_level == "none"
            mark = ("…" if still else SPINNER[self._frame % len(SPINNER)], "$accent")
            spent = seconds_text(self._now() - step.began)
        else:
            mark = ("✗", "$error") if step.failed else ("✓", "$success")
            spent = seconds_text(step.took)
        room = width - len(indent) - 2 - len(spent) - 1
        text = step.text if len(step.text) <= room else step.text[: room - 1] + "…"
        style = "$muted" if step.took is not None and not step.failed else ""
        return Content.assemble(indent, mark, " ", (text.ljust(room), style), (spent, "$muted"))
