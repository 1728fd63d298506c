"""The keys of the screen of evidence, in the order of its bottom line."""

from __future__ import annotations

from textual.binding import Binding

LOOKING_BINDINGS = (
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
    Binding("slash", "find", "find", id="evidence.find", priority=True,
            tooltip="Find in the text"),
    Binding("n", "next(1)", "next", show=False, id="evidence.next", tooltip="The next place"),
    Binding("N", "next(-1)", "before", show=False, id="evidence.before",
            tooltip="The place before"),
)  # fmt: skip
