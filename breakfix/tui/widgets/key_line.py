"""The bottom line of a round: which keys do what, and who listens to the letters."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from breakfix.tui.keys import LEAVE_SHELL, ROUND_KEYS, GameKey
from breakfix.tui.widgets.screen_keys import key_item


class KeyLine(Widget):
    """Function keys while the shell listens, letters while the game does."""

    in_shell: reactive[bool] = reactive(False)

    def render(self) -> Content:
        """As many keys as fit; how to change sides and how to get help are always there."""
        first = key_item(
            LEAVE_SHELL, "leave shell" if self.in_shell else "shell", "screen.switch"
        )
        last = key_item("f1" if self.in_shell else "question_mark", "help", "screen.help")
        room = self.size.width - first.cell_length - last.cell_length
        middle: list[Content] = []
        for item in map(self._game_item, ROUND_KEYS[:-1]):
            if item is not None and item.cell_length <= room:
                middle.append(item)
                room -= item.cell_length
        return Content.assemble(first, *middle, last)

    def _game_item(self, key: GameKey) -> Content | None:
        shown = key.function if self.in_shell else key.letter
        return key_item(shown, key.label, f"screen.{key.action}") if shown else None
