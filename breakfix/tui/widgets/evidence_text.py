"""The output of a command as lines that can be scrolled, searched and followed.

Memory is bounded: of a log that never ends the newest lines are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from textual.binding import Binding
from textual.content import Content
from textual.message import Message

from breakfix.tui.widgets.lines import LineView

MOST_LINES = 20_000
DROPPED_AT_ONCE = 2_000
KEY = re.compile(r"^(?P<lead>\s*(?:- )?)(?P<key>[\w./-]+(?: [\w./-]+){0,3}):(?=\s|$)")
WARNING = re.compile(r"\b(?:Warning|Failed|Error|error)\b")
FOUND, FOUND_HERE = "reverse", "bold reverse"
Piece = tuple[int, int, int]
"""(line, from, to): what of a line stands in one line of the screen."""


class EvidenceText(LineView[Piece]):
    """Lines folded at the width there is; the end is followed while it is in sight."""

    HELP_TITLE = "Evidence"
    BINDINGS = [
        Binding("j", "scroll_down", "down", show=False, id="evidence.down"),
        Binding("k", "scroll_up", "up", show=False, id="evidence.up"),
        Binding("g", "scroll_home", "top", show=False, id="evidence.top"),
        Binding("G", "scroll_end", "end", show=False, id="evidence.end"),
    ]

    class Dropped(Message):
        """Lines were dropped at the start, since there are too many."""

    def __init__(self) -> None:
        super().__init__(id="evidence-text")
        self.lines: list[str] = []
        self.dropped = 0
        self.marked = False  # whether `key:` at the start of a line is one
        self._words = ""
        self._here = -1
        self._folded = 0  # lines that are in pieces already

    # -- what is shown ----------------------------------------------------------------

    def clear(self) -> None:
        """Nothing, from the top."""
        self.lines, self.dropped, self._folded, self._here = [], 0, 0, -1
        self.show_rows([])
        self.scroll_home(animate=False, immediate=True)
        self.following = True

    def extend(self, lines: Iterable[str], follow: bool) -> None:
        """More lines at the end; `follow` goes there if the end was in sight."""
        at_end = self.following
        self.lines.extend(lines)
        if len(self.lines) > MOST_LINES + DROPPED_AT_ONCE:
            self._drop(len(self.lines) - MOST_LINES)
        self._fold()
        if follow and at_end:
            self.to_end()

    def _drop(self, count: int) -> None:
        del self.lines[:count]
        self.dropped += count
        self._folded, self._here = 0, max(-1, self._here - count)
        self._strips.clear()
        self.post_message(self.Dropped())

    def _fold(self) -> None:
        """Pieces for the lines that have none yet."""
        kept = list(self.rows) if self._folded else []
        for number, line in enumerate(islice(self.lines, self._folded, None), self._folded):
            kept += pieces(number, line, self.room)
        self._folded = len(self.lines)
        self.show_rows(kept)

    def on_resize(self) -> None:
        """Another width folds all anew."""
        self._folded = 0
        self._strips.clear()
        self._fold()

    def draw(self, row: Piece, _: int) -> Content:
        """A piece of a line, with what was looked for."""
        number, start, end = row
        line = self.lines[number]
        content = Content(line)
        if self.marked and (key := KEY.match(line)):
            content = content.stylize("$primary", key.start("key"), key.end("key"))
        if self.marked:
            for bad in WARNING.finditer(line):
                content = content.stylize("$warning bold", bad.start(), bad.end())
        style = FOUND_HERE if number == self._here else FOUND
        for at in hits(line, self._words):
            content = content.stylize(style, at, at + len(self._words))
        return content[start:end]

    # -- search -----------------------------------------------------------------------

    def search(self, words: str, step: int = 0) -> str:
        """Go to the first line with these words from where one is, or to the next by step."""
        self._words = words
        self.redraw()
        found = [n for n, line in enumerate(self.lines) if hits(line, words)]
        if not found:
            self._here = -1
            return f"“{words}” is not there" if words else ""
        if step > 0:
            self._here = next((n for n in found if n > self._here), found[0])
        elif step < 0:
            self._here = next((n for n in reversed(found) if n < self._here), found[-1])
        else:
            self._here = next((n for n in found if n >= self._top), found[0])
        self._go(self._here)
        at = found.index(self._here) + 1
        return f"line {self._here + 1}: {at} of {len(found)} with “{words}”"

    @property
    def words(self) -> str:
        """What is looked for."""
        return self._words

    @property
    def _top(self) -> int:
        y = self.scroll_offset.y
        return self.rows[y][0] if y < len(self.rows) else 0

    def _go(self, number: int) -> None:
        y = next((y for y, (line, _, _) in enumerate(self.rows) if line == number), None)
        if y is not None:
            self.bring_up(y)


def pieces(number: int, line: str, width: int) -> list[Piece]:
    """A line folded between words where the screen ends; a word that is longer is cut."""
    found, at = [], 0
    while len(line) - at > width:
        space = line.rfind(" ", at, at + width + 1)
        between = line[at:space].strip() if space > at else ""
        end = space if between else at + width
        found.append((number, at, end))
        at = end + 1 if between else end
    return [*found, (number, at, len(line))]


def hits(line: str, words: str) -> list[int]:
    """Where the words stand in a line; capitals count only where they are typed."""
    if not words:
        return []
    text = line if words != words.lower() else line.lower()
    return [found.start() for found in re.finditer(re.escape(words), text)]
