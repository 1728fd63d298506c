"""What the screen below is for, and all its keys: its own, the pane's, everybody's."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen

from breakfix.tui.bindings import live, title_of
from breakfix.tui.commands import panes
from breakfix.tui.keys import keys_text
from breakfix.tui.layer import Dialog
from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.words import hanging, one_line, stacked

Rows = list[tuple[str, str]]
SHELL_ROWS = [
    ("shift+pgup", "Scroll the shell back; shift+pgdn forward (the mouse wheel does both)"),
    ("mouse", "What you select in the shell is copied to the clipboard"),
]
FOCUS_ROWS = [
    ("tab", "The next pane or list; shift+tab the one before"),
    ("arrows", "Move in a list, scroll a text; pgup, pgdn, home and end too"),
]
ROUND_CLASS = "round"


def key_rows(node: DOMNode) -> Rows:
    """(keys, what for) of each action of a node that says what it is for."""
    rows: dict[str, tuple[list[str], str]] = {}
    for binding in live(node):
        if binding.tooltip:
            rows.setdefault(binding.action, ([], binding.tooltip))[0].append(binding.key)
    return [(keys_text(keys), about) for keys, about in rows.values()]


def groups(screen: Screen[object]) -> Iterator[tuple[str, Rows]]:
    """Everything that can be pressed on a screen, group by group."""
    yield "This screen", key_rows(screen)
    for pane in panes(screen):
        title = title_of(type(pane))
        yield f"The pane in focus: {title}" if pane.has_focus_within else title, key_rows(pane)
    if screen.has_class(ROUND_CLASS):
        yield "Shell", SHELL_ROWS
    yield "Everywhere", FOCUS_ROWS + key_rows(screen.app)


class HelpScreen(Dialog[None]):
    """Closed by any of the keys that close things."""

    HELP_TITLE = "Help"
    HELP = "What a screen is for and all of its keys."
    BINDINGS = [
        Binding("escape,enter,q", "close", "close", id="help.close",
                tooltip="Back"),
    ]  # fmt: skip

    def __init__(self, about: Screen[object]) -> None:
        super().__init__()
        self._title = title_of(type(about))
        self._about = one_line(cleandoc(about.HELP or ""))
        self._groups = [(title, rows) for title, rows in groups(about) if rows]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help-box", classes="dialog", can_focus=True) as box:
            box.border_title = f"Help: {self._title}"
            box.border_subtitle = "esc back"
            yield Fitted(self._lines)

    def text(self, width: int) -> str:
        """All of it as plain text of this width."""
        return self._lines(width).plain

    def _lines(self, width: int) -> Content:
        column = max(len(keys) for _, rows in self._groups for keys, _ in rows)
        lines = [hanging("", self._about, width)] if self._about else []
        for title, rows in self._groups:
            lines += [Content(""), Content.assemble((title, "$primary bold"))]
            lines += [
                hanging((f"{keys:>{column}}  ", "$footer-key-foreground bold"), about, width)
                for keys, about in rows
            ]
        return stacked(lines)

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss(None)
