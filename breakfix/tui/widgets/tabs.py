"""Panes that share a place: the title of each is the strip of all, its own name lit."""

from __future__ import annotations

TABS = (("map", "Map"), ("events", "Events"), ("checks", "Checks"), ("notes", "Notes"))
SMALL_TABS = (("shell", "Shell"), *TABS, ("page", "Page"))


def strip(current: str, tabs: tuple[tuple[str, str], ...] = TABS) -> str:
    """The tab strip as markup; each name can be clicked."""
    parts = []
    for name, label in tabs:
        style = "$accent bold" if name == current else "$muted not bold"
        shown = rf"\[{label}]" if name == current else label
        parts.append(f"[@click=screen.tab('{name}')][{style}]{shown}[/][/]")
    return " ".join(parts)
