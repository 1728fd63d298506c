"""The event ticker: the newest last, followed until somebody scrolls up."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from breakfix.clusters.live_picture import Happening, Picture
from breakfix.tui.words import TIMES

SHOWN = 200
ALL = ""


def event_line(event: Happening, namespace: bool) -> Content:
    """`14:02:11 ! BackOff pod/db-0  Back-off restarting failed container`, and how often."""
    at = event.at.strftime("%H:%M:%S") if event.at else "        "
    warning = event.type == "Warning"
    mark = ("! ", "$warning bold") if warning else "  "
    where = (f"{event.namespace} ", "$faint") if namespace else ""
    reason = (f"{event.reason} ", "$warning" if warning else "$primary")
    times = (f" {TIMES}{event.count}", "$muted") if event.count > 1 else ""
    return Content.assemble(
        (f"{at} ", "$faint"), mark, where, reason, (f"{event.object}  ", "bold"),
        (event.message, "$muted"), times,
    )  # fmt: skip


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
        yield Static("no events yet", id="events-text")

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
        several = len({e.namespace for e in shown}) > 1
        lines = [event_line(event, several) for event in shown]
        self.query_one("#events-text", Static).update(Content("\n").join(lines))
        self.border_subtitle = f"only {self._only}" if self._only else ""
        if follows:
            self.scroll_end(animate=False)
