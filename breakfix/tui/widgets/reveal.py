"""The moment in which a round is solved: a wave that settles into the word, under two seconds.

Every frame is a function of how far the moment has come, so it can be skipped at any time
and is the same picture in the end.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from breakfix.tui.words import Part, stacked

if TYPE_CHECKING:
    from textual.app import App

SECONDS = 1.4
FRAME = 1 / 24
BLOCKS = "▁▂▃▄▅▆▇█"
SETTLED, WORD = "━", "S O L V E D"
CREST = 10  # cells from the foot of the wave to the other


def lively(app: App[object]) -> bool:
    """Whether something may move: not with animations off, nor without colours."""
    return app.animation_level != "none" and not app.no_color


class Reveal(Static):
    """Plays once, from `play`; `skip` goes to its end."""

    def __init__(self, *, id: str = "reveal") -> None:
        super().__init__(id=id)
        self._line = ""
        self._began = 0.0
        self._timer: Timer | None = None

    @property
    def playing(self) -> bool:
        """True while it moves."""
        return self._timer is not None

    def play(self, line: str) -> None:
        """Show the word, and `line` under it; at once where nothing may move."""
        self._line, self._began = line, monotonic()
        self.display = True
        if lively(self.app):
            self._timer = self.set_interval(FRAME, self._step)
        self._step()

    def say(self, line: str) -> None:
        """Another line under the word."""
        self._line = line
        if not self.playing:
            self._paint(1.0)

    def on_resize(self) -> None:
        """The end of it is as wide as there is room."""
        if not self.playing:
            self._paint(1.0)

    def skip(self) -> None:
        """To the end."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._paint(1.0)

    def _step(self) -> None:
        share = (monotonic() - self._began) / SECONDS if self._timer else 1.0
        if share >= 1:
            self.skip()
        else:
            self._paint(share)

    def _paint(self, share: float) -> None:
        self.update(picture(share, self.size.width or 60, self._line))


def picture(share: float, width: int, line: str) -> Content:
    """The moment when so much of it, 0 to 1, is over: wave, word, line."""
    return stacked([_wave(share, width), _word(share, width), _under(share, width, line)])


def _wave(share: float, width: int) -> Content:
    """A wave that runs from the middle to both sides and leaves a line behind."""
    crest = share * (width / 2 + CREST) if share < 1 else width + CREST
    return Content("").join(
        Content.assemble(_cell(crest - abs(x - (width - 1) / 2))) for x in range(width)
    )


def _cell(behind: float) -> Part:
    """A cell that the crest has left behind by so many cells."""
    if behind > CREST:
        return SETTLED, "$success"
    if behind <= 0:
        return " ", ""
    height = 1 - abs(behind / CREST * 2 - 1)
    return BLOCKS[round(height * (len(BLOCKS) - 1))], "$accent"


def _word(share: float, width: int) -> Content:
    """The word, from its middle outwards."""
    open_ = len(WORD) * min(1.0, share * 1.6) / 2
    middle = (len(WORD) - 1) / 2
    shown = "".join(letter if abs(i - middle) <= open_ else " " for i, letter in enumerate(WORD))
    mark = "✓ " if share >= 1 else "  "
    return Content.assemble((f"{mark}{shown}".center(width).rstrip(), "$success bold"))


def _under(share: float, width: int, line: str) -> Content:
    """What was reached, once the word can be read."""
    return Content.assemble((line.center(width).rstrip() if share > 0.6 else "", "$foreground"))  # noqa: PLR2004
