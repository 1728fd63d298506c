"""Panes that share a place: the title of each is the strip of all, its own name lit."""

from __future__ import annotations

from breakfix.tui.layout.arrangement import PANES, Stack


def strip(stack: Stack) -> str:
    """The title of a stack as markup: one name, or the tabs; each name can be clicked."""
    if len(stack.panes) == 1:
        return _clicked(stack.up, PANES[stack.up])
    parts = []
    for name in stack.panes:
        style = "$accent bold" if name == stack.up else "$muted not bold"
        shown = rf"\[{PANES[name]}]" if name == stack.up else PANES[name]
        parts.append(_clicked(name, f"[{style}]{shown}[/]"))
    return " ".join(parts)


def _clicked(name: str, shown: str) -> str:
    return f"[@click=screen.tab('{name}')]{shown}[/]"
