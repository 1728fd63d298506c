"""`xargs`."""

from __future__ import annotations

import shlex

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.input import all_input


async def xargs(process: Process) -> int:
    """`xargs [-n N] [-I STR] [-0] [-r] [-t] [PROG ARGS]`."""
    words, most, replace, zero, skip, tell = process.argv[1:], 0, "", False, False, False
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in ("-n", "-I", "-P", "-L") and words:
            value = words.pop(0)
            most = int(value) if option in ("-n", "-L") else most
            replace = value if option == "-I" else replace
        elif option.startswith("-n"):
            most = int(option[2:])
        elif option.startswith("-I"):
            replace = option[2:]
        zero, skip, tell = zero or option == "-0", skip or option == "-r", tell or option == "-t"
    data = await all_input(process)
    items = _items(data.decode(errors="replace"), zero, bool(replace))
    code = 0
    for argv in _commands(words or ["echo"], items, most, replace, skip):
        if tell:
            await process.err(shlex.join(argv) + "\n")
        assert process.run is not None  # noqa: S101
        got = await process.run(argv)
        if got in (126, 127):
            await process.err(f"xargs: {argv[0]}: No such file or directory\n")
            return got
        code = 123 if got else code
    return code


def _items(text: str, zero: bool, lines: bool) -> list[str]:
    if zero:
        return [x for x in text.split("\0") if x]
    if lines:
        return [x.strip() for x in text.splitlines() if x.strip()]
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _commands(
    head: list[str], items: list[str], most: int, replace: str, skip: bool
) -> list[list[str]]:
    if replace:
        return [[w.replace(replace, item) for w in head] for item in items]
    if not items:
        return [] if skip else [head]
    size = most or len(items)
    return [[*head, *items[n : n + size]] for n in range(0, len(items), size)]
