"""Text marked in the terminal, by mouse or by keys: where it begins, where it ends, what it is.

A place is (line, column): the line by the number that it keeps as it scrolls, the column in
cells. Places compare as text is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from breakfix.tui.widgets.rewrapping import Row

Place = tuple[int, int]
WORD_ENDS = frozenset(" \t\"'`()[]{}<>|,;│")


class Lines(Protocol):
    """Lines that can be marked: numbers `first` to `last`, of `width` cells."""

    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def page(self) -> int:
        """How many lines are in view."""

    def row(self, number: int) -> Row:
        """The cells of a line; blanks at its end may be missing."""

    def wraps(self, number: int) -> bool:
        """Whether the line goes on in the next."""


class Marking:
    """A cursor over lines, and the place from which text is marked up to it, if any."""

    def __init__(self, lines: Lines, at: Place) -> None:
        self.lines = lines
        self.cursor = at
        self.anchor: Place | None = None

    # -- moving -----------------------------------------------------------------------

    def go(self, line: int, column: int) -> None:
        """To a place, or the nearest there is."""
        lines = self.lines
        line = max(lines.first, min(line, lines.last))
        self.cursor = line, max(0, min(column, lines.width - 1))

    def move(self, key: str) -> bool:
        """Move by a key; False where it is none that moves."""
        step = MOVES.get(key)
        if step is None:
            return False
        self.go(*step(self))
        return True

    def by(self, lines: int, columns: int = 0) -> Place:
        """So far from the cursor; may be nowhere."""
        return self.cursor[0] + lines, self.cursor[1] + columns

    def text_end(self, line: int) -> int:
        """The column of the last character of a line."""
        return max(0, len(_text(self.lines.row(line)).rstrip()) - 1)

    def word(self, by: int) -> Place:
        """The next (by 1) or last (by -1) beginning of a word in the line, or its end."""
        line, column = self.cursor
        text = _text(self.lines.row(line))
        at = column + by
        while 0 < at < len(text):
            if text[at] not in WORD_ENDS and text[at - 1] in WORD_ENDS:
                return line, at
            at += by
        return (line, 0) if by < 0 else (line, self.text_end(line))

    # -- marking ----------------------------------------------------------------------

    def toggle(self) -> None:
        """Begin to mark here, or mark nothing."""
        self.anchor = None if self.anchor is not None else self.cursor

    def mark_word(self) -> None:
        """The word under the cursor."""
        line, column = self.cursor
        text = _text(self.lines.row(line)).ljust(column + 1)
        start = end = column
        while start > 0 and text[start - 1] not in WORD_ENDS:
            start -= 1
        while end + 1 < len(text) and text[end + 1] not in WORD_ENDS:
            end += 1
        self.anchor, self.cursor = (line, start), (line, end)

    def mark_line(self) -> None:
        """The whole line under the cursor."""
        line = self.cursor[0]
        self.anchor, self.cursor = (line, 0), (line, self.lines.width - 1)

    def span(self, line: int) -> tuple[int, int] | None:
        """Which columns of a line are marked, from and up to (not with); None for none."""
        if self.anchor is None:
            return None
        begin, end = sorted((self.anchor, self.cursor))
        if not begin[0] <= line <= end[0]:
            return None
        left = begin[1] if line == begin[0] else 0
        right = end[1] + 1 if line == end[0] else self.lines.width
        return left, right

    def text(self) -> str:
        """What is marked; without a mark the line of the cursor."""
        begin, end = sorted((self.anchor or (self.cursor[0], 0), self.cursor))
        found = ""
        for line in range(max(begin[0], self.lines.first), min(end[0], self.lines.last) + 1):
            row = self.lines.row(line)
            left, right = self.span(line) or (0, len(row))
            part = "".join(char for _, char in row[left:right])
            goes_on = line < end[0] and self.lines.wraps(line)
            found += part if goes_on else part.rstrip() + ("\n" if line < end[0] else "")
        return found


def _text(row: Row) -> str:
    """One character for each cell, so that an index is a column."""
    return "".join((char or " ")[0] for _, char in row)


Step = Callable[[Marking], Place]
STEPS: dict[tuple[str, ...], Step] = {
    ("up", "k"): lambda m: m.by(-1),
    ("down", "j"): lambda m: m.by(1),
    ("left", "h"): lambda m: m.by(0, -1),
    ("right", "l"): lambda m: m.by(0, 1),
    ("pageup", "shift+pageup", "ctrl+b"): lambda m: m.by(-m.lines.page),
    ("pagedown", "shift+pagedown", "ctrl+f"): lambda m: m.by(m.lines.page),
    ("ctrl+u",): lambda m: m.by(-(m.lines.page // 2)),
    ("ctrl+d",): lambda m: m.by(m.lines.page // 2),
    ("home", "0"): lambda m: (m.cursor[0], 0),
    ("end", "dollar_sign"): lambda m: (m.cursor[0], m.text_end(m.cursor[0])),
    ("w",): lambda m: m.word(1),
    ("b",): lambda m: m.word(-1),
    ("g",): lambda m: (m.lines.first, 0),
    ("G",): lambda m: (m.lines.last, 0),
}
MOVES = {key: step for keys, step in STEPS.items() for key in keys}
