"""Rows of a terminal put into lines of another width.

Rows that go on only because the page was not wider are one line again, and are cut anew where
the new width ends; what has a line end of its own keeps it. A place in the text (where the
page begins, where the cursor is) is followed to its new row and column.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from bittty.video import CONTINUATION, WideHead

Cell = tuple[Any, str]
Row = list[Cell]
"""(style, character) for each cell."""
Place = tuple[int, int]
"""Row and column. A column beyond the last is that of a cursor that waits to wrap."""


@dataclass
class Rewrapped:
    """Rows, none wider than the page; which of them go on in the next; the places now."""

    rows: list[Row] = field(default_factory=list)
    wraps: list[bool] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)


def rewrapped(
    rows: Sequence[Row], wraps: Sequence[bool], width: int, places: Sequence[Place],
    blank: Cell, left_alone: int = -1,
) -> Rewrapped:  # fmt: skip
    """The rows at this width. `places` are in the order of the text. The line that has the
    row `left_alone` is only cut off: whoever wrote it will write it anew."""
    found, at = Rewrapped(), 0
    while at < len(rows):
        end = _end_of_line(rows, wraps, at)
        mine = [p for p in places[len(found.places) :] if p[0] < end]
        if at <= left_alone < end:
            _take_as_they_are(found, rows[at:end], at, width, mine)
        elif end == at + 1 and not mine and len(rows[at]) <= width:
            found.rows.append(rows[at])
            found.wraps.append(False)
        else:
            _take_line(found, rows[at:end], at, width, mine, blank)
        at = end
    return found


def _end_of_line(rows: Sequence[Row], wraps: Sequence[bool], at: int) -> int:
    """The row behind the last one of the line that begins here."""
    while wraps[at] and at + 1 < len(rows):
        at += 1
    return at + 1


def _take_as_they_are(
    found: Rewrapped, rows: Sequence[Row], at: int, width: int, places: Sequence[Place]
) -> None:
    top = len(found.rows)
    found.rows += [row[:width] for row in rows]
    found.wraps += [True] * (len(rows) - 1) + [False]
    found.places += [(top + row - at, min(column, width - 1)) for row, column in places]


def _take_line(
    found: Rewrapped, rows: Sequence[Row], at: int, width: int, places: Sequence[Place],
    blank: Cell,
) -> None:  # fmt: skip
    """One line of text, and the places in it."""
    parts = [_without_gap(row, after, blank) for row, after in pairwise(rows)]
    parts.append(rows[-1])
    starts = [0]
    for part in parts[:-1]:
        starts.append(starts[-1] + len(part))
    cells: Row = [cell for part in parts for cell in part]
    offsets = [starts[row - at] + column for row, column in places]
    cells = _as_long(cells, max(offsets, default=0), width, blank)
    cuts = _cuts(cells, width)
    top = len(found.rows)
    ends = [*cuts[1:], len(cells)]
    found.rows += [cells[a:b] for a, b in zip(cuts, ends, strict=True)]
    found.wraps += [True] * (len(cuts) - 1) + [False]
    for offset in offsets:
        row = bisect_right(cuts, offset) - 1
        found.places.append((top + row, offset - cuts[row]))


def _without_gap(row: Row, after: Row, blank: Cell) -> Row:
    """Without the cell that stayed free because a wide character had no room in it."""
    gap = row and row[-1] is blank and after and isinstance(after[0][1], WideHead)
    return row[:-1] if gap else row


def _as_long(cells: Row, least: int, width: int, blank: Cell) -> Row:
    """Without the blanks that would take up rows of their own, and at least so long."""
    end = len(cells)
    while end > max(least, width) and cells[end - 1][1] == " ":
        end -= 1
    return cells[:end] + [blank] * (least - end)


def _cuts(cells: Row, width: int) -> list[int]:
    """Where rows begin: no wide character is taken apart."""
    cuts, at = [0], width
    while at < len(cells):
        whole = at - 1 if cells[at][1] == CONTINUATION and width > 1 else at
        cuts.append(whole)
        at = whole + width
    return cuts
