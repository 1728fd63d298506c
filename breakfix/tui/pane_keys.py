"""What can be done with the panes of a round, as a table: a key in the mode for panes, and
one beside it that works at once. The bindings of the round and of the mode are made of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding

MODE, MODE_ANYWHERE = "w", "f11"


@dataclass(frozen=True)
class PaneKey:
    """One action: its keys in the mode, its key outside of it, and what it is called."""

    name: str
    action: str
    keys: str
    direct: str
    label: str
    tooltip: str


PANE_KEYS = (
    PaneKey("left", "pane_move('left')", "left", "alt+left", "move left",
            "Move the pane to the left: out of its tabs, past its neighbour, into the next column"),
    PaneKey("right", "pane_move('right')", "right", "alt+right", "move right",
            "Move the pane to the right: out of its tabs, past its neighbour, a column further"),
    PaneKey("up", "pane_move('up')", "up", "alt+up", "move up", "Move the pane up"),
    PaneKey("down", "pane_move('down')", "down", "alt+down", "move down", "Move the pane down"),
    PaneKey("next", "pane_next", "t", "alt+t", "move as a tab",
            "Put the pane into the next place, as a tab there"),
    PaneKey("swap", "pane_swap", "s", "alt+s", "swap panes",
            "The pane's place and the next one exchange what they hold"),
    PaneKey("wider", "pane_grow('right')", "plus,ctrl+right,shift+right", "ctrl+right",
            "wider pane", "Make the pane wider"),
    PaneKey("narrower", "pane_grow('left')", "minus,ctrl+left,shift+left", "ctrl+left",
            "narrower pane", "Make the pane narrower"),
    PaneKey("higher", "pane_grow('down')", "greater_than_sign,ctrl+down,shift+down", "ctrl+down",
            "higher pane", "Make the pane higher"),
    PaneKey("flatter", "pane_grow('up')", "less_than_sign,ctrl+up,shift+up", "ctrl+up",
            "flatter pane", "Make the pane less high"),
    PaneKey("close", "pane_close", "x", "alt+x", "close pane",
            "Close the pane; its own key opens it again, or o"),
    PaneKey("reset", "pane_reset", "0", "alt+0", "panes as they came",
            "All panes open, where and how large they were at first"),
)  # fmt: skip
OPEN_TOOLTIP = "Go to any pane by its name; a closed one is opened"


def round_pane_bindings() -> list[Binding]:
    """For the round: each action at once, for those who know the key; and the mode."""
    about = "Move, size, close and open panes, key by key"
    mode = [
        Binding(MODE, "panes", "panes", id="round.panes", tooltip=about),
        Binding(MODE_ANYWHERE, "panes", "panes", show=False, priority=True,
                id="round.panes.anywhere", tooltip=about),
        Binding("o", "pane_open", "go to pane", show=False, id="round.open", tooltip=OPEN_TOOLTIP),
    ]  # fmt: skip
    return mode + [
        Binding(
            key.direct, key.action, key.label, show=False, id=f"round.pane.{key.name}",
            tooltip=key.tooltip,
        )
        for key in PANE_KEYS
    ]  # fmt: skip


def mode_bindings() -> list[Binding]:
    """For the mode: short keys, all of them about the pane with the heavy frame."""
    return [
        Binding(key.keys, key.action, key.label, id=f"panes.{key.name}", tooltip=key.tooltip)
        for key in PANE_KEYS
    ]
