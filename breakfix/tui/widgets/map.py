"""The map in its pane: over one line that says all of the object under the cursor."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from breakfix.clusters.live_picture import Picture
from breakfix.tui.evidence import Target
from breakfix.tui.widgets.find import FindField
from breakfix.tui.widgets.map_detail import detail
from breakfix.tui.widgets.map_view import MapView, Now, utc_now
from breakfix.tui.words import clipped

KEYS = (
    ("i", "describe", "look('describe')"), ("l", "logs", "look('logs')"),
    ("E", "events", "look('events')"), ("y", "yaml", "look('yaml')"),
    ("b", "debug", "look('debug')"), ("⏎", "menu", "evidence_menu"),
)  # fmt: skip


class MapPane(Vertical):
    """Shows a picture and knows which object the cursor is on."""

    HELP_TITLE = "Map"
    BINDINGS = [
        Binding("space", "unfold", "pods", id="map.unfold",
                tooltip="Show the pods of the workload under the cursor, or hide them"),
        Binding("enter", "menu", "menu", id="map.menu",
                tooltip="What can be done with the object under the cursor"),
        Binding("slash", "find", "find", id="map.find", tooltip="Find by name or state"),
    ]  # fmt: skip

    def __init__(self, now: Now = utc_now, *, id: str = "map") -> None:
        super().__init__(id=id, classes="pane tab")
        self._now, self._found_words = now, ""

    def compose(self) -> ComposeResult:
        yield MapView(self._now)
        yield Static(id="map-detail")

    def on_mount(self) -> None:
        """The keys of an object, in the frame."""
        keys = (f"[@click=screen.{action}][$footer-key-foreground]{key}[/] {label}[/]"
                for key, label, action in KEYS)  # fmt: skip
        self.border_subtitle = "  ".join(keys)

    def show(self, picture: Picture) -> None:
        """Show this picture from now on."""
        self.query_one(MapView).show(picture)

    def focus(self, scroll_visible: bool = True) -> MapPane:
        """The map itself gets the keys."""
        self.query_one(MapView).focus(scroll_visible)
        return self

    @property
    def target(self) -> Target | None:
        """The object under the cursor."""
        cell = self.query_one(MapView).cell
        return cell.target if cell else None

    @property
    def about(self) -> str:
        """All that the map knows of that object, in one line."""
        cell = self.query_one(MapView).cell
        return detail(cell) if cell else ""

    @on(MapView.Moved)
    def _tell(self, message: MapView.Moved) -> None:
        message.stop()
        self._tell_chosen()

    def _tell_chosen(self) -> None:
        self._say(" · ".join(part for part in (self._found_words, self.about) if part))

    def _say(self, text: str) -> None:
        width = max(1, self.content_size.width)
        self.query_one("#map-detail", Static).update(Content(clipped(text, width)), layout=False)

    def action_unfold(self) -> None:
        """The pods of the workload under the cursor, there or away."""
        self.query_one(MapView).unfold()

    async def action_find(self) -> None:
        """A line to type in."""
        await FindField.open_in(self, "find a name or a state; ↑ ↓ go on, esc closes")

    @on(MapView.Menu)
    async def action_menu(self) -> None:
        """The screen knows what can be done."""
        await self.screen.run_action("evidence_menu")

    @on(FindField.Typed)
    def _found(self, message: FindField.Typed) -> None:
        message.stop()
        self._found_words = self.query_one(MapView).find(message.words, message.step)
        self._tell_chosen()

    @on(FindField.Shut)
    def _shut(self, message: FindField.Shut) -> None:
        message.stop()
        self._found_words = ""
        self._tell_chosen()
        self.focus()
