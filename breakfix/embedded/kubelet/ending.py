"""What is known of a container's run when it has ended."""

from __future__ import annotations

from breakfix.embedded.kubelet.container import Attempt
from breakfix.embedded.machine.types import Identity

PATH = "/dev/termination-log"
MAX_FILE, MAX_LOG, MAX_LINES = 4096, 2048, 80
OOM = "OOMKilled"


def record(attempt: Attempt, code: int, now: float) -> None:
    """Its exit code, reason and message."""
    attempt.log.close()
    attempt.ended, attempt.code = now, code
    attempt.reason = "Completed" if code == 0 else "Error"
    if getattr(attempt.running, "oom_killed", False):
        attempt.reason = OOM
    attempt.message = message_of(attempt)


def message_of(attempt: Attempt) -> str:
    """What it left in its termination log; by policy, else the end of what it printed."""
    text = _file(attempt)
    falls_back = attempt.spec.get("terminationMessagePolicy") == "FallbackToLogsOnError"
    if text or not falls_back or not attempt.code:
        return text
    return attempt.log.tail(MAX_LINES, MAX_LOG)


def _file(attempt: Attempt) -> str:
    path = attempt.spec.get("terminationMessagePath") or PATH
    view = getattr(attempt.running, "view", None)
    if view is None:
        return ""
    try:
        data: bytes = view(Identity()).read(path)
    except OSError:
        return ""
    return data[-MAX_FILE:].decode(errors="replace")
