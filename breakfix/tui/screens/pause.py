"""A paused round: nothing of it can be read, and the clock stands."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Center, Middle
from textual.content import Content
from textual.widgets import Static

from breakfix.tui.layer import Dialog


class PauseScreen(Dialog[None]):
    """Covers the whole screen; dismissed when play goes on."""

    HELP_TITLE = "Pause"
    HELP = "The clock stands. Brief and shell are hidden meanwhile, so that nobody reads on."
    BINDINGS = [
        Binding("p,f8,escape,enter", "go_on", "go on", id="pause.resume",
                tooltip="Go on; the clock runs again"),
    ]  # fmt: skip

    def __init__(self, clock: str) -> None:
        super().__init__()
        self._clock = clock

    def compose(self) -> ComposeResult:
        text = Content.assemble(
            ("Paused", "$accent bold"), (f"\n\nThe clock stands at {self._clock}.", ""),
            ("\nBrief and shell are hidden until you go on.", "$muted"),
            ("\n\np", "$footer-key-foreground bold"), ("  go on", "$muted"),
        )  # fmt: skip
        with Middle(), Center():
            yield Static(text, id="pause-text")

    def action_go_on(self) -> None:
        """Back to the round."""
        self.dismiss(None)
