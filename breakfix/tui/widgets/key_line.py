"""The bottom line of a round: which keys do what, and who listens to the letters."""

from __future__ import annotations

from collections.abc import Iterable

from textual.reactive import reactive

from breakfix.tui.keys import LEAVE_SHELL, ROUND_KEYS
from breakfix.tui.widgets.screen_keys import KeyItem, Keys


class KeyLine(Keys):
    """Function keys while the shell listens, letters while the game does."""

    in_shell: reactive[bool] = reactive(False)

    def items(self) -> Iterable[KeyItem]:
        """How to change sides comes first, how to get help last."""
        yield KeyItem(LEAVE_SHELL, "leave shell" if self.in_shell else "shell", "switch")
        for key in ROUND_KEYS:
            shown = key.function if self.in_shell else key.letter
            if shown:
                yield KeyItem(shown, key.label, key.action)
