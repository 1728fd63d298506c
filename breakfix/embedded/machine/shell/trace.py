"""What `set -x` shows: without the commands of ours, and as busybox's ash writes it."""

from __future__ import annotations

import re

_LAST = "__alive $?"  # every script's last line, with `set -v`
_TRACED = re.compile(r"^\++ ")
_PUT_RIGHT = "exit|kill|wait|command|type|alias|trap|umask|return|shopt"
_OURS = re.compile(rf"__\w+(?:[ =].*)?|builtin (?:{_PUT_RIGHT})\b.*|set -T|trap '?__.*")
_COMPARED = re.compile(r" (=|==|!=|<|>) ")


def shown(line: str, bash: bool) -> str | None:
    """A line of standard error; None where it is about a command of ours."""
    if line == _LAST:
        return None
    found = _TRACED.match(line)
    if not found:
        return line
    command = line[found.end() :].removeprefix("__exec ")
    if _OURS.fullmatch(command):
        return None
    return f"{found[0]}{command}" if bash else f"+ {_quoted(command)}"


def _quoted(command: str) -> str:
    """Ash quotes every word with a sign in it, but no closing bracket."""
    if not command.startswith("'[' "):
        return command
    return _COMPARED.sub(r" '\1' ", command).removesuffix("']'") + "]" * command.endswith("']'")
