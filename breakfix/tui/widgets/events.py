"""The event ticker: the newest last, followed until somebody goes up; filters; and from an
event to its object."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.markup import escape
from textual.message import Message

from breakfix.clusters.live_picture import Happening, Picture
from breakfix.tui.evidence import Target
from breakfix.tui.widgets.event_lines import (
    ALL,
    EventFilter,
    EventRow,
    event_lines,
    event_rows,
    namespaces,
)
from breakfix.tui.widgets.find import FindField
from breakfix.tui.widgets.lines import LineView, movements

PAGE = 10  # events
CURSOR = "$block-cursor-foreground on $block-cursor-background"
FILTERS = (
    ("f", "namespace", "filter"),
    ("t", "warnings", "warnings"),
    ("/", "words", "find"),
    ("a", "earlier", "earlier"),
)
FOLLOWING = (*FILTERS, ("↑", "choose", "choose"))
CHOSEN = (("⏎", "describe", "open"), ("end", "follow", "follow"))
KINDS = {
    kind.lower(): kind
    for kind in (
        "Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "Node",
        "Service", "PersistentVolumeClaim", "PersistentVolume", "Namespace", "Ingress",
    )
}  # fmt: skip


def target_of(event: Happening) -> Target:
    """The object that an event is about."""
    kind, _, name = event.object.partition("/")
    pods = (name,) if kind == "pod" else ()
    return Target(KINDS.get(kind, kind), event.namespace, name, pods)


class EventsView(LineView[EventRow]):
    """The lines. While no event is chosen the newest is in sight."""

    EMPTY = "no events yet"
    HELP_TITLE = "Events"
    ALLOW_SELECT = False
    BINDINGS = [*movements("events", last="newest")]

    class Open(Message):
        """The object of the chosen event is to be described."""

    class Moved(Message):
        """Another event is chosen, or none."""

    def __init__(self) -> None:
        super().__init__(id="events-view")
        self._events: tuple[Happening, ...] = ()
        self._filter = EventFilter()
        self._order: list[Happening] = []
        self._laid_out: tuple[object, ...] = ()
        self.chosen: Happening | None = None

    # -- what is shown ----------------------------------------------------------------

    def show(self, happenings: tuple[Happening, ...], shown: EventFilter) -> None:
        """Show these events from now on."""
        if (happenings, shown) != (self._events, self._filter):
            self._events, self._filter = happenings, shown
            self._lay_out()

    def on_resize(self) -> None:
        """Another width, or seen again."""
        self._lay_out()

    def _lay_out(self) -> None:
        laid_out = (self._events, self._filter, self.room)
        if not self.size.width or laid_out == self._laid_out:
            return
        self._laid_out = laid_out
        follows = self.chosen is None and self.following
        rows = event_rows(self._events, self._filter, self.room)
        self._order = [row.event for row in rows if row.line == 0]
        if self.chosen is not None:
            key = self.chosen.key
            self._choose(next((e for e in self._order if e.key == key), None))
        self.show_rows(rows)
        if follows:
            self.to_end()

    def draw(self, row: EventRow, _: int) -> Content:
        """A line of an event."""
        content = event_lines(row.event, row.several, row.width)[row.line]
        if self.chosen is not None and row.event.key == self.chosen.key:
            wide = content.pad_right(max(0, self.room - content.cell_length))
            return wide.stylize(CURSOR if self.has_focus else "underline")
        return content

    # -- the cursor -------------------------------------------------------------------

    def _choose(self, event: Happening | None) -> None:
        if event != self.chosen:
            self.chosen = event
            self.redraw()
            self.post_message(self.Moved())

    def action_move(self, step: int) -> None:
        """An event up or down; below the newest they are followed again."""
        if not self._order:
            return
        at = self._place() + step
        if at >= len(self._order):
            self.action_last()
            return
        self._choose(self._order[max(0, at)])
        self._in_sight()

    def action_page(self, step: int) -> None:
        """Ten events up or down."""
        self.action_move(step * PAGE)

    def _place(self) -> int:
        key = self.chosen.key if self.chosen else None
        return next((n for n, e in enumerate(self._order) if e.key == key), len(self._order))

    def _in_sight(self) -> None:
        lines = [y for y, row in enumerate(self.rows) if row.event == self.chosen]
        for y in (lines[-1], lines[0]) if lines else ():
            self.bring_up(y)

    def action_first(self) -> None:
        """The oldest."""
        if self._order:
            self._choose(self._order[0])
            self._in_sight()

    def action_last(self) -> None:
        """No event is chosen, the newest is followed."""
        self._choose(None)
        self.to_end()

    def on_click(self, event: events.Click) -> None:
        """Choose an event; a second click describes its object."""
        y = event.y + self.scroll_offset.y
        if 0 <= y < len(self.rows):
            again = self.rows[y].event == self.chosen and event.chain > 1
            self._choose(self.rows[y].event)
            if again:
                self.post_message(self.Open())


class EventsPane(Vertical):
    """Events of all namespaces, or what the filters leave of them."""

    HELP_TITLE = "Events"
    BINDINGS = [
        Binding("f", "filter", "next namespace", id="events.filter",
                tooltip="Show events of the next namespace only"),
        Binding("t", "warnings", "warnings", id="events.warnings",
                tooltip="Show warnings only, or all types"),
        Binding("a", "earlier", "earlier too", id="events.earlier",
                tooltip="Show events from before the round too, or hide them"),
        Binding("slash", "find", "filter", id="events.find",
                tooltip="Show only what has the words you type"),
        Binding("enter", "open", "describe", id="events.open",
                tooltip="Describe the object of the event under the cursor"),
    ]  # fmt: skip

    def __init__(self, *, id: str = "events") -> None:
        super().__init__(id=id, classes="pane tab")
        self._events: tuple[Happening, ...] = ()
        self._filter = EventFilter()
        self._told = ""
        self._began: datetime | None = None

    def compose(self) -> ComposeResult:
        yield EventsView()

    def on_mount(self) -> None:
        """Nothing is filtered."""
        self._fill()

    def focus(self, scroll_visible: bool = True) -> EventsPane:
        """The lines get the keys."""
        self.query_one(EventsView).focus(scroll_visible)
        return self

    def show(self, picture: Picture) -> None:
        """Show this picture's events from now on."""
        if picture.events != self._events:
            self._events = picture.events
            self._fill()

    def since(self, began: datetime) -> None:
        """When the round was created: what was before is hidden at first."""
        if began != self._began:
            self._began = began
            self._filter = replace(self._filter, since=began)
            if self.query(EventsView):  # else it is not composed yet
                self._fill()

    @property
    def target(self) -> Target | None:
        """The object of the chosen event."""
        chosen = self.query_one(EventsView).chosen
        return target_of(chosen) if chosen else None

    def _fill(self) -> None:
        self.query_one(EventsView).show(self._events, self._filter)
        self._subtitle()

    @on(EventsView.Moved)
    def _subtitle(self) -> None:
        follows = self.query_one(EventsView).chosen is None
        keys = FOLLOWING if follows else CHOSEN
        shown = (f"[@click={action}][$footer-key-foreground]{key}[/] {label}[/]"
                 for key, label, action in keys)  # fmt: skip
        only = f"[$warning]{escape(self._filter.text)}[/]" if self._filter.text else ""
        subtitle = "  ".join([*filter(None, [only]), *shown])
        if subtitle != self._told:
            self._told = self.border_subtitle = subtitle

    # -- filters ----------------------------------------------------------------------

    def _change(self, shown: EventFilter) -> None:
        self._filter = shown
        self._fill()

    def action_filter(self) -> None:
        """All namespaces, then each of them, then all again."""
        names = namespaces(self._events)
        only = self._filter.namespace
        at = names.index(only) if only in names else names.index(ALL)
        self._change(replace(self._filter, namespace=names[(at + 1) % len(names)]))

    def action_warnings(self) -> None:
        """Warnings only, or all."""
        self._change(replace(self._filter, warnings=not self._filter.warnings))

    def action_earlier(self) -> None:
        """What was before the round too, or hidden again."""
        hidden = self._filter.since is not None
        self._change(replace(self._filter, since=None if hidden else self._began))

    async def action_find(self) -> None:
        """Type what the events must have."""
        await FindField.open_in(self, "words that the events have; enter keeps, esc shows all")

    @on(FindField.Typed)
    def _typed(self, message: FindField.Typed) -> None:
        message.stop()
        self._change(replace(self._filter, words=message.words))

    @on(FindField.Shut)
    def _shut(self, message: FindField.Shut) -> None:
        message.stop()
        if not message.kept:
            self._change(replace(self._filter, words=""))
        self.focus()

    def action_choose(self) -> None:
        """The newest event is chosen."""
        self.focus()
        self.query_one(EventsView).action_move(-1)

    def action_follow(self) -> None:
        """The newest is followed again."""
        self.query_one(EventsView).action_last()

    @on(EventsView.Open)
    async def action_open(self) -> None:
        """Describe the object of the chosen event."""
        if self.target is not None:
            await self.screen.run_action("look('describe')")
