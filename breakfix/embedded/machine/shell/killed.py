"""What ash says of a command that a signal has ended: it waited for it, and goes on."""

from __future__ import annotations

import re
import signal

WORDS: dict[int, str] = {
    signal.SIGKILL: "Killed", signal.SIGTERM: "Terminated", signal.SIGHUP: "Hangup",
    signal.SIGSEGV: "Segmentation fault", signal.SIGABRT: "Aborted", signal.SIGQUIT: "Quit",
    signal.SIGUSR1: "User defined signal 1", signal.SIGUSR2: "User defined signal 2",
}  # fmt: skip
_SEPARATORS = re.compile(r"[;\n&|()]")
_BACKGROUND = re.compile(r"(?<![&>])&(?![&>\d])")


def notice(code: int | None, name: str, script: str) -> str:
    """`code`: of who killed it. Nothing of the last command of a script, which takes the
    shell's place, and in a script with commands in the background, which may be meant."""
    words = WORDS.get((code or 0) - 128)
    if words is None or _BACKGROUND.search(script):
        return ""
    last = _SEPARATORS.split(script.rstrip())[-1].split()
    return "" if last[:1] == [name] else f"{words}\n"
