"""Lines that have left the top of the terminal, kept to be scrolled back to."""

from __future__ import annotations

from collections import deque
from typing import Any

from bittty.video import Video

KEEP_LINES = 5000
Row = list[tuple[Any, str]]
"""(style, character) for each cell."""


class HistoryVideo(Video):  # type: ignore[misc]  # bittty has no type information
    """Video memory that remembers the rows which scroll off its top."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__(width, height)
        self.history: deque[Row] = deque(maxlen=KEEP_LINES)

    def scroll_region_up(self, top: int, bottom: int, count: int) -> None:
        """Scroll a region; what leaves the top of the page goes into the history."""
        if top == 0 and bottom == self.height - 1:
            self.history.extend(self.grid[: min(count, self.height)])
        super().scroll_region_up(top, bottom, count)

    def reshape(self, width: int, height: int, cursor: int) -> int:
        """Change the shape around the cursor's row; returns the row that it has now.

        Rows without room leave by the top, and come back when there is room again.
        (bittty cuts them off at the bottom, where the prompt is.)
        """
        surplus = max(0, cursor + 1 - height)
        self.scroll_region_up(0, self.height - 1, surplus)
        back = min(len(self.history), max(0, height - self.height))
        self.resize(width, height)
        if back:
            rows = [self._fitted(self.history.pop(), width) for _ in range(back)]
            self.scroll_region_down(0, height - 1, back)
            self.grid[:back] = reversed(rows)
        return int(cursor - surplus + back)

    def _fitted(self, row: Row, width: int) -> Row:
        blank: Row = self._create_empty_row(width)
        return (row + blank)[:width]

    def view(self, back: int) -> list[Row]:
        """The page as it looks `back` lines up."""
        if back <= 0:
            return list(self.grid)
        rows = [*self.history, *self.grid]
        end = len(rows) - back
        return rows[max(0, end - self.height) : end]
