"""busybox's `grep -r`: it reads what links lead to, but goes into no directory behind one."""

from __future__ import annotations

import dataclasses
import posixpath
from typing import cast

from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.busybox.words import place
from breakfix.embedded.programs.shell import native

_VALUED = "efmABC"


def _parted(words: list[str]) -> tuple[list[str], list[str], str]:
    """Options with their values, the other words, and all letters."""
    options, others, letters, rest = [], [], "", list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            others += rest
            break
        if not word.startswith("-") or word == "-":
            others.append(word)
            continue
        place_ = next((n for n, c in enumerate(word) if n and c in _VALUED), 0)
        letters += word[1 : place_ + 1] if place_ else word[1:]
        options.append(word)
        if place_ and place_ == len(word) - 1 and rest:
            options.append(rest.pop(0))
    return options, others, letters


async def grep(process: Process) -> int:
    """`grep`, `egrep` and `fgrep`; with -r the files of directories, each by its name."""
    options, others, letters = _parted(process.argv[1:])
    long = next((o for o in options if o.startswith(("--include", "--exclude"))), "")
    if long:
        await process.err(f"grep: unrecognized option '{long}'\n")
        return 2
    if "r" not in letters or "R" in letters or any(o.startswith("--") for o in options):
        return await native(process)
    pattern = [] if set("ef") & set(letters) else others[:1]
    names = others[len(pattern) :] or ["."]
    view = cast("View", process.files)
    found: list[str] = []
    for name in names:
        found += _files(view, name, place(process, name))
    named = any(view.is_dir(place(process, name)) for name in names) and "h" not in letters
    given = [o if not o.startswith("-") else _without(o) for o in options]
    argv = [process.argv[0], *(["-H"] if named else []), *(o for o in given if o != "-")]
    if not found:
        return 1
    return await native(dataclasses.replace(process, argv=[*argv, "--", *pattern, *found]))


def _without(option: str) -> str:
    """The option but for its r's: what follows a letter with a value is left."""
    at = next((n for n, c in enumerate(option) if n and c in _VALUED), len(option))
    return option[:at].replace("r", "") + option[at:]


def _files(view: View, name: str, path: str) -> list[str]:
    if not view.is_dir(path):
        return [name]
    found = []
    for entry in view.list(path):
        inner = posixpath.join(path, entry)
        shown = f"{name.rstrip('/')}/{entry}"
        if view.stat(inner, follow=False).kind == "dir":
            found += _files(view, shown, inner)
        elif not view.is_dir(inner):
            found.append(shown)
    return found
