"""`tail`."""

from __future__ import annotations

from breakfix.embedded.machine.proc.proc import MEMORY_TOTAL
from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.busybox.words import place
from breakfix.embedded.programs.input import all_input

_CHUNK, _SPEED = 16 << 20, 2 << 30  # bytes, and bytes a second, of a file without end

_POLL = 1.0  # seconds between looks at a file that is followed


def _count(words: list[str]) -> tuple[int, bool, bool, list[str]]:
    """Number, bytes?, from the start?, and the files, of tail's arguments."""
    count, in_bytes, start, names = 10, False, False, []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        value = ""
        if word in ("-n", "-c") and rest:
            in_bytes, value = word == "-c", rest.pop(0)
        elif word[:2] in ("-n", "-c"):
            in_bytes, value = word[1] == "c", word[2:]
        elif word[:1] == "-" and word[1:].isdigit():
            value = word[1:]
        elif not word.startswith("-") or word == "-":
            names.append(word)
        if value:
            start = value.startswith("+")
            count = int(value.lstrip("+-") or 0)
    return count, in_bytes, start, names


def _part(data: bytes, count: int, in_bytes: bool, start: bool) -> bytes:
    if in_bytes:
        return data[max(count - 1, 0) :] if start else data[-count:] if count else b""
    lines = data.splitlines(keepends=True)
    if start:
        return b"".join(lines[max(count - 1, 0) :])
    return b"".join(lines[-count:]) if count else b""


async def tail(process: Process) -> int:
    """`tail [-f|-F] [-n N|-c N] [FILE]...`."""
    letters = "".join(w[1:] for w in process.argv[1:] if w.startswith("-") and not w[1:].isdigit())
    follow = "f" in letters or "F" in letters
    count, in_bytes, start, names = _count(process.argv[1:])
    if not names:
        data = await all_input(process)
        await process.stdout.write(_part(data, count, in_bytes, start))
        return 0
    sizes: dict[str, int] = {}
    code = 0
    heads = (len(names) > 1 or "v" in letters) and "q" not in letters
    for number, name in enumerate(names):
        path = place(process, name)
        head = ("\n" if number else "") + f"==> {name} <==\n" if heads else ""
        found = await _opened(process, name, head)
        if found is None:
            code = 1
            if "F" in letters or process.files.is_dir(path):
                sizes[path] = 0
            continue
        sizes[path] = len(found)
        data = await _bounded(process, path, found)
        await process.stdout.write(_part(data, count, in_bytes, start))
    if not sizes:
        await process.err("tail: no files\n")
        return 1
    if follow:
        await _follow(process, sizes)
    return code


async def _opened(process: Process, name: str, head: str) -> bytes | None:
    """What a file holds, its name being told; None, and why, of one that cannot be read."""
    try:
        data = process.files.read(place(process, name))
    except OSError as error:
        if isinstance(error, IsADirectoryError):
            await process.out(head)
            await process.err("tail: read error: Is a directory\n")
        else:
            await process.err(f"tail: can't open '{name}': {error.strerror}\n")
        return None
    await process.out(head)
    return data


async def _bounded(process: Process, path: str, data: bytes) -> bytes:
    """What a file holds. One without end is kept until there is no memory for it."""
    if process.files.size(path) != 0 or data != bytes(65536):
        return data
    while process.use_memory is not None and process.memory < MEMORY_TOTAL:
        process.use_memory(process.memory + _CHUNK)
        await process.host.clock.sleep(_CHUNK / _SPEED)
    await process.err("tail: out of memory\n")
    return b""


async def _follow(process: Process, sizes: dict[str, int]) -> None:
    while True:
        await process.host.clock.sleep(_POLL)
        for path, size in sizes.items():
            try:
                data = process.files.read(path)
            except OSError:
                continue
            if len(data) != size:
                sizes[path] = len(data)
                await process.stdout.write(data[size:] if len(data) > size else data)
