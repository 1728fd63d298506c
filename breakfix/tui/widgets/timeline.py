"""The timeline of a round: lanes of marks to scale with a legend, and the moments in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from breakfix.game.postmortem import lanes
from breakfix.scenario.quantities import clock_text
from breakfix.tui.words import hanging, stacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from breakfix.game.model import Moment
    from breakfix.game.postmortem.lanes import Lane

STYLES = {
    "●": "$accent bold", "h": "$warning bold", "◆": "$primary bold", "◇": "$error bold",
    "▲": "$accent bold", "✓": "$success bold", "✗": "$error bold", "‖": "$muted", "▸": "$muted",
}  # fmt: skip
NAMES = 11
NARROWEST = 12
ROOMY = 45
BETWEEN = "  "
PAR = "┊"


def picture(moments: Sequence[Moment], par: float, width: int) -> Content:
    """A lane for each kind of moment, to scale, the times below, then what the marks mean."""
    if not moments:
        return Content("")
    room = max(NARROWEST, width - NAMES)
    total = lanes.span(moments)
    found = lanes.lanes(moments)
    rows = [_lane(lane, total, par, room) for lane in found]
    marks = [*lanes.legend(moments)]
    if any(len(c.moments) > 1 for lane in found for c in lanes.cells(lane, total, room).values()):
        marks.append((lanes.SEVERAL, "so many at once"))
    if par <= total:
        marks.append((PAR, "par"))
    return stacked([*rows, _scale(total, room), *_legend(marks, width)])


def _lane(lane: Lane, total: float, par: float, room: int) -> Content:
    found = lanes.cells(lane, total, room)
    at_par = lanes.column(par, total, room) if par <= total else None
    cells = [
        (found[x].mark, STYLES.get(found[x].mark, "$foreground bold"))
        if x in found
        else (PAR, "$accent")
        if x == at_par
        else ("─", "$faint")
        for x in range(room)
    ]
    return Content.assemble((lane.name.ljust(NAMES), "$muted"), *cells)


def _scale(total: float, room: int) -> Content:
    """The times, each centred under its second; one that would touch another is left out."""
    line = " " * room
    for at in lanes.ticks(total, room // lanes.TICK_ROOM):
        text = clock_text(at)
        middle = lanes.column(at, total, room) - len(text) // 2
        left = min(max(0, middle), room - len(text))
        if not line[max(0, left - 1) : left + len(text) + 1].strip():
            line = line[:left] + text + line[left + len(text) :]
    return Content.assemble((" " * NAMES + line.rstrip(), "$muted"))


def _legend(marks: Sequence[tuple[str, str]], width: int) -> list[Content]:
    """`● symptom  • look  2-9 so many at once  ┊ par`, in as many lines as it takes."""
    indent = Content(" " * (NAMES if width >= ROOMY else 0))
    lines: list[Content] = []
    for mark, word in marks:
        entry = Content.assemble((mark, STYLES.get(mark, "$foreground")), (f" {word}", "$muted"))
        if lines and lines[-1].cell_length + len(BETWEEN) + entry.cell_length <= width:
            lines[-1] = Content.assemble(lines[-1], BETWEEN, entry)
        else:
            lines.append(Content.assemble(indent, entry))
    return lines


def listed(moments: Sequence[Moment], width: int) -> Content:
    """Every moment in words, with its time."""
    return stacked(_line(moment, width) for moment in moments)


def _line(moment: Moment, width: int) -> Content:
    at = clock_text(moment.at)
    sign = lanes.mark_of(moment)
    mark = (f"{sign}  ", STYLES.get(sign, "$muted"))
    return Content.assemble((f"{at}  ", "$muted"), hanging(mark, moment.text, width - len(at) - 2))
