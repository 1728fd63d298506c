"""The bottom line of a round: which keys do what now, by who listens to the letters."""

from __future__ import annotations

from collections.abc import Iterable

from textual.reactive import reactive

from breakfix.tui.bindings import live
from breakfix.tui.keys import ROUND_KEYS, round_id
from breakfix.tui.widgets.screen_keys import KeyItem, Keys

TYPED_IN = frozenset({"shell", "notes"})
"""Panes that take letters for themselves."""


class KeyLine(Keys):
    """Function keys where letters are typed, else letters; before them what the pane in
    focus can do. `pane` is that pane; `typed_in` is also true in a line to find something."""

    pane: reactive[str] = reactive("")
    typed_in: reactive[bool] = reactive(False)

    def items(self) -> Iterable[KeyItem]:
        """How to change sides comes first, how to get help last; a dialog has its own keys."""
        if self.app.screen is not self.screen:
            return
        keys: dict[str, str] = {}
        for binding in (*live(self.screen), *live(self.app)):
            keys.setdefault(binding.id or "", binding.key)
        heard = ".anywhere" if self.typed_in else ""
        side = "leave shell" if self.pane == "shell" else "shell"
        yield KeyItem(keys["round.switch"], side, "switch")
        yield from self._own()
        for key in ROUND_KEYS:
            shown = keys.get(round_id(key.label) + heard)
            if shown and key.action != f"tab('{self.pane}')":
                yield KeyItem(shown, key.label, key.action)
            if key.action == "zoom":
                yield KeyItem(keys[f"round.panes{heard}"], "panes", "panes")
        yield KeyItem(keys[f"app.help{heard}"], "help", "app.help")

    def _own(self) -> Iterable[KeyItem]:
        """What the widget in focus does by key: notes, a shell that has ended. Map and events
        have their keys at their foot."""
        focused = self.screen.focused
        if focused is None or not self.pane:
            return
        for binding in live(focused):
            if binding.show and binding.tooltip:
                yield KeyItem(binding.key, binding.description, f"focused.{binding.action}")
