"""`du`."""

from __future__ import annotations

import contextlib
import dataclasses
import re

from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.busybox.words import human_size, operands, place, view_of


async def du(process: Process) -> int:
    """`du [-shak] [-d N] [FILE]...`."""
    deep, words = _depth(process.argv[1:])
    letters, names, _ = operands(dataclasses.replace(process, argv=["du", *words]), "aHLclsxhmkb")
    view, code = view_of(process), 0
    for name in names or ["."]:
        path = place(process, name)
        if not view.exists(path):
            await process.err(f"du: {name}: No such file or directory\n")
            code = 1
            continue
        rows: list[tuple[int, str]] = []
        total = _usage(view, path, name.rstrip("/") or "/", rows, "a" in letters)
        shown = [(total, name)] if "s" in letters or not rows else rows
        for size, where in shown:
            if where[len(name) :].count("/") <= deep:
                text = human_size(size) if "h" in letters else str(size >> _UNIT["m" in letters])
                await process.out(f"{text}\t{where}\n")
    return code


_UNIT = {False: 10, True: 20}  # bits of what is shown without -h: kibibytes, or with -m more

_PROCESS_ROOT = re.compile(r"/proc/\d+/root")


def _depth(words: list[str]) -> tuple[int, list[str]]:
    """How deep it shows directories, and the words but `-d N`."""
    for number, word in enumerate(words):
        if word == "-d" and words[number + 1 : number + 2]:
            return int(words[number + 1]), words[:number] + words[number + 2 :]
        if re.fullmatch(r"-d\d+", word):
            return int(word[2:]), words[:number] + words[number + 1 :]
    return len(words) + 1000, words


def _usage(view: View, path: str, name: str, rows: list[tuple[int, str]], files: bool) -> int:
    at = view.stat(path, False)
    total = at.room
    if at.kind == "dir" and not _PROCESS_ROOT.fullmatch(path):
        with contextlib.suppress(OSError):
            total += sum(
                _usage(view, f"{path.rstrip('/')}/{n}", f"{name.rstrip('/')}/{n}", rows, files)
                for n in view.list(path)
            )
        rows.append((total, name))
    elif files:
        rows.append((total, name))
    return total
