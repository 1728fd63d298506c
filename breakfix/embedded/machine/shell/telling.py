"""What `type`, `alias` and `trap` tell: in the words of the image's shell, and without what of
ours is in the library's shell (aliases for programs that read no input, the DEBUG trap)."""

from __future__ import annotations

import re

_OURS = re.compile(r"alias (\S+)='(?:__exec )?\1(?: </dev/null)?'")
_ALIAS = re.compile(r"alias (\S+?)=(.*)", re.DOTALL)
_TRAP = re.compile(r"^trap -- ", re.MULTILINE)
_SIGNAL = re.compile(r" SIG(\w+)\s*$")


def kind(name: str, builtin: str, alias: str, path: str | None, bash: bool) -> tuple[str, int]:
    """What a name is, and the exit code. `builtin`: as the library's `type -t` has it."""
    found = None if _OURS.fullmatch(alias) else _ALIAS.fullmatch(alias)
    if found:
        value = found[2].strip("'")
        return f"{name} is aliased to `{value}'" if bash else f"{name} is an alias for {value}", 0
    if builtin == "function":
        return f"{name} is a function", 0
    if builtin == "keyword":
        return f"{name} is a shell keyword", 0
    if path == name:
        return f"{name} is a shell builtin", 0
    if path is None:
        return f"{name}: not found", 1 if bash else 127
    return f"{name} is {path}", 0


def aliases(told: str, bash: bool) -> str:
    """All aliases, as `alias` prints them."""
    lines = [line for line in told.splitlines() if not _OURS.fullmatch(line)]
    return "".join(f"{line if bash else line.removeprefix('alias ')}\n" for line in lines)


def traps(told: str, bash: bool) -> str:
    """All traps, as `trap` prints them."""
    parts = [part.rstrip("\n") for part in _TRAP.split(told) if part.strip()]
    shown = [part for part in parts if not part.endswith(" DEBUG")]
    named = shown if bash else [_SIGNAL.sub(r" \1", part) for part in shown]
    return "".join(f"trap -- {part}\n" for part in named)
