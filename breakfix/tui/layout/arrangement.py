"""How the panes of a round stand on the screen, as data.

An arrangement is columns from left to right, each made of rows from top to bottom, each
made of stacks from left to right. A stack holds one pane, or several of which one is up and
the others are tabs behind it. Sizes are in cells; 0 takes what the others leave. Every pane
is in one stack, or closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

PANES = {
    "shell": "Shell",
    "map": "Map",
    "events": "Events",
    "checks": "Checks",
    "notes": "Notes",
    "page": "Page",
    "customers": "Customers",
}
"""Every pane with its title."""
LINES = frozenset({"customers"})
"""Panes that are as high as what they say; a row of nothing else cannot be resized."""
REST = 0


@dataclass(frozen=True)
class Stack:
    """Panes in one place; `up` is the one that is seen, `size` the width within the row."""

    panes: tuple[str, ...]
    up: str
    size: int = REST


@dataclass(frozen=True)
class Row:
    """Stacks beside each other; `size` is the height within the column."""

    stacks: tuple[Stack, ...]
    size: int = REST

    @property
    def is_line(self) -> bool:
        """Nothing but panes that are as high as what they say."""
        return all(LINES.issuperset(stack.panes) for stack in self.stacks)


@dataclass(frozen=True)
class Column:
    """Rows below each other; `size` is the width."""

    rows: tuple[Row, ...]
    size: int = REST


@dataclass(frozen=True)
class Arrangement:
    """All columns, and what is closed, the last closed at the end."""

    columns: tuple[Column, ...]
    closed: tuple[str, ...] = ()

    @property
    def stacks(self) -> Iterator[Stack]:
        """Every stack: column by column, each from the top."""
        return (s for column in self.columns for row in column.rows for s in row.stacks)

    @property
    def open(self) -> tuple[str, ...]:
        """Every pane that is not closed."""
        return tuple(pane for stack in self.stacks for pane in stack.panes)

    @property
    def seen(self) -> tuple[str, ...]:
        """The panes that are up."""
        return tuple(stack.up for stack in self.stacks)

    def stack_of(self, pane: str) -> Stack | None:
        """The stack a pane is in; None where it is closed."""
        return next((stack for stack in self.stacks if pane in stack.panes), None)


@dataclass(frozen=True)
class Spot:
    """Where a stack stands: which column, which row of it, which stack of that."""

    column: int
    row: int
    stack: int


def spot_of(arrangement: Arrangement, pane: str) -> Spot:
    """Where an open pane stands. Raises KeyError for a closed one."""
    for c, column in enumerate(arrangement.columns):
        for r, row in enumerate(column.rows):
            for s, stack in enumerate(row.stacks):
                if pane in stack.panes:
                    return Spot(c, r, s)
    raise KeyError(pane)


def single(*panes: str, up: str = "", size: int = REST) -> Stack:
    """A stack with its first pane up, or another."""
    return Stack(panes, up or panes[0], size)


def raised(arrangement: Arrangement, pane: str) -> Arrangement:
    """The pane up in its stack."""

    def up(stack: Stack) -> Stack:
        return replace(stack, up=pane) if pane in stack.panes else stack

    return mapped(arrangement, up)


def without(arrangement: Arrangement, panes: Iterable[str]) -> Arrangement:
    """Some panes taken out, and what is empty then; `closed` stays as it is."""
    gone = frozenset(panes)

    def left(stack: Stack) -> Stack:
        kept = tuple(pane for pane in stack.panes if pane not in gone)
        if stack.up in kept or not kept:
            return replace(stack, panes=kept)
        at = min(stack.panes.index(stack.up), len(kept) - 1)
        return replace(stack, panes=kept, up=kept[at])

    return pruned(mapped(arrangement, left))


def mapped(arrangement: Arrangement, change: Callable[[Stack], Stack]) -> Arrangement:
    """Every stack put through `change`."""

    def row_of(row: Row) -> Row:
        return replace(row, stacks=tuple(map(change, row.stacks)))

    def column_of(column: Column) -> Column:
        return replace(column, rows=tuple(map(row_of, column.rows)))

    return replace(arrangement, columns=tuple(map(column_of, arrangement.columns)))


def pruned(arrangement: Arrangement) -> Arrangement:
    """Without empty stacks, rows and columns."""

    def row_of(row: Row) -> Row:
        return replace(row, stacks=tuple(s for s in row.stacks if s.panes))

    def column_of(column: Column) -> Column:
        return replace(column, rows=tuple(r for r in map(row_of, column.rows) if r.stacks))

    columns = tuple(c for c in map(column_of, arrangement.columns) if c.rows)
    return replace(arrangement, columns=columns)
