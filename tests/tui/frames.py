"""What stands on the screen as plain text."""

from __future__ import annotations

from textual.app import App


def frame(app: App[int]) -> str:
    """Every row of the screen that is up, trailing blanks cut."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"
