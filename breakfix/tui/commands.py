"""What the command palette offers: every action of the screen, of the pane in focus and of
the other panes, rounds by name, settings and themes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.widget import Widget

from breakfix.tui.bindings import live, title_of
from breakfix.tui.keys import keys_text
from breakfix.tui.theme import ABOUT

if TYPE_CHECKING:
    from breakfix.tui.comfort import ComfortApp

OURS = "breakfix."
Actor = Widget | App[int]
"""What has actions of its own."""
PALETTE_ACTION = "command_palette"


def commands_of(app: ComfortApp, screen: Screen[object]) -> Iterator[SystemCommand]:
    """All of it: what belongs to the screen first, what is searched for by name last."""
    yield from _actions(screen, "")
    for pane in panes(screen):
        yield from _actions(pane, f"{title_of(type(pane))}: ")
    yield from _actions(app, "")
    yield from _rounds(screen)
    yield from _settings(app)
    for name, (called, about) in ABOUT.items():
        yield SystemCommand(
            f"Theme: {called}", about.capitalize(), partial(app.keep, theme=name), discover=False
        )


def panes(screen: Screen[object]) -> list[Widget]:
    """The widgets of a screen that have actions of their own, the one in focus first."""
    found = [w for w in screen.query(Widget) if type(w).__module__.startswith(OURS)]
    mine = [w for w in found if "BINDINGS" in vars(type(w)) and list(live(w))]
    return sorted(mine, key=lambda pane: not pane.has_focus_within)


def _actions(node: Actor, prefix: str) -> Iterator[SystemCommand]:
    """One command for each action of a node that says what it is for and can be used."""
    rows: dict[str, tuple[str, str, list[str]]] = {}
    for binding in live(node):
        if binding.tooltip and binding.action != PALETTE_ACTION:
            row = rows.setdefault(binding.action, (binding.description, binding.tooltip, []))
            row[2].append(binding.key)
    for action, (label, about, keys) in rows.items():
        title = f"{prefix}{label}" if prefix else label[:1].upper() + label[1:]
        yield SystemCommand(title, f"{about}  ({keys_text(keys)})", _run(node, action))


def _run(node: Actor, action: str) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        if isinstance(node, Widget) and not isinstance(node, Screen):
            await _bring_up(node)
        await node.run_action(action)

    return run


async def _bring_up(pane: Widget) -> None:
    """A pane behind a tab comes to the front before it acts."""
    if not pane.is_on_screen and hasattr(pane.screen, "action_tab") and pane.id:
        await pane.screen.run_action(f"tab('{pane.id}')")
    if pane.focusable:
        pane.focus()


def _rounds(screen: Screen[object]) -> Iterable[SystemCommand]:
    """The rounds that can be played from here, by title; only home has any."""
    playable: Callable[[], Iterable[tuple[str, str]]] | None = getattr(screen, "playable", None)
    for name, title in playable() if playable is not None else ():
        play = partial(getattr(screen, "play", screen.dismiss), name)
        yield SystemCommand(f"Play {title}", "Set this round up", play, discover=False)


def _settings(app: ComfortApp) -> Iterator[SystemCommand]:
    """Every setting by itself."""
    moves = app.preferences.animations
    yield SystemCommand(
        f"Animations {'off' if moves else 'on'}", "What moves on the screen by itself",
        partial(app.keep, animations=not moves), discover=False,
    )  # fmt: skip
    yield SystemCommand("Keys", "All keys, and change them", app.action_keys, discover=False)
    yield SystemCommand(
        "Reset the layout", "The panes of a round as they came",
        partial(app.keep, layout={}), discover=False,
    )  # fmt: skip
