"""The keys of a round as a table: a letter when the shell has not the focus, a function
key everywhere. Bindings, the key line, the help and the command palette are made of it.
Further down the keys of the whole terminal, and how a key is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding
from textual.keys import format_key

LEAVE_SHELL = "ctrl+g"
PALETTE, HELP, SETTINGS = "f9", "f1", "f12"


@dataclass(frozen=True)
class GameKey:
    """One action of a screen with its letter and, if it has one, its function key."""

    action: str
    letter: str
    function: str
    label: str
    tooltip: str


ROUND_KEYS = (
    GameKey("verify", "v", "f2", "verify", "Ask whether it is solved; a no costs 5 points of care"),
    GameKey("hint", "h", "f3", "hint", "The ladder of hints with their prices; looking is free"),
    GameKey("diagnose", "d", "f4", "diagnose", "Name the component and the fault, for points"),
    GameKey("tab('page')", "r", "", "page", "Read the page: symptoms, rules, hints, score"),
    GameKey("tab('map')", "m", "f5", "map", "What is in the cluster, live"),
    GameKey("tab('events')", "e", "f6", "events", "Kubernetes events as they come"),
    GameKey("tab('checks')", "c", "", "checks", "What the last verify saw"),
    GameKey("tab('notes')", "n", "", "notes", "Your own notes on this round, kept"),
    GameKey("zoom", "z", "f7", "zoom", "One pane over the whole screen, and back"),
    GameKey("pause", "p", "f8", "pause", "Stop the clock; brief and shell are hidden meanwhile"),
    GameKey("show_me", "s", "", "show me", "The last hint's command, in the shell"),
    GameKey("give_up", "g", "f10", "give up", "End the round unsolved and read the debrief"),
    GameKey("leave", "q", "", "quit", "Leave breakfix: the round stays open, or is ended"),
)
APP_BINDINGS = (
    Binding("question_mark", "help", "help", id="app.help",
            tooltip="What this screen is for, and all its keys"),
    Binding(HELP, "help", "help", show=False, priority=True, id="app.help.anywhere",
            tooltip="What this screen is for, and all its keys"),
    Binding("comma", "settings", "settings", show=False, id="app.settings",
            tooltip="Theme, animations, keys, layout"),
    Binding(SETTINGS, "settings", "settings", show=False, priority=True,
            id="app.settings.anywhere", tooltip="Theme, animations, keys, layout"),
    Binding("ctrl+p", "command_palette", "palette", show=False, id="app.palette",
            tooltip="Every action, round and theme by name"),
    Binding(PALETTE, "command_palette", "palette", show=False, priority=True,
            id="app.palette.anywhere", tooltip="Every action, round and theme by name"),
    Binding("ctrl+q", "quit", "quit", show=False, id="app.quit",
            tooltip="Leave breakfix; an open round stays open"),
)  # fmt: skip
IN_DIALOGS_TOO = frozenset({"app.help", "app.settings", "app.palette"})
SHOWN = {
    "escape": "esc", "pageup": "pgup", "pagedown": "pgdn", "delete": "del", "enter": "enter",
    "up": "up", "down": "down", "left": "left", "right": "right", "backspace": "backspace",
}  # fmt: skip


def key_text(key: str) -> str:
    """A key as it is shown: `?`, `F2`, `^g`, `shift+pgup`."""
    *held, base = key.split("+")
    if held == ["ctrl"]:
        return f"^{key_text(base)}"
    if base[0] == "f" and base[1:].isdigit():
        shown = base.upper()
    else:
        shown = SHOWN.get(base) or format_key(base)
    return "+".join([*held, shown])


def types(key: str) -> bool:
    """True for a key that puts a character where text is written."""
    return len(key_text(key)) == 1 or key == "space"


def keys_text(keys: Iterable[str]) -> str:
    """Keys one after the other, each once."""
    return "  ".join(dict.fromkeys(map(key_text, keys)))


def round_id(label: str) -> str:
    """The id of a round's binding, by its label."""
    return f"round.{label.replace(' ', '-')}"


def round_bindings() -> list[Binding]:
    """Two bindings for each action: the letter yields to whatever is typed in, the
    function key works everywhere."""
    found = []
    for key in ROUND_KEYS:
        name = round_id(key.label)
        found.append(Binding(key.letter, key.action, key.label, id=name, tooltip=key.tooltip))
        if key.function:
            found.append(
                Binding(
                    key.function, key.action, key.label, show=False, priority=True,
                    id=f"{name}.anywhere", tooltip=key.tooltip,
                )
            )  # fmt: skip
    return found
