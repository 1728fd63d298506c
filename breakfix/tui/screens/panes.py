"""The mode for panes: arrows move the one with the heavy frame, other keys size, close, open,
zoom it. The round stays in view and goes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding

from breakfix.tui.bindings import live
from breakfix.tui.layer import Dialog
from breakfix.tui.layout.arrangement import PANES
from breakfix.tui.layout.moves import Way
from breakfix.tui.pane_keys import MODE, MODE_ANYWHERE, OPEN_TOOLTIP, mode_bindings
from breakfix.tui.screens.ask import Answer, AskScreen
from breakfix.tui.widgets.board import RoundBoard
from breakfix.tui.widgets.screen_keys import KeyItem, Keys

if TYPE_CHECKING:
    from typing import Any

    from breakfix.tui.layer import Layer

    Base = Layer[Any]
else:
    Base = object

ARROWS = {"left": "←", "right": "→", "up": "↑", "down": "↓"}
PANE_LETTERS = {
    "shell": "s", "map": "m", "events": "e", "checks": "c", "notes": "n", "page": "p",
    "customers": "u",
}  # fmt: skip


class PaneActions(Base):
    """What both the round and the mode can do with the current pane of a board."""

    @property
    def panes_of(self) -> RoundBoard:
        """The board it is about."""
        raise NotImplementedError

    def action_pane_move(self, way: str) -> None:
        """Move the pane."""
        self.panes_of.move(self.panes_of.current, Way(way))

    def action_pane_grow(self, way: str) -> None:
        """Make it larger or smaller."""
        self.panes_of.grow(self.panes_of.current, Way(way))

    def action_pane_next(self) -> None:
        """Into the next place."""
        self.panes_of.to_next(self.panes_of.current)

    def action_pane_swap(self) -> None:
        """Change places with the next one."""
        self.panes_of.swap(self.panes_of.current)

    def action_pane_close(self) -> None:
        """Out of the way."""
        pane = self.panes_of.current
        self.panes_of.close(pane)
        if pane in self.panes_of.arrangement.closed:
            self.notify(f"{PANES[pane]} is closed; o opens it again.", timeout=3)

    def action_pane_reset(self) -> None:
        """As they came."""
        self.panes_of.reset()

    def action_pane_open(self) -> None:
        """A menu of all panes."""
        self.cover(AskScreen("Panes", "", _answers(self.panes_of)), self._pane_chosen)

    def _pane_chosen(self, name: str | None) -> None:
        if name is not None:
            self.panes_of.go_to(name)


def _answers(board: RoundBoard) -> tuple[Answer, ...]:
    """Every pane by its letter, and whether it is closed."""
    closed, seen = board.arrangement.closed, board.arrangement.seen
    return tuple(
        Answer(
            name, PANE_LETTERS[name], title,
            "closed" if name in closed else "" if name in seen else "behind a tab",
        )
        for name, title in PANES.items()
    )  # fmt: skip


class ModeLine(Keys):
    """The keys of the mode, and which pane they are about."""

    def __init__(self, board: RoundBoard) -> None:
        super().__init__(id="mode-line")
        self._board = board

    def items(self) -> Iterable[KeyItem]:
        """The most needed first; what cannot be shown is in the help."""
        keys = {binding.id: binding.key for binding in reversed(list(live(self.screen)))}
        yield KeyItem(keys["panes.pane"], PANES[self._board.current], "next_pane")
        for name, label, action in LINE:
            key = keys[f"panes.{name}"]
            yield KeyItem(ARROWS.get(key, key), label, action)


LINE = (
    ("left", "", "pane_move('left')"), ("right", "", "pane_move('right')"),
    ("up", "", "pane_move('up')"), ("down", "move", "pane_move('down')"),
    ("narrower", "", "pane_grow('left')"), ("wider", "wide", "pane_grow('right')"),
    ("flatter", "", "pane_grow('up')"), ("higher", "high", "pane_grow('down')"),
    ("close", "close", "pane_close"), ("open", "open", "pane_open"),
    ("next", "into tabs", "pane_next"), ("swap", "swap", "pane_swap"), ("zoom", "zoom", "zoom"),
    ("reset", "as it came", "pane_reset"), ("done", "done", "done"),
)  # fmt: skip


class PaneScreen(PaneActions, Dialog[None]):
    """Lies over the round, all but its own line transparent."""

    HELP_TITLE = "Panes"
    HELP = (
        "The keys are about the pane with the heavy frame. How the panes stand is remembered, "
        "for small and for large screens by itself."
    )
    BINDINGS = [
        Binding("tab", "next_pane", "next pane", id="panes.pane",
                tooltip="The next pane, in the order they are read"),
        Binding("shift+tab", "next_pane(-1)", "pane before", id="panes.before",
                tooltip="The pane before"),
        *mode_bindings(),
        Binding("o", "pane_open", "go to pane", id="panes.open", tooltip=OPEN_TOOLTIP),
        Binding("z", "zoom", "zoom", id="panes.zoom",
                tooltip="The pane over the whole screen, and back"),
        Binding(f"escape,enter,q,{MODE},{MODE_ANYWHERE}", "done", "done", id="panes.done",
                tooltip="Back to the round"),
    ]  # fmt: skip

    def __init__(self, board: RoundBoard) -> None:
        super().__init__()
        self._of = board

    def compose(self) -> ComposeResult:
        yield ModeLine(self._of)

    @property
    def panes_of(self) -> RoundBoard:
        """The board below."""
        return self._of

    def action_next_pane(self, by: int = 1) -> None:
        """Another pane gets the heavy frame."""
        seen = self._of.in_order()
        self._of.go_to(seen[(seen.index(self._of.current) + by) % len(seen)])
        self.call_after_refresh(self.query_one(ModeLine).refresh)

    def action_zoom(self) -> None:
        """Over the whole screen, and back."""
        self._of.zoom()

    def action_done(self) -> None:
        """Back to the round."""
        self.dismiss(None)
