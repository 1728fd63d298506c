"""What a shell says of failures: the library's words (bash's) as busybox's ash says them."""

from __future__ import annotations

import re
from collections.abc import Callable

_PREFIX = re.compile(r"^bash: (?:line (\d+): )?")
_GUESS = re.compile(r"\. Did you mean: .*\?$")
_UNEXPECTED = re.compile(r"^syntax error near unexpected token `(.*)'$")
_END = re.compile(r"^parse error at line (\d+), column \d+: (.*)$", re.DOTALL)
_REFUSED = ("Permission denied", "Read-only file system", "No space left on device",
            "Is a directory")  # fmt: skip
_NO_FILE = "No such file or directory"


class Words:
    """Turns lines of standard error; `name` as the shell was called (argv[0], or the script)."""

    def __init__(self, name: str, bash: bool, script: bool, exists: Callable[[str], bool]) -> None:
        self.name, self._bash, self._script = name, bash, script
        self._exists = exists
        self.script = ""

    def text(self, raw: str) -> str:
        """Every line of it."""
        lines = raw.split("\n")
        return "\n".join(self._line(line) if line.startswith("bash: ") else line for line in lines)

    def _line(self, line: str) -> str:
        found = _PREFIX.match(line)
        number = found.group(1) if found else None
        rest = _GUESS.sub("", line[found.end() :] if found else line)
        if self._bash:
            return f"{self.name}: {f'line {number}: ' if number else ''}{rest}"
        where = f"{self.name}: line {number}: " if self._script and number else f"{self.name}: "
        return where + self._ash(rest)

    def _ash(self, rest: str) -> str:
        name, _, why = rest.rpartition(": ")
        if why == "command not found":
            return f"{name}: not found"
        if name.startswith("cd: "):
            return f"cd: can't cd to {name[4:]}: {why}"
        if why in _REFUSED:
            return self._refused(name, why)
        if why == _NO_FILE:
            return self._missing(name)
        if "division by 0" in rest:
            return "divide by zero"
        return rest

    def _after(self, sign: str, name: str) -> bool:
        """Does the script write to, or read from, a file of this name?"""
        quoted = rf"{sign}\s*[\"']?{re.escape(name)}"
        return re.search(quoted, self.script) is not None

    def _refused(self, name: str, why: str) -> str:
        if self._after("<", name):
            return f"can't open {name}: {why}"
        if self._after(">", name) or not self._exists(name):
            return f"can't create {name}: {why}"
        return f"{name}: {'Permission denied' if why == 'Is a directory' else why}"

    def _missing(self, name: str) -> str:
        if self._after("<", name):
            return f"can't open {name}: no such file"
        if self._after(">", name):
            return f"can't create {name}: nonexistent directory"
        return f"{name}: not found"

    def syntax(self, error: str) -> str:
        """The line for a script that does not parse."""
        found = _END.match(error)
        number, why = (found.group(1), found.group(2)) if found else ("1", error)
        why = why.removeprefix("syntax error: ")
        if self._bash:
            return f"{self.name}: -c: line {number}: syntax error: {why}\n"
        why = _UNEXPECTED.sub(r'unexpected "\1"', why)
        where = f"line {number}: " if self._script else ""
        return f"{self.name}: {where}syntax error: {why}\n"
