"""The learner's notes on a round: a file of their own, written as they type."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.binding import Binding
from textual.timer import Timer
from textual.widgets import TextArea

from breakfix.clusters.private_files import write_private
from breakfix.errors import BreakfixError

WRITE_AFTER = 0.5
EMPTY = "Your notes on this round. They are kept as you type, and go into the debrief's export."


class NotesPane(TextArea):
    """An editor over one file; written half a second after the last key, and at the end."""

    HELP_TITLE = "Notes"
    BINDINGS = [
        Binding("ctrl+s", "save", "save now", id="notes.save",
                tooltip="Write the notes into their file now, without waiting"),
    ]  # fmt: skip

    def __init__(self, path: Path, *, id: str = "notes") -> None:
        text, trouble = _read(path)
        super().__init__(
            text, id=id, classes="pane tab", placeholder=trouble or EMPTY, read_only=bool(trouble)
        )
        self._path = path
        self._written = text
        self._timer: Timer | None = None
        self._told = ""

    @on(TextArea.Changed)
    def _later(self, message: TextArea.Changed) -> None:
        message.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(WRITE_AFTER, self.save)

    def save(self) -> None:
        """Write the file if anything changed. A disk that is full is told once, and stays
        told at the foot of the pane; what was typed is tried again with the next key."""
        if self.text == self._written:
            return
        try:
            write_private(self._path, self.text)
        except BreakfixError as error:
            self._tell(error)
        else:
            self._written, self._told = self.text, ""
            self.border_subtitle = "saved"

    def _tell(self, error: BreakfixError) -> None:
        self.border_subtitle = "NOT SAVED"
        if self._told != error.message:
            self._told = error.message
            text = f"{error.message}\n{error.hint}".strip()
            self.notify(text, title="Notes are not saved", severity="error", timeout=10)

    def action_save(self) -> None:
        """Save, and say so; a disk that refused is asked again, and told again."""
        self._told = ""
        self.save()
        if not self._told and not self.read_only:
            self.notify(f"Saved in {self._path}", timeout=2)

    def on_unmount(self) -> None:
        """Leaving the round keeps the last words."""
        self.save()


def _read(path: Path) -> tuple[str, str]:
    """What is in the file, and why it cannot be read, if so: then it must not be written."""
    try:
        return path.read_text("utf-8", errors="replace"), ""
    except FileNotFoundError:
        return "", ""
    except OSError as error:
        return "", f"{path} cannot be read: {error.strerror}. Notes cannot be taken."
