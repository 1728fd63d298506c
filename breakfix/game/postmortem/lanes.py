"""The timeline as lanes of marks to scale, for a terminal and for a picture alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from breakfix.game.model import Moment


@dataclass(frozen=True)
class Lane:
    """A row of the timeline: its name, and the moments in it."""

    name: str
    moments: tuple[Moment, ...]


@dataclass(frozen=True)
class Cell:
    """What stands in one cell of a lane: the mark, and the moments that fall there."""

    mark: str
    moments: tuple[Moment, ...]


KINDS = {
    "look": "looks", "hint": "hints", "diagnosis": "diagnosis", "change": "changes",
    "verify": "verify",
}  # fmt: skip
REST = "round"
"""The lane of the clock itself: symptom, pauses, the end."""
ORDER = (REST, *KINDS.values())
MARKS = {
    "started": "●", "paused": "‖", "resumed": "▸", "solved": "■", "given up": "■",
    "timed out": "■", "look": "•", "hint": "h", "change": "▲",
}  # fmt: skip
GOOD_MARKS = {"diagnosis": ("◆", "◇"), "verify": ("✓", "✗")}
LEGEND = {
    "●": "symptom", "•": "look", "h": "hint", "◆": "diagnosis", "◇": "diagnosis, not right",
    "▲": "change", "✓": "verify", "✗": "verify, not yet", "‖": "pause", "▸": "goes on",
    "■": "end",
}  # fmt: skip
SEVERAL = "2-9"
MANY = "+"
MOST_COUNTED = 9
STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
TICK_ROOM = 10  # cells for a time and the air around it


def mark_of(moment: Moment) -> str:
    """The shape of a moment; every kind has its own, so that none needs a colour."""
    if moment.kind in GOOD_MARKS:
        return GOOD_MARKS[moment.kind][0 if moment.good is not False else 1]
    return MARKS.get(moment.kind, "•")


def lanes(moments: Sequence[Moment]) -> tuple[Lane, ...]:
    """The lanes that have something in them, in a fixed order."""
    found: dict[str, list[Moment]] = {name: [] for name in ORDER}
    for moment in moments:
        found[KINDS.get(moment.kind, REST)].append(moment)
    return tuple(Lane(name, tuple(its)) for name, its in found.items() if its)


def span(moments: Sequence[Moment]) -> float:
    """Seconds that the timeline covers, at least one."""
    return max((m.at for m in moments), default=0.0) or 1.0


def column(at: float, total: float, width: int) -> int:
    """The cell of a second."""
    return min(width - 1, max(0, round(at / total * (width - 1))))


def cells(lane: Lane, total: float, width: int) -> dict[int, Cell]:
    """What stands where. Moments that fall on the same cell become one mark: their own
    where they are alike, else their number."""
    at: dict[int, list[Moment]] = {}
    for moment in lane.moments:
        at.setdefault(column(moment.at, total, width), []).append(moment)
    return {x: Cell(_mark(its), tuple(its)) for x, its in at.items()}


def _mark(moments: list[Moment]) -> str:
    if len(moments) == 1:
        return mark_of(moments[0])
    return str(len(moments)) if len(moments) <= MOST_COUNTED else MANY


def legend(moments: Sequence[Moment]) -> tuple[tuple[str, str], ...]:
    """The marks that are used, each with its word."""
    used = {mark_of(m) for m in moments}
    return tuple((mark, word) for mark, word in LEGEND.items() if mark in used)


def ticks(total: float, room: int) -> tuple[float, ...]:
    """The seconds that get a label: round figures, at most `room` of them."""
    step = next((s for s in STEPS if total / s <= max(1, room)), STEPS[-1])
    return tuple(float(at) for at in range(0, int(total) + 1, step))
