"""The panes of a round and how they share the screen.

Wide: the page at the left, the shell at the right, one tab below it (on a very wide
screen the events stay beside it). Small: the shell is a tab like the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from breakfix.tui.widgets.checks import ChecksPane
from breakfix.tui.widgets.events import EventsPane
from breakfix.tui.widgets.map import MapPane
from breakfix.tui.widgets.notes import NotesPane
from breakfix.tui.widgets.page import PagePane, folded
from breakfix.tui.widgets.shell import ShellPane
from breakfix.tui.widgets.tabs import SMALL_TABS, TABS, strip

if TYPE_CHECKING:
    from breakfix.clusters.live_picture import Picture
    from breakfix.game.model import RoundView, VerifyUpdate

SMALL_WIDTH, SMALL_HEIGHT = 100, 30
HUGE_WIDTH = 170


class RoundBoard(Container):
    """Holds the panes; knows which tab is up, what is zoomed, and where the focus was."""

    tab: reactive[str] = reactive("map")
    small: reactive[bool] = reactive(False)

    def __init__(self, command: list[str], env: Mapping[str, str], notes: Path) -> None:
        super().__init__(id="board")
        self._command, self._env, self._notes = command, env, notes
        self._view: RoundView | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="fold")
        yield PagePane(id="page", classes="pane")
        yield ShellPane(self._command, self._env)
        yield MapPane()
        yield EventsPane()
        yield ChecksPane()
        yield NotesPane(self._notes)

    # -- what is shown ----------------------------------------------------------------

    def show_view(self, view: RoundView) -> None:
        """How the round stands, on the page."""
        self._view = view
        if not self.query("#diagnosis"):  # not composed yet, or going
            return
        self.query_one(PagePane).show(view)
        self.query_one("#fold", Static).update(folded(view, self.size.width or 80))

    def show_picture(self, picture: Picture) -> None:
        """The cluster, on map and ticker."""
        self.query_one(MapPane).show(picture)
        self.query_one(EventsPane).show(picture)

    def show_verify(self, update: VerifyUpdate) -> None:
        """The newest results of a verify."""
        self.query_one(ChecksPane).show(update)

    # -- how it is laid out -----------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout by the size."""
        width, height = event.size
        self.small = width < SMALL_WIDTH or height < SMALL_HEIGHT
        self.set_class(width >= HUGE_WIDTH and not self.small, "-huge")
        self._titles()
        if self._view is not None:
            self.show_view(self._view)

    def watch_small(self, small: bool) -> None:
        """A small screen starts in the shell, a wide one has the map below it."""
        self.set_class(small, "-small")
        self.tab = "shell" if small else "map"
        self._titles()

    def watch_tab(self, old: str, new: str) -> None:
        """Show this tab's pane."""
        self.remove_class(f"-tab-{old}")
        self.add_class(f"-tab-{new}")
        self._titles()

    def _titles(self) -> None:
        if not self.query("#notes"):  # not composed yet
            return
        tabs = SMALL_TABS if self.small else TABS
        for name, label in SMALL_TABS:
            shared = self.small or name in dict(TABS)
            self.query_one(f"#{name}").border_title = strip(name, tabs) if shared else label
        if self.has_class("-huge"):
            self.query_one("#events").border_title = "Events"

    def on_mount(self) -> None:
        """The titles need the panes."""
        self.add_class(f"-tab-{self.tab}")
        self._titles()

    # -- where the focus is -----------------------------------------------------------

    def pane(self, name: str) -> Widget:
        """A pane by its name."""
        return self.query_one(f"#{name}")

    def go_to(self, name: str) -> None:
        """Bring a tab up and focus it."""
        self.unzoom()
        if name in dict(TABS) or self.small:
            self.tab = name
        if name == "shell":
            self.enter_shell()
        else:
            self.pane(name).focus()

    @property
    def in_shell(self) -> bool:
        """True while letters go to the shell."""
        return self.query_one(ShellPane).has_focus_within

    def enter_shell(self) -> None:
        """Letters go to the shell."""
        if self.small:
            self.tab = "shell"
        self.query_one(ShellPane).enter()

    def leave_shell(self) -> None:
        """Letters are the game's: the focus goes where it does no harm."""
        name = self.tab if self.tab not in ("shell", "notes") else "page"
        if self.small and name == "page":
            self.screen.set_focus(None)
        else:
            self.pane(name).focus()

    def zoom(self) -> None:
        """The focused pane over the whole board, or back."""
        if self.has_class("-zoom"):
            self.unzoom()
            return
        focused = next((p for p in self.query(".pane") if p.has_focus_within), self.pane("shell"))
        focused.add_class("-zoomed")
        self.add_class("-zoom")

    def unzoom(self) -> None:
        """All panes as they were."""
        self.remove_class("-zoom")
        self.query(".-zoomed").remove_class("-zoomed")

    def paste_command(self, command: str) -> None:
        """Put a command on the shell's line; Enter is the learner's."""
        if not self.query_one(ShellPane).paste(command):
            self.notify("The shell has ended; Enter in its pane starts a new one.")
