"""What a container's command plainly does, without running it.

Only `true`, `false`, `exit`, `sleep` and `echo` are understood, alone or joined by `;`, `&&`,
`||` and lines in a `sh -c`; any other program runs on for ever. Programs that really run
replace this.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

_SHELLS = frozenset(("sh", "bash", "ash", "/bin/sh", "/bin/bash", "/bin/ash", "/bin/busybox"))
# Images that run a shell, which ends at once where nobody types into it.
_SHELL_IMAGES = frozenset(("alpine", "bash", "busybox", "debian", "fedora", "ubuntu"))
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True)
class Outcome:
    """How a program ends: after so many seconds (None: never), with which exit code."""

    seconds: float | None
    code: int = 0
    deaf: bool = False  # a lone `sleep` as the first process ignores SIGTERM


RUNS_ON = Outcome(None)


def image_outcome(image: str, *, stdin: bool) -> Outcome:
    """What a container does that names no program: its image's own one."""
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return Outcome(0) if name in _SHELL_IMAGES and not stdin else RUNS_ON


def outcome(command: Sequence[str], args: Sequence[str]) -> Outcome:
    """What a container with this command and these args does."""
    words = [*command, *args]
    if not words:
        return RUNS_ON
    if words[0] in _SHELLS and "-c" in words[1:-1]:
        return _script(words[words.index("-c") + 1])
    return _simple(words) or RUNS_ON


def _script(text: str) -> Outcome:
    try:
        lexer = shlex.shlex(text.replace("\n", " ; "), posix=True, punctuation_chars=";&|")
        lexer.whitespace_split = True
        words = list(lexer)
    except ValueError:
        return RUNS_ON
    return _joined(words)


def _joined(words: list[str]) -> Outcome:
    seconds, code, joint = 0.0, 0, ";"
    for part, following in _parts(words):
        if part and _runs(joint, code):
            found = _simple(part)
            if found is None or found.seconds is None:
                return RUNS_ON if found is None else found
            seconds, code = seconds + found.seconds, found.code
            if part[0] == "exit":
                break
        joint = following
    return Outcome(seconds, code, deaf=seconds > 0)


def _runs(joint: str, code: int) -> bool:
    return joint == ";" or (joint == "&&") == (code == 0)


def _parts(words: list[str]) -> list[tuple[list[str], str]]:
    """Simple commands, each with what joins it to the next."""
    found: list[tuple[list[str], str]] = []
    part: list[str] = []
    for word in [*words, ";"]:
        if set(word) <= set(";&|"):
            found.append((part, ";" if set(word) == {";"} else word))
            part = []
        else:
            part.append(word)
    return found


def _simple(words: list[str]) -> Outcome | None:
    """One command; None where it is not one of those understood."""
    name, rest = words[0].rpartition("/")[2], words[1:]
    match name:
        case "true" | ":":
            return Outcome(0)
        case "false":
            return Outcome(0, 1)
        case "echo":
            plain = not any(c in word for word in rest for c in "`$><")
            return Outcome(0) if plain else None
        case "exit":
            return Outcome(0, int(rest[0]) & 255) if rest and rest[0].isdigit() else Outcome(0)
        case "sleep":
            return _sleep(rest)
    return None


def _sleep(rest: list[str]) -> Outcome | None:
    if rest in (["infinity"], ["inf"]):
        return Outcome(None, deaf=True)
    try:
        return Outcome(sum(_seconds(word) for word in rest), deaf=True)
    except ValueError:
        return None


def _seconds(word: str) -> float:
    unit = _UNITS.get(word[-1:])
    return float(word[:-1]) * unit if unit else float(word)
