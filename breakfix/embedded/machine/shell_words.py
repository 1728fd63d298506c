"""What a shell says of failures: the library's words (bash's) as busybox's ash says them."""

from __future__ import annotations

import re
from collections.abc import Callable

_PREFIX = re.compile(r"^bash: (?:line (\d+): )?")
_GUESS = re.compile(r"\. Did you mean: .*\?$")
_END = re.compile(r"^parse error at line (\d+), column \d+: (.*)$", re.DOTALL)
_NO_FILE = "No such file or directory"


class Words:
    """Turns lines of standard error; `name` as the shell was called (argv[0], or the script)."""

    def __init__(self, name: str, bash: bool, script: bool, exists: Callable[[str], bool]) -> None:
        self._name, self._bash, self._script = name, bash, script
        self._exists = exists

    def text(self, raw: str) -> str:
        """Every line of it."""
        lines = raw.split("\n")
        return "\n".join(self._line(line) if line.startswith("bash: ") else line for line in lines)

    def _line(self, line: str) -> str:
        found = _PREFIX.match(line)
        number = found.group(1) if found else None
        rest = _GUESS.sub("", line[found.end() :] if found else line)
        if self._bash:
            return f"{self._name}: {f'line {number}: ' if number else ''}{rest}"
        where = f"{self._name}: line {number}: " if self._script and number else f"{self._name}: "
        return where + self._ash(rest)

    def _ash(self, rest: str) -> str:
        name, _, why = rest.rpartition(": ")
        if why == "command not found":
            return f"{name}: not found"
        if name.startswith("cd: "):
            return f"cd: can't cd to {name[4:]}: {why}"
        if why == "Is a directory" and not self._redirected(name):
            return f"{name}: Permission denied"
        if why == _NO_FILE:
            return self._missing(name)
        if "division by 0" in rest:
            return "divide by zero"
        return rest

    def _redirected(self, name: str) -> bool:
        return not self._exists(name)

    def _missing(self, name: str) -> str:
        return f"can't open {name}: no such file"

    def syntax(self, error: str) -> str:
        """The line for a script that does not parse."""
        found = _END.match(error)
        number, why = (found.group(1), found.group(2)) if found else ("1", error)
        why = why.removeprefix("syntax error: ")
        if self._bash:
            return f"{self._name}: -c: line {number}: syntax error: {why}\n"
        where = f"line {number}: " if self._script else ""
        return f"{self._name}: {where}syntax error: {why}\n"
