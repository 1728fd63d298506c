"""The event ticker: the newest last, followed until somebody scrolls up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content

from breakfix.clusters.live_picture import Happening, Picture
from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.words import TIMES, hanging, stacked

SHOWN = 200
INDENT = " " * 11  # under the first word after the time and the mark
ALL = ""


def event_line(event: Happening, namespace: bool, width: int) -> Content:
    """`14:02:11 ! BackOff pod/db-0  Back-off restarting failed container`, and how often;
    a message that is too long goes under it."""
    at = event.at.strftime("%H:%M:%S") if event.at else "        "
    warning = event.type == "Warning"
    head = Content.assemble(
        (f"{at} ", "$faint"),
        ("! ", "$warning bold") if warning else "  ",
        (f"{event.namespace} ", "$faint") if namespace else "",
        (f"{event.reason} ", "$warning" if warning else "$primary"),
        (event.object, "bold"),
        (f" {TIMES}{event.count}", "$muted") if event.count > 1 else "",
    )
    if head.cell_length + len(event.message) + 2 <= width:
        return Content.assemble(head, (f"  {event.message}", "$muted"))
    return stacked([head, hanging(INDENT, (event.message, "$muted"), width)])


def ticker(events: Sequence[Happening], width: int) -> Content:
    """Events below each other, the namespace named where there are several."""
    if not events:
        return Content.assemble(("no events yet", "$muted"))
    several = len({event.namespace for event in events}) > 1
    return stacked(event_line(event, several, width) for event in events)


class EventsPane(VerticalScroll, can_focus=True):
    """Events of all namespaces, or (key f) of one after the other."""

    BINDINGS = [
        Binding(
            "f", "filter", "next namespace", id="events.filter",
            tooltip="Show events of the next namespace only",
        )
    ]  # fmt: skip

    def __init__(self, *, id: str = "events") -> None:
        super().__init__(id=id, classes="pane tab")
        self._events: tuple[Happening, ...] = ()
        self._only = ALL

    def compose(self) -> ComposeResult:
        yield Fitted(partial(ticker, ()), id="events-text")

    def show(self, picture: Picture) -> None:
        """Show this picture's events from now on."""
        if picture.events != self._events:
            self._events = picture.events
            self._fill()

    def action_filter(self) -> None:
        """All namespaces, then each of them, then all again."""
        names = [ALL, *sorted({e.namespace for e in self._events})]
        at = names.index(self._only) if self._only in names else 0
        self._only = names[(at + 1) % len(names)]
        self._fill()

    def _fill(self) -> None:
        follows = self.is_vertical_scroll_end
        shown = [e for e in self._events if self._only in (ALL, e.namespace)][-SHOWN:]
        self.query_one(Fitted).fit(partial(ticker, shown))
        self.border_subtitle = f"only {self._only}" if self._only else ""
        if follows:
            self.scroll_end(animate=False)
