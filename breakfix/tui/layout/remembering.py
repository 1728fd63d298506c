"""Arrangements as they are kept in the preferences: one for each kind of screen, and only
where it is not the default. What cannot be read, or knows other panes, counts as none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from breakfix.tui.layout.arrangement import PANES, Arrangement, Column, Row, Stack
from breakfix.tui.layout.defaults import DEFAULTS, Kind

MOST = 1000  # cells, far beyond any screen
Kept = Mapping[str, Any]


def recalled(kept: Kept, kind: Kind) -> Arrangement:
    """The arrangement kept for this kind, or the default."""
    try:
        found = _arrangement(kept[kind.value])
    except (KeyError, TypeError, ValueError, AttributeError):
        return DEFAULTS[kind]
    return found if is_whole(found) else DEFAULTS[kind]


def with_kept(kept: Kept, kind: Kind, arrangement: Arrangement) -> dict[str, Any]:
    """What to keep from now on."""
    others = {name: value for name, value in kept.items() if name != kind.value}
    if arrangement == DEFAULTS[kind]:
        return others
    return {**others, kind.value: asdict(arrangement)}


def is_whole(arrangement: Arrangement) -> bool:
    """Every pane once, nothing empty, one pane of each stack up, sizes that can be."""
    names = (*arrangement.open, *arrangement.closed)
    rows = [row for column in arrangement.columns for row in column.rows]
    sizes: list[object] = [column.size for column in arrangement.columns]
    sizes += [row.size for row in rows]
    sizes += [stack.size for stack in arrangement.stacks]
    return (
        sorted(names) == sorted(PANES)
        and all(column.rows for column in arrangement.columns)
        and all(row.stacks for row in rows)
        and bool(arrangement.columns)
        and all(stack.up in stack.panes for stack in arrangement.stacks)
        and all(type(size) is int and 0 <= size <= MOST for size in sizes)
    )


def _arrangement(data: Any) -> Arrangement:
    columns = tuple(Column(tuple(map(_row, c["rows"])), c["size"]) for c in data["columns"])
    return Arrangement(columns, _names(data["closed"]))


def _row(data: Any) -> Row:
    stacks = (Stack(_names(s["panes"]), s["up"], s["size"]) for s in data["stacks"])
    return Row(tuple(stacks), data["size"])


def _names(data: Any) -> tuple[str, ...]:
    if not isinstance(data, list | tuple) or not all(isinstance(name, str) for name in data):
        raise TypeError("a list of names")
    return tuple(data)
