"""The timeline of a round as one picture line with the moments under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from breakfix.scenario.quantities import clock_text
from breakfix.tui.words import hanging, stacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from breakfix.game.model import Moment

MARKS = {"hint": "h", "diagnosis": "◆", "verify": "○", "change": "▲", "evidence": "·"}
STYLES = {"hint": "$warning", "diagnosis": "$primary", "change": "$accent"}
END = "●"


def picture(moments: Sequence[Moment], width: int) -> Content:
    """`●──·──·──h────◆────▲──●` to scale, and the times of both ends below."""
    if not moments:
        return Content("")
    width = max(10, width)
    total = max((m.at for m in moments), default=0.0) or 1.0
    cells = {round(m.at / total * (width - 1)): m for m in moments}
    line = [_cell(cells.get(x), x in (0, width - 1)) for x in range(width)]
    end = clock_text(total)
    scale = f"{clock_text(0)}{end.rjust(width - len(clock_text(0)))}"
    return Content.assemble(*line, "\n", (scale, "$muted"))


def _cell(moment: Moment | None, is_end: bool) -> tuple[str, str]:
    if is_end:
        return END, "$accent"
    if moment is None:
        return "─", "$faint"
    return MARKS.get(moment.kind, "·"), STYLES.get(moment.kind, "$foreground")


def listed(moments: Sequence[Moment], width: int) -> Content:
    """Every moment in words, with its time."""
    return stacked(_line(moment, width) for moment in moments)


def _line(moment: Moment, width: int) -> Content:
    at = clock_text(moment.at)
    mark = (f"{MARKS.get(moment.kind, '·')}  ", STYLES.get(moment.kind, "$muted"))
    return Content.assemble((f"{at}  ", "$muted"), hanging(mark, moment.text, width - len(at) - 2))
