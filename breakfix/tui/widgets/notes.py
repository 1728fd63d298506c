"""The learner's notes on a round: a file of their own, written as they type."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.timer import Timer
from textual.widgets import TextArea

WRITE_AFTER = 0.5


class NotesPane(TextArea):
    """An editor over one file; written half a second after the last key, and at the end."""

    def __init__(self, path: Path, *, id: str = "notes") -> None:
        text = path.read_text() if path.exists() else ""
        super().__init__(text, id=id, classes="pane tab", placeholder="Your notes on this round")
        self._path = path
        self._written = text
        self._timer: Timer | None = None

    @on(TextArea.Changed)
    def _later(self, message: TextArea.Changed) -> None:
        message.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(WRITE_AFTER, self.save)

    def save(self) -> None:
        """Write the file if anything changed. Nothing is lost for a full disk: it is said."""
        if self.text == self._written:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path.write_text(self.text)
            self._written = self.text
        except OSError as error:
            self.notify(f"Notes are not saved: {error}", severity="error")

    def on_unmount(self) -> None:
        """Leaving the round keeps the last words."""
        self.save()

    def action_leave(self) -> None:
        """Escape goes back to the game's keys."""
        self.screen.query_one("#page").focus()
