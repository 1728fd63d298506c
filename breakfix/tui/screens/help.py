"""All keys of the screen below, with what each is for."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from breakfix.tui.keys import PALETTE, key_text

SHELL_HELP = (
    ("^g", "leave the shell, so that letters are the game's keys; again: back into it"),
    ("shift+pgup", "scroll the shell back; shift+pgdn forward (the mouse wheel does both)"),
    ("mouse", "what you select in the shell is copied to the clipboard"),
)


def key_rows(screen: Screen[object]) -> list[tuple[str, str]]:
    """(keys, what for) of each action of a screen, its keys joined."""
    rows: dict[str, tuple[list[str], str]] = {}
    for binding in screen._bindings:
        about = binding.tooltip or binding.description
        if about and not binding.system:
            keys, _ = rows.setdefault(binding.action, ([], about))
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
        self._about = about

    def compose(self) -> ComposeResult:
        rows = key_rows(self._about)
        rows.append((key_text(PALETTE), "command palette: every action and theme by name"))
        if self._about.has_class("round"):
            rows += SHELL_HELP
        width = max(len(keys) for keys, _ in rows)
        lines = (
            Content.assemble((keys.rjust(width), "$footer-key-foreground bold"), f"  {about}")
            for keys, about in rows
        )
        with VerticalScroll(id="help-box", classes="dialog", can_focus=True) as box:
            box.border_title = "Keys"
            box.border_subtitle = "esc back"
            yield Static(Content("\n").join(lines))

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss(None)
