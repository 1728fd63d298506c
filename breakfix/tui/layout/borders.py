"""The borders between the panes of an arrangement: which one is under a cell, and what is
where after it has been pushed, by the mouse or by a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

from breakfix.tui.layout.arrangement import (
    REST,
    Arrangement,
    Column,
    Row,
    Spot,
    Stack,
    spot_of,
)
from breakfix.tui.layout.moves import Way
from breakfix.tui.layout.places import (
    LEAST_HEIGHT,
    LEAST_WIDTH,
    Lines,
    places,
    row_spans,
    spans,
)

Part = TypeVar("Part", Column, Row, Stack)


class Between(Enum):
    """What a border is between."""

    COLUMNS = "columns"
    ROWS = "rows"
    STACKS = "stacks"


@dataclass(frozen=True)
class Border:
    """The border behind a column, under a row, or behind a stack: the one of `spot`."""

    between: Between
    spot: Spot


@dataclass(frozen=True)
class Room:
    """How large the board is, and how high its lines are."""

    width: int
    height: int
    lines: Lines


def border_at(arrangement: Arrangement, room: Room, x: int, y: int) -> Border | None:
    """The border under a cell: the last cells of what is before it, the first of what is
    behind it."""
    found = places(arrangement, room.width, room.height, room.lines)
    for pane, place in found.items():
        spot = spot_of(arrangement, pane)
        at_right = x in (place.right - 1, place.right) and place.right < room.width
        at_bottom = y in (place.bottom - 1, place.bottom) and place.bottom < room.height
        if place.y <= y < place.bottom and at_right:
            stacks = arrangement.columns[spot.column].rows[spot.row].stacks
            last = spot.stack == len(stacks) - 1
            return Border(Between.COLUMNS if last else Between.STACKS, spot)
        if place.x <= x < place.right and at_bottom:
            return Border(Between.ROWS, spot)
    return None


def pushed(arrangement: Arrangement, border: Border, by: int, room: Room) -> Arrangement:
    """The border `by` cells further to the right, or down, as far as both sides keep the
    least size."""
    spot = border.spot
    columns = arrangement.columns
    column = columns[spot.column]
    row = column.rows[spot.row]
    widths = spans([c.size for c in columns], room.width, LEAST_WIDTH)
    if border.between is Between.COLUMNS:
        return replace(arrangement, columns=_push(columns, widths, spot.column, by, LEAST_WIDTH))
    if border.between is Between.STACKS:
        wide = spans([stack.size for stack in row.stacks], widths[spot.column], LEAST_WIDTH)
        row = replace(row, stacks=_push(row.stacks, wide, spot.stack, by, LEAST_WIDTH))
        rows = (*column.rows[: spot.row], row, *column.rows[spot.row + 1 :])
    else:
        rows = _push_rows(column, row_spans(column, room.height, room.lines), spot.row, by)
    column = replace(column, rows=rows)
    return replace(
        arrangement, columns=(*columns[: spot.column], column, *columns[spot.column + 1 :])
    )


def _push_rows(column: Column, heights: Sequence[int], at: int, by: int) -> tuple[Row, ...]:
    """Lines keep their height: what is above them and below them changes."""
    solid = [index for index, row in enumerate(column.rows) if not row.is_line]
    above = [index for index in solid if index <= at]
    if not above or above[-1] == solid[-1]:
        return column.rows
    changed = iter(
        _push(
            tuple(column.rows[index] for index in solid),
            [heights[index] for index in solid],
            len(above) - 1, by, LEAST_HEIGHT,
        )
    )  # fmt: skip
    return tuple(row if row.is_line else next(changed) for row in column.rows)


def _push(
    parts: tuple[Part, ...], now: Sequence[int], at: int, by: int, least: int
) -> tuple[Part, ...]:
    """The border behind part `at` moved; `now` is how large the parts are. One of them still
    takes the rest, so that it all fits another screen too. Where there is no room for the
    least of each, nothing moves."""
    if min(now) < least:
        return parts
    by = max(least - now[at], min(by, now[at + 1] - least))
    rests = [index for index, part in enumerate(parts) if part.size == REST]
    rests = rests or [max(range(len(parts)), key=now.__getitem__)]
    sizes = [REST if index in rests else size for index, size in enumerate(now)]
    sizes[at], sizes[at + 1] = now[at] + by, now[at + 1] - by
    if REST not in sizes:
        sizes[at + 1 if at + 1 in rests else at] = REST
    return tuple(replace(part, size=size) for part, size in zip(parts, sizes, strict=True))


def grown(arrangement: Arrangement, pane: str, way: Way, by: int, room: Room) -> Arrangement:
    """The pane wider (right), narrower (left), higher (down) or flatter (up)."""
    if pane not in arrangement.open:
        return arrangement
    spot = spot_of(arrangement, pane)
    column = arrangement.columns[spot.column]
    row = column.rows[spot.row]
    if not way.is_sideways:
        solid = [index for index, each in enumerate(column.rows) if not each.is_line]
        if row.is_line or len(solid) == 1:
            return arrangement
        last = spot.row == solid[-1]
        border = Border(Between.ROWS, replace(spot, row=solid[-2] if last else spot.row))
    elif len(row.stacks) > 1:
        last = spot.stack == len(row.stacks) - 1
        border = Border(Between.STACKS, replace(spot, stack=spot.stack - last))
    elif len(arrangement.columns) > 1:
        last = spot.column == len(arrangement.columns) - 1
        border = Border(Between.COLUMNS, Spot(spot.column - last, 0, 0))
    else:
        return arrangement
    return pushed(arrangement, border, -way.step * by if last else way.step * by, room)
