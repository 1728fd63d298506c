"""Screens that lie on top of others (help, settings) must not keep those from going on."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen


def to_front(screen: Screen[Any]) -> None:
    """Close what lies on a screen. Before a dismiss that no key asked for: Textual takes
    the uppermost screen away, whichever it is."""
    while screen in screen.app.screen_stack and screen.app.screen is not screen:
        screen.app.pop_screen()
