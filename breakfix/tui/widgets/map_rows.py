"""How the cells of the map are laid out in lines, and how a cursor moves over them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from breakfix.clusters.live_picture import Link, Picture, Place, Pod, Service, Workload
from breakfix.tui.evidence import Target
from breakfix.tui.widgets.map_cells import (
    Cell,
    claim_cell,
    ingress_cell,
    node_cell,
    pod_cell,
    policy_cell,
    service_cell,
    workload_cell,
    workload_target,
)
from breakfix.tui.words import Part

LEGEND = "▣ ready  ▢ running  ◌ waiting  ✗ failing  ✓ done"
GAP, MOST_COLUMNS = 3, 8
POD_INDENT = 2
ELSEWHERE = "default"
Spot = tuple[int, int]
"""(line, cell in it)."""


@dataclass(frozen=True)
class Row:
    """A line: cells with the columns at which they begin, or a note without any."""

    cells: tuple[Cell, ...] = ()
    starts: tuple[int, ...] = ()
    note: tuple[Part, ...] = ()


def map_rows(picture: Picture, width: int, unfolded: Collection[Target]) -> list[Row]:
    """The whole map in lines, or why there is none."""
    rows = [Row(note=(part,)) for part in link_notice(picture)]
    if not picture.places:
        return rows or [Row(note=(("nothing yet", "$muted"),))]
    heads = [p.namespace for p in picture.places] + ["nodes"] * bool(picture.nodes)
    indent = max(map(len, heads)) + 2
    for place in picture.places:
        rows += _headed(_place_rows(place, width - indent, unfolded), indent, _head(place))
    nodes = packed([node_cell(node) for node in picture.nodes], width - indent)
    rows += _headed(nodes, indent, None)
    return [*rows, Row(note=((LEGEND, "$faint"),))]


def link_notice(picture: Picture) -> tuple[Part, ...]:
    """What to say while the cluster does not answer, a line each."""
    if picture.link is Link.LIVE:
        return ()
    if picture.link is Link.CONNECTING:
        return (("connecting to the cluster…", "$muted"),)
    return (
        (f"The cluster does not answer. {picture.trouble}", "$error bold"),
        ("It is asked again all the time; `breakfix doctor` says what is up.", "$muted"),
    )


def _head(place: Place) -> Cell:
    target = Target("Namespace", "", place.namespace)
    return Cell(target, ((place.namespace, "$primary bold"),), place)


def _headed(rows: list[Row], indent: int, head: Cell | None) -> list[Row]:
    """Rows moved to the right of their head, which stands at the first."""
    moved = [_moved(row, indent) for row in rows]
    if moved and head:
        first = moved[0]
        moved[0] = Row((head, *first.cells), (0, *first.starts))
    elif moved:
        moved[0] = Row(moved[0].cells, moved[0].starts, (("nodes", "$primary bold"),))
    return moved


def _moved(row: Row, indent: int) -> Row:
    """Lines of pods are long: they begin at the left."""
    if row.cells and isinstance(row.cells[0].thing, Pod):
        return Row(row.cells, (POD_INDENT,))
    return Row(row.cells, tuple(start + indent for start in row.starts), row.note)


def _place_rows(place: Place, room: int, unfolded: Collection[Target]) -> list[Row]:
    at = {w.name: workload_target(place.namespace, w) for w in place.workloads}
    rows = list(_workload_rows(place, room, unfolded))
    rows += packed([service_cell(place, s, at) for s in place.services if _shown(place, s)], room)
    others = [ingress_cell(place, i) for i in place.ingresses]
    others += [claim_cell(place, c, at) for c in place.claims]
    others += [policy_cell(place, p, at) for p in place.policies]
    return rows + packed(others, room)


def _workload_rows(place: Place, room: int, unfolded: Collection[Target]) -> Iterator[Row]:
    """Folded ones side by side; each unfolded one in a line of its own over its pods."""
    folded: list[Cell] = []
    for workload in place.workloads:
        cell = workload_cell(place, workload)
        if cell.target not in unfolded or workload.kind == "Pod":
            folded.append(cell)
            continue
        yield from packed(folded, room)
        folded = []
        yield Row((workload_cell(place, workload, "▾ "),), (0,))
        yield from pod_rows(place, workload)
    yield from packed(folded, room)


def pod_rows(place: Place, workload: Workload) -> Iterator[Row]:
    """A line for each pod, their words in columns."""
    if not workload.pods:
        yield Row(note=(("    └ no pods", "$muted"),))
        return
    widths = (max(len(p.name) for p in workload.pods), max(len(p.status) for p in workload.pods))
    for pod in workload.pods:
        last = pod is workload.pods[-1]
        yield Row((pod_cell(place.namespace, pod, widths, last),), (0,))


def packed(cells: Sequence[Cell], room: int) -> list[Row]:
    """Cells side by side in columns, as many as fit; where not even two do, one after the
    other."""
    widths = [cell.width for cell in cells]
    for columns in range(min(MOST_COLUMNS, len(cells)), 1, -1):
        each = [max(widths[i::columns]) + GAP for i in range(columns)]
        if sum(each) - GAP <= room:
            starts = tuple(sum(each[:i]) for i in range(columns))
            parts = (tuple(cells[i : i + columns]) for i in range(0, len(cells), columns))
            return [Row(part, starts[: len(part)]) for part in parts]
    return list(_flowing(cells, room))


def _flowing(cells: Sequence[Cell], room: int) -> Iterator[Row]:
    """As many in each line as it has room for."""
    line: list[Cell] = []
    starts: list[int] = []
    at = 0
    for cell in cells:
        if line and at + cell.width > room:
            yield Row(tuple(line), tuple(starts))
            line, starts, at = [], [], 0
        line.append(cell)
        starts.append(at)
        at += cell.width + GAP
    if line:
        yield Row(tuple(line), tuple(starts))


def _shown(place: Place, service: Service) -> bool:
    """The API server's own Service says nothing about the round."""
    return (place.namespace, service.name) != (ELSEWHERE, "kubernetes")


# -- the cursor ---------------------------------------------------------------------------


def spots(rows: Sequence[Row]) -> dict[Target, Spot]:
    """Where each object stands."""
    return {c.target: (y, i) for y, row in enumerate(rows) for i, c in enumerate(row.cells)}


def pointing(rows: Sequence[Row]) -> dict[Target, list[int]]:
    """The lines in which something points to an object."""
    lines: dict[Target, list[int]] = {}
    for y, row in enumerate(rows):
        for cell in row.cells:
            for end in cell.points:
                lines.setdefault(end, []).append(y)
    return lines


def first_spot(rows: Sequence[Row]) -> Spot | None:
    """Where a cursor begins: at the first object that is not a namespace."""
    return next((s for s in _cells(rows) if _at(rows, s).target.kind != "Namespace"), None)


def nearest(rows: Sequence[Row], y: int, column: int, step: int) -> Spot | None:
    """The cell nearest a column in the first line with cells, from line y on by steps."""
    while 0 <= y < len(rows):
        if rows[y].cells:
            return y, _closest(rows[y], column)
        y += step
    return None


def _closest(row: Row, column: int) -> int:
    ends = [(s, s + c.width) for s, c in zip(row.starts, row.cells, strict=True)]
    gaps = [max(start - column, column - end + 1, 0) for start, end in ends]
    return gaps.index(min(gaps))


def under(rows: Sequence[Row], y: int, column: int) -> Spot | None:
    """The cell at a place of the screen, if there is one."""
    if not 0 <= y < len(rows) or not rows[y].cells:
        return None
    index = _closest(rows[y], column)
    start = rows[y].starts[index]
    return (y, index) if start <= column < start + rows[y].cells[index].width else None


def beside(rows: Sequence[Row], spot: Spot, step: int) -> Spot | None:
    """The next cell in the order of reading, or the one before."""
    every = list(_cells(rows))
    at = every.index(spot) + step
    return every[at] if 0 <= at < len(every) else None


def found(rows: Sequence[Row], words: str) -> list[Spot]:
    """The cells in which all the words stand, whatever their case."""
    wanted = words.lower().split()
    return [
        (y, i) for y, i in _cells(rows)
        if wanted and all(word in _at(rows, (y, i)).text.lower() for word in wanted)
    ]  # fmt: skip


def _cells(rows: Sequence[Row]) -> Iterable[Spot]:
    return ((y, i) for y, row in enumerate(rows) for i in range(len(row.cells)))


def _at(rows: Sequence[Row], spot: Spot) -> Cell:
    return rows[spot[0]].cells[spot[1]]
