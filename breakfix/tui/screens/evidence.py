"""Evidence: the output of a kubectl command over the whole screen, with the command on top."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from breakfix.tui.evidence import Look, typed
from breakfix.tui.screens.evidence_keys import LOOKING_BINDINGS
from breakfix.tui.screens.evidence_ways import Ways
from breakfix.tui.widgets.evidence_text import EvidenceText
from breakfix.tui.widgets.find import FindField
from breakfix.tui.widgets.screen_keys import ScreenKeys

LABELS = {
    Look.DESCRIBE: "Describe", Look.LOGS: "Logs", Look.EVENTS: "Events", Look.YAML: "YAML",
}  # fmt: skip


class EvidenceScreen(Ways):
    """One object, looked at in one way after the other. Leaving it ends what runs."""

    HELP_TITLE = "Evidence"
    HELP = (
        "What kubectl says of one object: events, describe, logs or YAML. The command that "
        "says the same stands with it and can be put on the shell's line."
    )
    BINDINGS = [*LOOKING_BINDINGS]

    def compose(self) -> ComposeResult:
        with Vertical(id="evidence-box"):
            yield Static(id="evidence-command")
            yield EvidenceText()
            yield Static(id="evidence-status")
            yield FindField("find; ↑ ↓ go on, enter keeps, esc closes")
        yield ScreenKeys()

    def on_mount(self) -> None:
        """Run it at once."""
        self._text.focus()
        self._begin()

    def _titles(self) -> None:
        box = self.query_one("#evidence-box")
        parts = []
        for look in self._views():
            style = "$accent bold" if look is self.look else "$muted not bold"
            label = rf"\[{LABELS[look]}]" if look is self.look else LABELS[look]
            parts.append(f"[@click=screen.view('{look}')][{style}]{label}[/][/]")
        box.border_title = " ".join(parts)
        where = f"{self._target.namespace}/" if self._target.namespace else ""
        box.border_subtitle = f"{self._target.kind} {where}{self._target.name}"
        self.query_one("#evidence-command", Static).update(
            Content.assemble(("$ ", "$muted"), (typed(self.words), "$accent"))
        )

    def action_to_shell(self) -> None:
        """Back, with the command on the shell's line."""
        self.dismiss(typed(self.words))

    def action_copy(self) -> None:
        """The command on the clipboard."""
        self.app.copy_to_clipboard(typed(self.words))
        self.notify("The command is on the clipboard.", timeout=2)

    def action_close(self) -> None:
        """Back to the round."""
        self.dismiss(None)

    def on_text_selected(self) -> None:
        """What was selected by mouse is on the clipboard, as in the round."""
        text = self.get_selected_text()
        if text:
            self.app.copy_to_clipboard(text)
            self.notify("Copied", timeout=1.5)

    # -- find -------------------------------------------------------------------------

    def action_find(self) -> None:
        """Type what to look for."""
        self.query_one(FindField).open()

    def action_next(self, step: int) -> None:
        """The next place of what was looked for, or the one before."""
        self._found(self._text.search(self._text.words, step))

    @on(FindField.Typed)
    def _typed(self, message: FindField.Typed) -> None:
        self._found(self._text.search(message.words, message.step))

    @on(FindField.Shut)
    def _shut(self, message: FindField.Shut) -> None:
        if not message.kept:
            self._text.search("")
        self._text.focus()
        self._status()

    def _found(self, told: str) -> None:
        self.query_one("#evidence-status", Static).update(Content.styled(told, "$muted"))
