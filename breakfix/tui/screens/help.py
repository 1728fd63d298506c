"""All keys of the screen below, with what each is for."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen

from breakfix.tui.keys import PALETTE, key_text
from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.words import hanging, stacked

PALETTE_HELP = "Command palette: every action and theme by name"
SHELL_HELP = (
    ("shift+pgup", "Scroll the shell back; shift+pgdn forward (the mouse wheel does both)"),
    ("mouse", "What you select in the shell is copied to the clipboard"),
)


def key_rows(screen: Screen[object]) -> list[tuple[str, str]]:
    """(keys, what for) of each action of a screen that says what it is for."""
    rows: dict[str, tuple[list[str], str]] = {}
    for _, binding in screen._bindings:
        if binding.tooltip:
            keys, _ = rows.setdefault(binding.action, ([], binding.tooltip))
            keys.append(key_text(binding.key))
    return [("  ".join(dict.fromkeys(keys)), about) for keys, about in rows.values()]


class HelpScreen(ModalScreen[None]):
    """Closed by any of the keys that close things."""

    BINDINGS = [
        Binding("escape,enter,q,question_mark,f1", "close", "close", id="help.close",
                tooltip="Back"),
    ]  # fmt: skip

    def __init__(self, about: Screen[object]) -> None:
        super().__init__()
        self._rows = [*key_rows(about), (key_text(PALETTE), PALETTE_HELP)]
        if about.has_class("round"):
            self._rows += SHELL_HELP

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help-box", classes="dialog", can_focus=True) as box:
            box.border_title = "Keys"
            box.border_subtitle = "esc back"
            yield Fitted(self._lines)

    def _lines(self, width: int) -> Content:
        column = max(len(keys) for keys, _ in self._rows)
        return stacked(
            hanging((f"{keys:>{column}}  ", "$footer-key-foreground bold"), about, width)
            for keys, about in self._rows
        )

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss(None)
