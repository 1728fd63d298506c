"""What a shell says of failures: the library's words (bash's) as busybox's ash says them."""

from __future__ import annotations

import re
from collections.abc import Callable

from breakfix.embedded.machine.shell import applets
from breakfix.embedded.machine.shell.ash import Said, ash
from breakfix.embedded.machine.shell.trace import shown

_PREFIX = re.compile(r"^bash: (?:line (\d+): )?")
_LINE = b"bash: line "  # how they begin
_SOURCED = re.compile(r"(/\S+|\.\S+): line (\d+): (.+): command not found(?:\. .*)?")
_USAGE = "set: usage: "
_GUESS = re.compile(r"\. Did you mean: .*\?$")
_UNEXPECTED = re.compile(r"^syntax error near unexpected token `(.*)'$")
_END = re.compile(r"^parse error at line (\d+), column \d+: (.*)$", re.DOTALL)
_REFUSED = ("Permission denied", "Read-only file system", "No space left on device",
            "Is a directory")  # fmt: skip
_SHELL = "sh"  # what the applet is called, whatever the script
_NO_BRACKET = "missing ]"
_HINT = re.compile(r"command not found\. .*$")  # what the library tells programs besides
_HEAD = 1  # lines before the script
_NO_FILE = "No such file or directory"


def _by_applet(rest: str) -> bool:
    """Is it said by a command that knows of no script and no line?"""
    return rest.startswith(("[: ", "test: ", "printf: ", "kill: "))


class Words:
    """Turns lines of standard error; `name` as the shell was called (argv[0], or the script)."""

    def __init__(self, name: str, bash: bool, script: bool, exists: Callable[[str], bool]) -> None:
        self.name, self._bash, self._script = name, bash, script
        self._exists = exists
        self.script = ""
        self.prompt = False
        self.busybox = False  # are the commands busybox's?
        self.codes: tuple[int, int] | None = None  # what a command ended with, and should have
        self.fatal = False  # has something been said that ends a script with code 2?

    def text(self, raw: str) -> str:
        """Every line of it."""
        lines = (shown(line, self._bash) for line in raw.split("\n"))
        told = (self._told(line) for line in lines if line is not None)
        return "\n".join(line for line in told if line is not None)

    def redirected(self, data: bytes) -> bytes:
        """What a command reads, or a file gets, where the library's errors went there."""
        if self._bash or _LINE not in data:
            return data
        return self.text(data.decode(errors="surrogateescape")).encode(errors="surrogateescape")

    def _told(self, line: str) -> str | None:
        if line == _NO_BRACKET and not self._bash:
            return f"{_SHELL}: {line}"
        if self.busybox and (instead := applets.said(line)):
            self.codes = instead[1]
            return instead[0]
        if line.startswith(_USAGE):
            return line if self._bash else None
        if not self._bash and (sourced := _SOURCED.fullmatch(line)):
            return f"{self.name}: {sourced[1]}: line {sourced[2]}: {sourced[3]}: not found"
        return self._line(line) if line.startswith("bash: ") else line

    def _line(self, line: str) -> str | None:
        found = _PREFIX.match(line)
        number = int(found[1] or 0) - _HEAD if found else 0
        rest = _GUESS.sub("", line[found.end() :] if found else line)
        if self._bash:
            rest = _HINT.sub("command not found", rest)
            return f"{self.name}: {f'line {number}: ' if number > 0 else ''}{rest}"
        said = self._ash(rest)
        self.fatal = said.fatal
        if said.bare:
            return said.text
        if said.builtin:
            return f"{self.name}: {said.builtin}: {self._counted(number)}{said.text}"
        if _by_applet(rest):
            return f"{_SHELL}: {said.text}"
        where = f"line {number}: " if self._script and number > 0 else ""
        return f"{self.name}: {where}{said.text}" if said.text else None

    def _counted(self, number: int) -> str:
        """The line as a builtin tells it: from nought in what -c is given; not at a prompt."""
        if self.prompt:
            return ""
        return f"line {max(number if self._script else number - 1, 0)}: "

    def _ash(self, rest: str) -> Said:
        if said := ash(rest, self.script):
            return said
        name, _, why = rest.rpartition(": ")
        if why in _REFUSED:
            return Said(self._refused(name, why))
        return self._missing(name) if why == _NO_FILE else Said(rest)

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

    def _missing(self, name: str) -> Said:
        if self._after("<", name):
            return Said(f"can't open {name}: no such file")
        if self._after(">", name):
            return Said(f"can't create {name}: nonexistent directory")
        for word in (".", "source"):
            if self._after(rf"(?:^|[\s;&|(]){re.escape(word)}\s", name):
                return Said(f"can't open '{name}': {_NO_FILE}", word, fatal=True)
        return Said(f"{name}: not found")

    def syntax(self, error: str) -> str:
        """The line for a script that does not parse."""
        found = _END.match(error)
        number, why = (found.group(1), found.group(2)) if found else ("1", error)
        why = why.removeprefix("syntax error: ")
        if self._bash:
            return f"{self.name}: -c: line {number}: syntax error: {why}\n"
        return self.refused(_UNEXPECTED.sub(r'unexpected "\1"', why), int(number))

    def refused(self, why: str, line: int) -> str:
        """The line of ash for what its grammar refuses."""
        where = f"line {line}: " if self._script else ""
        return f"{self.name}: {where}syntax error: {why}\n" if why else ""
