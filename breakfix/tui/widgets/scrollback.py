"""Lines that have left the top of the terminal, kept to be scrolled back to."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Any

from bittty.constants import ERASE_FROM_CURSOR_TO_END, LINE_SINGLE
from bittty.video import Video

from breakfix.tui.widgets.rewrapping import Place, Rewrapped, Row, rewrapped

KEEP_LINES = 5000
MOST_CELLS = 20_000


class HistoryVideo(Video):  # type: ignore[misc]  # bittty has no type information
    """Video memory that remembers the rows which scroll off its top."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__(width, height)
        self.history: deque[Row] = deque(maxlen=KEEP_LINES)
        self._wraps: deque[bool] = deque(maxlen=KEEP_LINES)
        self.scrolled = 0
        """How many rows have ever left by the top."""
        self._raw: deque[Row] = deque(maxlen=KEEP_LINES)
        self._cells: dict[tuple[int, str], tuple[Any, str]] = {}

    def scroll_region_up(self, top: int, bottom: int, count: int) -> None:
        """Scroll a region; what leaves the top of the page goes into the history."""
        if top == 0 and bottom == self.height - 1:
            leaving = self.grid[: min(count, self.height)]
            self.history.extend(leaving)
            self._wraps.extend(self.wrapped_lines[: len(leaving)])
            self.scrolled += len(leaving)
            self._raw.extend(leaving)
        super().scroll_region_up(top, bottom, count)

    def clear_line(
        self, y: int, mode: int = ERASE_FROM_CURSOR_TO_END, cursor_x: int = 0,
        style_or_ansi: Any = None,
    ) -> None:  # fmt: skip
        """Erase in a row; one that has lost its end no longer goes on in the next."""
        super().clear_line(y, mode, cursor_x, style_or_ansi)
        if mode == ERASE_FROM_CURSOR_TO_END:
            self.set_line_wrapped(y, False)

    @property
    def blank(self) -> Row:
        """A row on which nothing stands."""
        found: Row = self._create_empty_row()
        return found

    def append(self, lines: Sequence[str], style: Any) -> None:
        """Write lines of ASCII, none wider than the page, below each other from the last row
        on, which has to be empty, and leave an empty one below them."""
        rows, count = self._rows_of(lines, style), len(lines)
        attributes, wraps = self.line_attributes, self.wrapped_lines
        self.scrolled += count
        self._raw.extend(self.grid[:-1][:count])
        every = [*self.grid[:-1], *rows]
        self.history.extend(every[:count])
        self._wraps.extend([*wraps[:-1], *[False] * count][:count])
        self.grid[:-1] = [self._fitted(row, self.width) for row in every[count:]]
        attributes[:] = [*attributes[:-1], *attributes[-1:] * count][count:] + attributes[-1:]
        wraps[:] = [*[*wraps, *[False] * count][count:-1], False]
        self._touch_page()

    def _rows_of(self, lines: Sequence[str], style: Any) -> list[Row]:
        """A row for each line, tidy from the start."""
        cell = {char: (style, char) for char in set("".join(lines))}
        return [[cell[char] for char in line] for line in lines]

    @property
    def untidy(self) -> bool:
        """Whether there is something for `tidy` to do."""
        return bool(self._raw)

    def tidy(self, most: int = KEEP_LINES) -> bool:
        """Make rows that have left small: no blanks at the end, equal cells once. Returns
        whether there are more of them.

        Called when the program is silent. A cell of its own for every character costs
        a megabyte for every two hundred lines.
        """
        if len(self._cells) > MOST_CELLS:
            self._cells.clear()
        for _ in range(min(most, len(self._raw))):
            self._shrink(self._raw.pop())
        return self.untidy

    def _shrink(self, row: Row) -> None:
        end = len(row)
        while end and row[end - 1] is self._empty_cell:
            end -= 1
        cells = self._cells
        row[:] = [cells.setdefault((id(cell[0]), cell[1]), cell) for cell in row[:end]]

    def reshape(self, width: int, height: int, cursor: Place, *, left_alone: bool = False) -> Place:
        """Change the shape around the cursor; returns the row and column that it has now.

        Lines are wrapped anew, but for that of the cursor where it is `left_alone`. Rows
        without room leave by the top, and come back when there is room again. (bittty cuts
        them off: on the right, and at the bottom, where the prompt is.)
        """
        if width != self.width:
            cursor = self._rewrap(width, cursor, left_alone)
        return self._heighten(height, cursor[0]), cursor[1]

    def _rewrap(self, width: int, cursor: Place, left_alone: bool) -> Place:
        self.tidy()
        past, row = len(self.history), cursor[0]
        used = max(row, self._last_used()) + 1
        found = rewrapped(
            [*self.history, *self.grid[:used]], [*self._wraps, *self.wrapped_lines[:used]],
            width, [(past, 0), (past + row, cursor[1])], self._empty_cell,
            past + row if left_alone else -1,
        )  # fmt: skip
        (top, _), (row, column) = found.places
        full = used == self.height
        begin = min(max(len(found.rows) - self.height, 0 if full else top), row)
        self._divide(found, begin, width)
        self._raw.extend(islice(self.history, min(top, begin), None))
        return row - begin, column

    def _last_used(self) -> int:
        """The last row of the page on which something stands."""
        used = (y for y in reversed(range(self.height)) if any(c != " " for _, c in self.grid[y]))
        return next(used, 0)

    def _divide(self, found: Rewrapped, begin: int, width: int) -> None:
        """What is before `begin` has left, what comes then is the page."""
        self.scrolled = self.first + begin
        self.history = deque(found.rows[:begin], maxlen=KEEP_LINES)
        self._wraps = deque(found.wraps[:begin], maxlen=KEEP_LINES)
        rows = found.rows[begin : begin + self.height]
        wraps = found.wraps[begin : begin + self.height]
        missing = self.height - len(rows)
        self.grid[:] = [self._fitted(row, width) for row in [*rows, *([[]] * missing)]]
        self.wrapped_lines[:] = [*wraps, *[False] * missing]
        self.line_attributes[:] = [LINE_SINGLE] * self.height
        self.resize(width, self.height)

    def _heighten(self, height: int, cursor: int) -> int:
        width = self.width
        surplus = max(0, cursor + 1 - height)
        self.scroll_region_up(0, self.height - 1, surplus)
        back = min(len(self.history), max(0, height - self.height))
        self.resize(width, height)
        if back:
            rows = [self._fitted(self.history.pop(), width) for _ in range(back)]
            wraps = [self._wraps.pop() for _ in range(back)]
            self.scrolled -= back
            self.scroll_region_down(0, height - 1, back)
            self.grid[:back], self.wrapped_lines[:back] = rows[::-1], wraps[::-1]
        return int(cursor - surplus + back)

    def _fitted(self, row: Row, width: int) -> Row:
        blank: Row = self._create_empty_row(width)
        return (row + blank)[:width]

    def view(self, back: int) -> list[Row]:
        """The page as it looks `back` lines up."""
        if back <= 0:
            return list(self.grid)
        start = max(0, len(self.history) - back)
        past = list(islice(self.history, start, start + self.height))
        found: list[Row] = (past + self.grid)[: self.height]
        return found

    # -- lines by their number, which they keep as they scroll -------------------------

    @property
    def first(self) -> int:
        """The number of the oldest line that is kept."""
        return self.scrolled - len(self.history)

    def line(self, number: int) -> Row:
        """A line by its number; the page begins with number `scrolled`."""
        at = number - self.scrolled
        return self.grid[at] if at >= 0 else self.history[at]

    def wraps(self, number: int) -> bool:
        """Whether a line goes on in the next one only because the page was not wider."""
        at = number - self.scrolled
        return bool(self.wrapped_lines[at] if at >= 0 else self._wraps[at])
