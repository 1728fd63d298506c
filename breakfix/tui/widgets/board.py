"""The panes of a round: what is in them, and who of them has the keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import ComposeResult
from textual.content import Content, Span
from textual.widgets import Static

from breakfix.tui.keys import LEAVE_SHELL, ROUND_KEYS, key_text
from breakfix.tui.layout.arrangement import LINES
from breakfix.tui.widgets.border_drag import MovableBorders
from breakfix.tui.widgets.checks import ChecksPane
from breakfix.tui.widgets.customers import CustomersPane
from breakfix.tui.widgets.events import EventsPane
from breakfix.tui.widgets.map import MapPane
from breakfix.tui.widgets.notes import NotesPane
from breakfix.tui.widgets.page import PagePane, folded
from breakfix.tui.widgets.shell import ShellPane

if TYPE_CHECKING:
    from breakfix.clusters.live_picture import Picture
    from breakfix.game.model import RoundView, VerifyUpdate
    from breakfix.game.service_level import ServiceLevel

NOT_HARMLESS = frozenset({"shell", "notes", *LINES})


class RoundBoard(MovableBorders):
    """Page, customers, shell, map, events, checks and notes."""

    def __init__(
        self, command: list[str], env: Mapping[str, str], notes: Path,
        layout: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(layout or {}, id="board")
        self._command, self._env, self._notes = command, env, notes
        self._view: RoundView | None = None
        self._picture: Picture | None = None
        self._folded: tuple[str, Sequence[Span]] = ("", ())

    def compose(self) -> ComposeResult:
        yield Static(id="fold")
        yield PagePane(id="page", classes="pane")
        yield CustomersPane(id="customers", classes="pane")
        yield ShellPane(self._command, self._env)
        yield MapPane()
        yield EventsPane()
        yield ChecksPane()
        yield NotesPane(self._notes)

    def on_mount(self) -> None:
        """Every pane can be reached by key."""
        self.pane("customers").can_focus = True

    # -- what is shown ----------------------------------------------------------------

    def show_view(self, view: RoundView) -> None:
        """How the round stands, on the page."""
        self._view = view
        if not self.query("#diagnosis"):  # not composed yet, or going
            return
        self.query_one(PagePane).show(view)
        self.query_one(EventsPane).since(view.created_at)
        self.fold()

    def fold(self) -> None:
        """The page in two lines, and how to come to the page: it depends on who listens."""
        if self._view is not None:
            page = next(key.letter for key in ROUND_KEYS if key.label == "page")
            way = f"{key_text(LEAVE_SHELL)} {page}" if self.in_shell else page
            self._fold(folded(self._view, self.size.width or 80, way))

    def _fold(self, content: Content) -> None:
        if (content.plain, content.spans) != self._folded:
            self._folded = (content.plain, content.spans)
            self.query_one("#fold", Static).update(content)

    def show_picture(self, picture: Picture) -> None:
        """The cluster, on map and ticker; to one that is not up, once it is."""
        self._picture = picture
        self._show_where_seen()

    def _show_where_seen(self) -> None:
        for pane in (self.query_one(MapPane), self.query_one(EventsPane)):
            if self._picture is not None and pane.display:
                pane.show(self._picture)

    def _apply(self) -> None:
        super()._apply()
        self._show_where_seen()

    def show_customers(self, level: ServiceLevel | None) -> None:
        """How the customers fare."""
        self.query_one(CustomersPane).show(level)

    def show_verify(self, update: VerifyUpdate) -> None:
        """The newest results of a verify."""
        self.query_one(ChecksPane).show(update)

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002  # Tiles hears it too
        """What is folded depends on the width."""
        if self._view is not None:
            self.show_view(self._view)

    # -- who has the keys -------------------------------------------------------------

    def go_to(self, name: str) -> None:
        """Bring a pane up, also a closed one, and focus it."""
        self.open(name)
        if name == "shell":
            self.query_one(ShellPane).enter()
        else:
            self.pane(name).focus()

    @property
    def in_shell(self) -> bool:
        """True while letters go to the shell."""
        return self.query_one(ShellPane).has_focus_within

    def enter_shell(self) -> None:
        """Letters go to the shell, wherever it is."""
        self.go_to("shell")

    def leave_shell(self) -> None:
        """Letters are the game's: the focus goes where it does no harm, to a pane in view."""
        if self._zoomed in NOT_HARMLESS:
            self.unzoom()
        seen = (self._zoomed,) if self._zoomed else self.arrangement.seen
        harmless = [name for name in seen if name not in NOT_HARMLESS]
        lines = [name for name in seen if name in LINES]
        behind = [name for name in self.arrangement.open if name not in NOT_HARMLESS]
        calm = ["map"] if "map" in harmless else [*harmless, *lines, *behind]
        if calm:
            self.go_to(calm[0])
        else:
            self.screen.set_focus(None)

    def turn(self, step: int) -> None:
        """The next of the tabs on a small screen. One that takes letters for itself comes
        up, and does not get them."""
        stack = max(self.arrangement.stacks, key=lambda stack: len(stack.panes))
        name = stack.panes[(stack.panes.index(stack.up) + step) % len(stack.panes)]
        self.open(name)
        if name in NOT_HARMLESS:
            self.leave_shell()
        else:
            self.go_to(name)

    def close(self, pane: str) -> None:
        """A pane out of the way; the focus does not go with it."""
        had_focus = self.focused == pane
        super().close(pane)
        if had_focus and pane in self.arrangement.closed:
            self.leave_shell()

    # -- the shell's line -------------------------------------------------------------

    def paste_command(self, command: str) -> None:
        """Put a command on the shell's line; Enter is the learner's."""
        if not self.query_one(ShellPane).paste(command):
            self.notify("The shell has ended; Enter in its pane starts a new one.")

    def run_command(self, command: str) -> None:
        """Run a command in the shell."""
        if not self.query_one(ShellPane).run(command):
            self.notify("The shell takes no command now: end its program, or start a new one.")
