"""Evidence: the output of a kubectl command over the whole screen, with the command on top."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from breakfix.tui.evidence import (
    VIEWS,
    LogOptions,
    Look,
    Target,
    command,
    typed,
    write_down,
)
from breakfix.tui.evidence_run import Ended, Running
from breakfix.tui.evidence_words import HUNG, failed, went
from breakfix.tui.widgets.evidence_text import EvidenceText
from breakfix.tui.widgets.find import FindField
from breakfix.tui.widgets.screen_keys import ScreenKeys

HUNG_SECONDS = 5.0
LABELS = {
    Look.DESCRIBE: "Describe", Look.LOGS: "Logs", Look.EVENTS: "Events", Look.YAML: "YAML",
}  # fmt: skip
LOG_ACTIONS = frozenset({"follow", "previous", "container", "pod"})


class EvidenceScreen(ModalScreen[str | None]):
    """One object, looked at in one way after the other. Leaving it ends what runs."""

    HELP_TITLE = "Evidence"
    HELP = (
        "What kubectl says of one object: events, describe, logs or YAML. The command that "
        "says the same stands with it and can be put on the shell's line."
    )
    BINDINGS = [
        Binding("escape,q", "close", "back", id="evidence.close", tooltip="Back to the round"),
        Binding("f", "follow", "follow", id="evidence.follow",
                tooltip="Logs: new lines as they come, or no longer"),
        Binding("p", "previous", "previous", id="evidence.previous",
                tooltip="Logs: of the container before its last restart, or of this one"),
        Binding("c", "container", "container", id="evidence.container",
                tooltip="Logs: of the next container"),
        Binding("o", "pod", "other pod", id="evidence.pod", tooltip="Logs: of the next pod"),
        Binding("a", "all", "all of namespace", id="evidence.all",
                tooltip="Events: all of the namespace, or of the object only"),
        Binding("tab", "turn(1)", "next view", id="evidence.turn",
                tooltip="Describe, logs, events, YAML of the same object"),
        Binding("shift+tab", "turn(-1)", "view before", show=False, id="evidence.turn-back"),
        Binding("s,enter", "to_shell", "to shell", id="evidence.shell",
                tooltip="Put this command on the shell's line"),
        Binding("y,C", "copy", "copy", id="evidence.copy",
                tooltip="Copy this command to the clipboard"),
        Binding("r", "again", "refresh", id="evidence.again", tooltip="Run it again"),
        Binding("slash", "find", "find", id="evidence.find", tooltip="Find in the text"),
        Binding("n", "next(1)", "next", show=False, id="evidence.next", tooltip="The next place"),
        Binding("N", "next(-1)", "before", show=False, id="evidence.before",
                tooltip="The place before"),
    ]  # fmt: skip

    def __init__(self, look: Look, target: Target, env: Mapping[str, str]) -> None:
        super().__init__()
        self.look, self._target, self._env = look, target, env
        self._log_options, self._all = LogOptions(), False
        self._fetching: asyncio.Task[None] | None = None
        self._ended: Ended | None = None
        self._notice = ""

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

    async def on_unmount(self) -> None:
        """No process stays behind."""
        await self._stop()

    @property
    def _text(self) -> EvidenceText:
        return self.query_one(EvidenceText)

    @property
    def words(self) -> list[str]:
        """The command that is shown."""
        target = self._target
        if self._all and self.look is Look.EVENTS:
            target = Target("Namespace", "", target.namespace)
        return command(self.look, target, self._log_options)

    # -- running ----------------------------------------------------------------------

    def _begin(self) -> None:
        """Show the command and run it; what ran before is ended first."""
        self._titles()
        self._ended, self._notice = None, ""
        before, words = self._fetching, self.words
        self._fetching = asyncio.create_task(self._run(before, words), name="evidence")
        self.refresh_bindings()

    async def _run(self, before: asyncio.Task[None] | None, words: list[str]) -> None:
        await _cancelled(before)
        self._text.clear()
        self._text.marked = self.look is not Look.LOGS
        self._status()
        hung = self.set_timer(HUNG_SECONDS, self._hung)
        try:
            self._write_down(words)
            self._ended = await Running(words, self._env).run(self._take)
        finally:
            hung.stop()
        self._notice = ""
        self._status()

    def _write_down(self, words: list[str]) -> None:
        with contextlib.suppress(OSError):  # it would count less, but can be looked at
            write_down(words, self._env)

    def _take(self, lines: list[str]) -> None:
        self._notice = ""
        self._text.extend(lines, follow=self.look is Look.LOGS)
        self._status()

    def _hung(self) -> None:
        if not self._text.lines and not (self._log_options.follow and self.look is Look.LOGS):
            self._notice = HUNG
            self._status()

    async def _stop(self) -> None:
        task, self._fetching = self._fetching, None
        await _cancelled(task)

    # -- what is said -----------------------------------------------------------------

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

    def _views(self) -> list[Look]:
        return [look for look in VIEWS if self._target.can(look)]

    def _status(self) -> None:
        self.query_one("#evidence-status", Static).update(self._state())

    def _state(self) -> Content:
        if self._notice:
            return Content.styled(self._notice, "$warning")
        if self._ended and self._ended.code:
            return failed(self._ended, self._text.lines[-3:])
        if self._ended and not self._text.lines:
            return Content.styled("kubectl printed nothing: that is an answer too", "$muted")
        doing = "" if self._ended else "following" if self._log_options.follow else "running…"
        return went(len(self._text.lines), self._text.dropped, doing)

    @on(EvidenceText.Dropped)
    def _dropped(self) -> None:
        self._status()

    # -- keys -------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Keys of logs only with logs, and only where there is another one."""
        if action in LOG_ACTIONS and self.look is not Look.LOGS:
            return False
        if action == "all":
            return self.look is Look.EVENTS and bool(self._target.namespace)
        if action == "container":
            return len(self._target.containers) > 1
        return action != "pod" or len(self._target.pods) > 1

    def action_view(self, name: str) -> None:
        """Look at the object in this way."""
        self.look = Look(name)
        self._begin()

    def action_turn(self, step: int) -> None:
        """Look at it in the next way."""
        views = self._views()
        self.action_view(views[(views.index(self.look) + step) % len(views)])

    def action_again(self) -> None:
        """Run it once more."""
        self._begin()

    def action_follow(self) -> None:
        """New lines as they come, or no longer; a container that is gone has none."""
        self._relog(replace(self._log_options, follow=not self._log_options.follow, previous=False))

    def action_previous(self) -> None:
        """The log of the container before this one, or of this one again."""
        before = not self._log_options.previous
        self._relog(replace(self._log_options, previous=before, follow=False))

    def action_container(self) -> None:
        """The next container's log."""
        names = self._target.containers
        at = names.index(self._log_options.container) if self._log_options.container in names else 0
        self._relog(replace(self._log_options, container=names[(at + 1) % len(names)]))

    def action_all(self) -> None:
        """All events of the namespace, or the object's only."""
        self._all = not self._all
        self._begin()

    def action_pod(self) -> None:
        """The next pod's log."""
        names = ("", *self._target.pods)
        at = names.index(self._log_options.pod) if self._log_options.pod in names else 0
        self._relog(replace(self._log_options, pod=names[(at + 1) % len(names)]))

    def _relog(self, log: LogOptions) -> None:
        self._log_options = log
        self._begin()

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


async def _cancelled(task: asyncio.Task[None] | None) -> None:
    """End a task and wait until it has put things away."""
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
