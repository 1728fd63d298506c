"""The keys of a round as a table: a letter when the shell has not the focus, a function
key everywhere. Bindings, the key line, the help and the command palette are made of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding

LEAVE_SHELL = "ctrl+g"
PALETTE = "f9"


@dataclass(frozen=True)
class GameKey:
    """One action of a screen with its letter and, if it has one, its function key."""

    action: str
    letter: str
    function: str
    label: str
    tooltip: str


ROUND_KEYS = (
    GameKey("verify", "v", "f2", "verify", "Ask whether it is solved: every check and guard, live"),
    GameKey("hint", "h", "f3", "hint", "Show the next hint with its price before you buy it"),
    GameKey("diagnose", "d", "f4", "diagnose", "Name the component and the fault, for points"),
    GameKey("tab('map')", "m", "f5", "map", "What is in the cluster, live"),
    GameKey("tab('events')", "e", "f6", "events", "Kubernetes events as they come"),
    GameKey("tab('checks')", "c", "", "checks", "What the last verify saw"),
    GameKey("tab('notes')", "n", "", "notes", "Your own notes on this round, kept"),
    GameKey("zoom", "z", "f7", "zoom", "One pane over the whole screen, and back"),
    GameKey("pause", "p", "f8", "pause", "Stop the clock; brief and shell are hidden meanwhile"),
    GameKey("show_me", "s", "", "show me", "Put the last hint's command on the shell's line"),
    GameKey("give_up", "g", "f10", "give up", "End the round unsolved and read the debrief"),
    GameKey("leave", "q", "", "quit", "Leave: keep the round open, or end it and restore"),
    GameKey("help", "question_mark", "f1", "help", "All keys of this screen"),
)
SHOWN = {"question_mark": "?", "ctrl+g": "^g", "slash": "/"}


def key_text(key: str) -> str:
    """A key as it is shown: `?`, `F2`, `^g`."""
    return SHOWN.get(key, key.upper() if key[0] == "f" and len(key) > 1 else key)


def round_bindings() -> list[Binding]:
    """Two bindings for each action: the letter yields to whatever is typed in, the
    function key works everywhere."""
    found = []
    for key in ROUND_KEYS:
        name = key.label.replace(" ", "-")
        found.append(
            Binding(key.letter, key.action, key.label, id=f"round.{name}", tooltip=key.tooltip)
        )
        if key.function:
            found.append(
                Binding(
                    key.function, key.action, key.label, show=False, priority=True,
                    id=f"round.{name}.anywhere", tooltip=key.tooltip,
                )
            )  # fmt: skip
    return found
