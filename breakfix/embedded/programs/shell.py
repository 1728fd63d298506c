"""`sh`, `ash`, `bash` and `dash` as programs, and commands that the shell library has."""

from __future__ import annotations

import posixpath
import shlex

from breakfix.embedded.machine.shell.session import Session
from breakfix.embedded.machine.streams import Empty
from breakfix.embedded.machine.types import Process

NO_FILE = 127


async def shell(process: Process) -> int:
    """`sh [-OPTIONS] [-c SCRIPT [NAME ARG...]] [FILE ARG...]`; else commands from input."""
    name = posixpath.basename(process.argv[0]).lstrip("-")
    options, rest, wants = _options(process.argv[1:])
    prefix = f"set {shlex.join(options)}; " if options else ""
    if "c" in wants:
        if not rest:
            await process.err(f"{name}: -c requires an argument\n")
            return 2
        session = Session(process, rest[1] if len(rest) > 1 else process.argv[0], name == "bash")
        return await session.run(prefix + rest[0], args=rest[2:])
    if rest and "s" not in wants:
        return await _file(process, name, rest, prefix)
    from breakfix.embedded.machine.terminal import Prompt

    return await Prompt(process, name, "i" in wants).run()


def _options(words: list[str]) -> tuple[list[str], list[str], set[str]]:
    """What `set` gets, what follows, and the letters c, s and i that were there."""
    found: list[str] = []
    wants: set[str] = set()
    rest = list(words)
    while rest and len(rest[0]) > 1 and rest[0][0] in "-+":
        word = rest.pop(0)
        if word == "--":
            break
        if word.startswith("--"):
            continue
        letters = "".join(c for c in word[1:] if c not in "csil")
        wants |= set(word[1:]) & set("csil")
        if letters == "o" and rest:
            found += [word[0] + "o", rest.pop(0)]
        elif letters:
            found.append(word[0] + letters)
    return found, rest, wants


async def _file(process: Process, name: str, rest: list[str], prefix: str) -> int:
    path = posixpath.join(process.cwd, rest[0])
    try:
        data = process.files.read(path)
    except OSError as error:
        why = error.strerror or ""
        if name == "bash":
            await process.err(f"bash: {rest[0]}: {why}\n")
        else:
            await process.err(f"{name}: can't open '{rest[0]}': {why}\n")
        return NO_FILE if name == "bash" and isinstance(error, FileNotFoundError) else 2
    session = Session(process, rest[0], name == "bash", script=True)
    return await session.run(prefix + data.decode(errors="replace"), args=rest[1:])


async def native(process: Process) -> int:
    """A command of the shell library, by itself."""
    argv = [posixpath.basename(process.argv[0]), *process.argv[1:]]
    session = Session(process, "sh", bash=False)
    session.native = True
    if isinstance(process.stdin, Empty):
        return await session.run(f"{shlex.join(argv)} </dev/null")
    return await session.run(shlex.join(argv))
