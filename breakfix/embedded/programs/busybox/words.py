"""What the applets share: their operands and options, their help, sizes, programs they run."""

from __future__ import annotations

import posixpath
from typing import cast

from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.process import search
from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.input import all_input

NOT_FOUND = 127  # the exit code of a program that is not there


def place(process: Process, path: str) -> str:
    """An absolute path."""
    return posixpath.normpath(posixpath.join(process.cwd, path))


async def contents(process: Process, name: str) -> bytes:
    """What is in an operand; `-` is the standard input. Raises OSError."""
    return await all_input(process) if name == "-" else process.files.read(place(process, name))


def view_of(process: Process) -> View:
    """Its files, with all that can be done to them."""
    return cast("View", process.files)


def operands(process: Process, known: str) -> tuple[set[str], list[str], str]:
    """Letters of options, operands, and a letter that is not known."""
    letters: set[str] = set()
    names: list[str] = []
    ended = False
    for word in process.argv[1:]:
        if ended or not word.startswith("-") or word == "-":
            names.append(word)
        elif word == "--":
            ended = True
        elif not word.startswith("--"):
            letters |= set(word[1:])
    bad = next((c for c in sorted(letters) if c not in known), "")
    return letters, names, bad


async def invalid(process: Process, bad: str) -> int:
    """Refuse an option; the exit code."""
    await process.err(f"{posixpath.basename(process.argv[0])}: invalid option -- '{bad}'\n")
    return 1


def usage(line: str, text: str) -> str:
    """Busybox's help."""
    return (
        f"BusyBox v1.37.0 (2024-09-26 21:31:42 UTC) multi-call binary.\n\nUsage: {line}\n\n{text}\n"
    )


async def run_child(process: Process, argv: list[str]) -> int:
    """A program that this one runs; said where it cannot be."""
    assert process.run is not None  # noqa: S101 - every container's process has it
    code = await process.run(argv)
    if code in (126, NOT_FOUND) and argv:
        why = "No such file or directory" if code == NOT_FOUND else "Permission denied"
        if search(process.files, argv[0], process.cwd, process.env) is None:  # type: ignore[arg-type]
            name = posixpath.basename(process.argv[0])
            await process.err(f"{name}: can't execute '{argv[0]}': {why}\n")
    return code


def human_size(size: float) -> str:
    """As busybox's -h: 1.5K, 12.0M."""
    if size < 1024:  # noqa: PLR2004
        return str(int(size))
    for unit in "KMGT":
        size /= 1024
        if size < 1024:  # noqa: PLR2004
            return f"{size:.1f}{unit}"
    return f"{size:.1f}P"
