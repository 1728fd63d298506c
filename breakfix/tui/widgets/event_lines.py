"""Events as lines of the ticker, and which of them are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from textual.content import Content

from breakfix.clusters.live_picture import Happening
from breakfix.tui.words import TIMES, hanging, stacked

INDENT = " " * 11  # under the first word after the time and the mark
ALL = ""
WARNING = "Warning"
REMEMBERED = 2000
SHOWN = 200  # the newest of those that a filter leaves


@dataclass(frozen=True)
class EventRow:
    """One line of an event: which event, and which of its lines."""

    event: Happening
    line: int
    width: int
    several: bool


@dataclass(frozen=True)
class EventFilter:
    """Which events are shown: of one namespace or all, warnings only, with these words,
    since a time (to the second, as events have it)."""

    namespace: str = ALL
    warnings: bool = False
    words: str = ""
    since: datetime | None = None

    def takes(self, event: Happening) -> bool:
        """Whether an event is shown."""
        if self.namespace not in (ALL, event.namespace):
            return False
        if self.warnings and event.type != WARNING:
            return False
        if self.since is not None and event.at and event.at < self.since.replace(microsecond=0):
            return False
        text = f"{event.namespace} {event.reason} {event.object} {event.message}".lower()
        return all(word in text for word in self.words.lower().split())

    @property
    def text(self) -> str:
        """What is left out, in words; nothing where all is shown."""
        parts = (
            f"only {self.namespace}" if self.namespace else "",
            "only warnings" if self.warnings else "",
            f"only with “{self.words}”" if self.words.strip() else "",
        )
        return " · ".join(part for part in parts if part)


def event_rows(events: Sequence[Happening], shown: EventFilter, width: int) -> list[EventRow]:
    """A row for each line of each event that is shown."""
    taken = [event for event in events if shown.takes(event)][-SHOWN:]
    several = len({event.namespace for event in taken}) > 1
    return [
        EventRow(event, line, width, several)
        for event in taken
        for line in range(len(event_lines(event, several, width)))
    ]


@lru_cache(maxsize=REMEMBERED)
def event_lines(event: Happening, several: bool, width: int) -> tuple[Content, ...]:
    """`14:02:11 ! BackOff pod/db-0  Back-off restarting failed container`, and how often;
    a message that is too long goes under it. The namespace where there are several."""
    head = _head(event, several)
    if head.cell_length + len(event.message) + 2 <= width:
        return (Content.assemble(head, (f"  {event.message}", "$muted")),)
    rest = hanging(INDENT, (event.message, "$muted"), width)
    return tuple(stacked([head, rest]).split("\n", allow_blank=True))


def _head(event: Happening, several: bool) -> Content:
    at = event.at.strftime("%H:%M:%S") if event.at else "        "
    warning = event.type == WARNING
    return Content.assemble(
        (f"{at} ", "$faint"),
        ("! ", "$warning bold") if warning else "  ",
        (f"{event.namespace} ", "$faint") if several else "",
        (f"{event.reason} ", "$warning" if warning else "$primary"),
        (event.object, "bold"),
        (f" {TIMES}{event.count}", "$muted") if event.count > 1 else "",
    )


def namespaces(events: Iterable[Happening]) -> list[str]:
    """All of them at first, then each."""
    return [ALL, *sorted({event.namespace for event in events})]
