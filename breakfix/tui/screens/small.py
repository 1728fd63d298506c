"""Said where the window is too small to show anything else."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from breakfix.tui.layer import Dialog


class SmallScreen(Dialog[None]):
    """Covers everything until there is room again; what lies below goes on."""

    HELP_TITLE = "Too small"
    HELP = "The window is too small. Make it larger and you are back where you were."
    TAKES_ALL_KEYS = True
    BINDINGS = [
        Binding("q,ctrl+q", "leave", "quit", id="small.quit",
                tooltip="Leave breakfix; an open round stays open"),
    ]  # fmt: skip

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self._width, self._height = width, height
        self._gone = False

    def compose(self) -> ComposeResult:
        yield Static(id="small-text")

    def on_resize(self, event: events.Resize) -> None:
        """Gone with the first size that will do."""
        width, height = event.size
        if self._leave_for(width, height):
            return
        lines = (
            f"{width}x{height} is too small.",
            f"breakfix needs {self._width}x{self._height}.",
            "Make the window larger,",
            "or the font smaller.",
            "No room? breakfix play --plain",
            "q leaves; a round stays open.",
        )
        self.query_one(Static).update(Content("\n".join(lines[: max(1, height)])))

    def on_screen_resume(self) -> None:
        """It may have grown while something else lay on top."""
        self._leave_for(*self.app.size)

    def _leave_for(self, width: int, height: int) -> bool:
        """Gone where that is enough; once, for a dismiss takes the uppermost screen away."""
        enough = width >= self._width and height >= self._height
        if enough and not self._gone and self.is_current:
            self._gone = True
            self.dismiss(None)
        return enough

    def action_leave(self) -> None:
        """Out of breakfix."""
        self.app.exit(0)
