"""A seed for the round that is chosen: the same seed gives the same incident."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from breakfix.tui.layer import Dialog

SEED = r"[A-Za-z0-9-]{0,32}"
ABOUT = (
    "The same seed gives the same incident, here and on any other machine: to play what "
    "somebody else has played, or what you played before."
)


class SeedScreen(Dialog[str | None]):
    """Dismissed with a seed, empty for a fresh one, or None for no round at all."""

    HELP_TITLE = "Seed"
    HELP = ABOUT
    BINDINGS = [
        Binding("escape", "close", "back", id="seed.close", tooltip="Back, nothing is played"),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="seed-box", classes="dialog", can_focus=False) as box:
            box.border_title = f"Seed for {self._title}"
            box.border_subtitle = "enter plays   esc back"
            yield Static(Content(ABOUT), id="seed-about")
            yield Input(placeholder="7F3K", restrict=SEED, id="seed", compact=True)

    def on_mount(self) -> None:
        """Ready to be typed in."""
        self.query_one(Input).focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Play it."""
        self.dismiss(message.value.strip("-").upper())

    def action_close(self) -> None:
        """Back, nothing is played."""
        self.dismiss(None)
