"""The command palette, as a screen of ours."""

from __future__ import annotations

from typing import Any

from textual.command import CommandList, CommandPalette
from textual.worker import Worker

from breakfix.tui.layer import Layer


class Palette(CommandPalette, Layer[None]):
    """Textual's own has one id, so it could not come up again before it was quite gone; and it
    ended the app when it went while commands were still being gathered for it."""

    def _action_command_list(self, action: str) -> None:
        """Move in the list of commands; before it is laid out it has no lines to move to."""
        if self.query_one(CommandList).scrollable_content_region:
            super()._action_command_list(action)

    def run_worker(self, *args: Any, **kwargs: Any) -> Worker[Any]:
        """Gather commands; without anybody to show them to, that fails, and nothing is lost."""
        return super().run_worker(*args, **kwargs | {"exit_on_error": False})
