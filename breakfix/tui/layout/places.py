"""Where each pane of an arrangement stands on a board of a given size. All in cells, from
the board's top left corner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from breakfix.tui.layout.arrangement import REST, Arrangement, Column, Row

LEAST_WIDTH, LEAST_HEIGHT = 14, 4
Lines = Mapping[str, int]
"""How many rows the panes want that are as high as what they say."""


@dataclass(frozen=True)
class Place:
    """A rectangle of cells."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column beyond it."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row beyond it."""
        return self.y + self.height


def spans(wanted: Sequence[int], total: int, least: int) -> list[int]:
    """`total` cells given out: to each what it wants, the rest to those that want 0 (to the
    largest, where there is none). Where that leaves too little for these, each gets `least`
    and a share of the others by what it wants; where there is not even that, only a share.
    The spans add up to `total`.
    """
    wants = list(wanted)
    if not wants:
        return []
    if REST not in wants:
        wants[wants.index(max(wants))] = REST
    open_ended = [at for at, want in enumerate(wants) if want == REST]
    rest = total - sum(wants)
    if rest < least * len(open_ended):
        return _squeezed([max(want, least) for want in wants], total, least)
    for at, size in zip(open_ended, _shared([1] * len(open_ended), rest), strict=True):
        wants[at] = size
    return wants


def _squeezed(wants: Sequence[int], total: int, least: int) -> list[int]:
    """The spans where not everybody can have what it wants."""
    beyond = [want - least for want in wants]
    over = total - least * len(wants)
    if over < 0 or not any(beyond):
        return _shared(wants, total)
    return [least + share for share in _shared(beyond, over)]


def _shared(weights: Sequence[int], total: int) -> list[int]:
    """`total` cells in proportion, each cut at the running sum so that nothing is lost."""
    whole = sum(weights)
    cuts = [total * sum(weights[:at]) // whole for at in range(len(weights) + 1)]
    return [after - before for before, after in pairwise(cuts)]


def row_spans(column: Column, height: int, lines: Lines) -> list[int]:
    """The heights of a column's rows: lines first, the others share what is left."""
    asked = [_line_height(row, lines) for row in column.rows]
    if 0 not in asked:
        return spans(asked, height, 1)
    room = max(0, height - sum(asked))
    wanted = [row.size for row, line in zip(column.rows, asked, strict=True) if not line]
    others = iter(spans(wanted, room, LEAST_HEIGHT))
    found = [line or next(others) for line in asked]
    return found if sum(found) == height else _shared(found, height)


def _line_height(row: Row, lines: Lines) -> int:
    """What a row of lines wants; 0 for other rows."""
    if not row.is_line:
        return 0
    return max(1, *(lines.get(pane, 1) for stack in row.stacks for pane in stack.panes))


def places(arrangement: Arrangement, width: int, height: int, lines: Lines) -> dict[str, Place]:
    """Every pane that is up, with its place. They tile the board."""
    found: dict[str, Place] = {}
    x = 0
    columns = arrangement.columns
    widths = spans([c.size for c in columns], width, LEAST_WIDTH)
    for column, wide in zip(columns, widths, strict=True):
        y = 0
        for row, high in zip(column.rows, row_spans(column, height, lines), strict=True):
            found.update(_row_places(row, Place(x, y, wide, high)))
            y += high
        x += wide
    return found


def _row_places(row: Row, place: Place) -> Iterator[tuple[str, Place]]:
    x = place.x
    widths = spans([stack.size for stack in row.stacks], place.width, LEAST_WIDTH)
    for stack, wide in zip(row.stacks, widths, strict=True):
        yield stack.up, Place(x, place.y, wide, place.height)
        x += wide
