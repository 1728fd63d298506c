"""What can be done with a pane of an arrangement. Each returns the arrangement after it;
what cannot be done changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TypeVar

from breakfix.tui.layout.arrangement import (
    Arrangement,
    Column,
    Row,
    Spot,
    Stack,
    mapped,
    raised,
    single,
    spot_of,
    without,
)

T = TypeVar("T")


class Way(Enum):
    """A direction on the screen."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"

    @property
    def is_sideways(self) -> bool:
        """Left or right."""
        return self in (Way.LEFT, Way.RIGHT)

    @property
    def step(self) -> int:
        """-1 towards the left and the top, 1 towards the right and the bottom."""
        return -1 if self in (Way.LEFT, Way.UP) else 1


# -- moving ---------------------------------------------------------------------------


def moved(arrangement: Arrangement, pane: str, way: Way) -> Arrangement:
    """A tab leaves its stack on that side. A pane of its own changes places with what is
    there; at the edge of its row or column it becomes a row or column of its own; a column
    of its own goes into the column beside it.
    """
    if pane in arrangement.closed:
        return arrangement
    spot = spot_of(arrangement, pane)
    row = arrangement.columns[spot.column].rows[spot.row]
    if len(row.stacks[spot.stack].panes) > 1:
        return _out_of_stack(arrangement, pane, spot, way)
    return _sideways(arrangement, pane, way) if way.is_sideways else _along(arrangement, pane, way)


def _out_of_stack(arrangement: Arrangement, pane: str, spot: Spot, way: Way) -> Arrangement:
    taken = without(arrangement, [pane])
    after = way.step > 0
    rows = taken.columns[spot.column].rows
    if way.is_sideways:
        stacks = _put(rows[spot.row].stacks, spot.stack + after, single(pane))
        rows = _at(rows, spot.row, replace(rows[spot.row], stacks=stacks))
    else:
        rows = _put(rows, spot.row + after, _own(pane))
    return _with_rows(taken, spot.column, rows)


def _sideways(arrangement: Arrangement, pane: str, way: Way) -> Arrangement:
    spot = spot_of(arrangement, pane)
    rows = arrangement.columns[spot.column].rows
    stacks = rows[spot.row].stacks
    beside = spot.stack + way.step
    if 0 <= beside < len(stacks):
        row = replace(rows[spot.row], stacks=_exchanged(stacks, spot.stack, beside))
        return _with_rows(arrangement, spot.column, _at(rows, spot.row, row))
    if len(stacks) > 1 or len(rows) > 1:
        own = Column((_own(pane),))
        taken = without(arrangement, [pane])
        return replace(taken, columns=_put(taken.columns, spot.column + (way.step > 0), own))
    return _into_column(arrangement, pane, spot, way)


def _into_column(arrangement: Arrangement, pane: str, spot: Spot, way: Way) -> Arrangement:
    beside = spot.column + way.step
    if not 0 <= beside < len(arrangement.columns):
        return arrangement
    rows = (*arrangement.columns[beside].rows, _own(pane))
    column = replace(arrangement.columns[beside], rows=rows)
    columns = _at(arrangement.columns, beside, column)
    return replace(arrangement, columns=columns[: spot.column] + columns[spot.column + 1 :])


def _along(arrangement: Arrangement, pane: str, way: Way) -> Arrangement:
    spot = spot_of(arrangement, pane)
    rows = arrangement.columns[spot.column].rows
    if len(rows[spot.row].stacks) > 1:
        taken = without(arrangement, [pane])
        rows = taken.columns[spot.column].rows
        return _with_rows(taken, spot.column, _put(rows, spot.row + (way.step > 0), _own(pane)))
    beside = spot.row + way.step
    if 0 <= beside < len(rows):
        return _with_rows(arrangement, spot.column, _exchanged(rows, spot.row, beside))
    return arrangement


# -- places ---------------------------------------------------------------------------


def to_next(arrangement: Arrangement, pane: str) -> Arrangement:
    """Into the next stack, as the tab that is up there."""
    stacks = list(arrangement.stacks)
    own = arrangement.stack_of(pane)
    if own is None or len(stacks) == 1:
        return arrangement
    mate = stacks[(stacks.index(own) + 1) % len(stacks)].up
    return joined(without(arrangement, [pane]), pane, mate)


def joined(arrangement: Arrangement, pane: str, mate: str) -> Arrangement:
    """A pane that is in no stack, put into the stack of `mate` and brought up."""

    def join(stack: Stack) -> Stack:
        if mate not in stack.panes:
            return stack
        return replace(stack, panes=(*stack.panes, pane), up=pane)

    return mapped(arrangement, join)


def swapped(arrangement: Arrangement, pane: str) -> Arrangement:
    """The pane's stack and the next one exchange what they hold; the places stay."""
    stacks = list(arrangement.stacks)
    own = arrangement.stack_of(pane)
    if own is None or len(stacks) == 1:
        return arrangement
    other = stacks[(stacks.index(own) + 1) % len(stacks)]
    to = {own: replace(other, size=own.size), other: replace(own, size=other.size)}
    return mapped(arrangement, lambda stack: to.get(stack, stack))


# -- closing and opening --------------------------------------------------------------


def closed(arrangement: Arrangement, pane: str) -> Arrangement:
    """Without this pane, unless it is the last one."""
    if pane in arrangement.closed or len(arrangement.open) == 1:
        return arrangement
    return replace(without(arrangement, [pane]), closed=(*arrangement.closed, pane))


def opened(arrangement: Arrangement, pane: str, default: Arrangement) -> Arrangement:
    """The pane up: where it is, or near the panes that `default` puts it with."""
    if pane not in arrangement.closed:
        return raised(arrangement, pane)
    left = tuple(name for name in arrangement.closed if name != pane)
    base = replace(arrangement, closed=left)
    home = default.stack_of(pane) or single(pane)
    mate = next((name for name in home.panes if name in base.open), None)
    return joined(base, pane, mate) if mate else _at_home(base, pane, default)


def _at_home(arrangement: Arrangement, pane: str, default: Arrangement) -> Arrangement:
    """A row above or below the first pane of its column in `default` that is open, or a
    column of its own."""
    home = spot_of(default, pane)
    column = default.columns[home.column]
    for at, row in enumerate(column.rows):
        for name in (name for stack in row.stacks for name in stack.panes):
            if name in arrangement.open:
                spot = spot_of(arrangement, name)
                rows = arrangement.columns[spot.column].rows
                own = replace(_own(pane), size=column.rows[home.row].size)
                return _with_rows(
                    arrangement, spot.column, _put(rows, spot.row + (at < home.row), own)
                )
    own_column = Column((_own(pane),), column.size)
    at = 0 if home.column == 0 else len(arrangement.columns)
    return replace(arrangement, columns=_put(arrangement.columns, at, own_column))


# -- tuples ---------------------------------------------------------------------------


def _own(pane: str) -> Row:
    return Row((single(pane),))


def _put(items: tuple[T, ...], at: int, item: T) -> tuple[T, ...]:
    return (*items[:at], item, *items[at:])


def _at(items: tuple[T, ...], at: int, item: T) -> tuple[T, ...]:
    return (*items[:at], item, *items[at + 1 :])


def _exchanged(items: tuple[T, ...], one: int, other: int) -> tuple[T, ...]:
    return _at(_at(items, one, items[other]), other, items[one])


def _with_rows(arrangement: Arrangement, at: int, rows: tuple[Row, ...]) -> Arrangement:
    column = replace(arrangement.columns[at], rows=rows)
    return replace(arrangement, columns=_at(arrangement.columns, at, column))
