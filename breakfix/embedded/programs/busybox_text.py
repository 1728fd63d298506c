"""busybox's applets that move bytes and wait: cat, tail, tee, yes, dd, xargs; and vi."""

from __future__ import annotations

import posixpath
import shlex

from breakfix.embedded.machine.proc import MEMORY_TOTAL
from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.input import all_input

_CHUNK, _SPEED = 16 << 20, 2 << 30  # bytes, and bytes a second, of a file without end
_POLL = 1.0  # seconds between looks at a file that is followed
_SIZES = {"c": 1, "w": 2, "b": 512, "k": 1024, "K": 1024, "M": 1 << 20, "G": 1 << 30}


def place(process: Process, path: str) -> str:
    """An absolute path."""
    return posixpath.normpath(posixpath.join(process.cwd, path))


async def _copy_input(process: Process, options: str = "") -> None:
    while data := await process.stdin.read():
        await process.stdout.write(_visible(data, options))


def _visible(data: bytes, options: str) -> bytes:
    """What cannot be seen is shown with -v; with -t tabs, with -e ends of lines too; -A is all."""
    wanted = set(options.replace("A", "vte"))
    if not wanted & set("vte"):
        return data
    return b"".join(_SHOWN[byte] if byte not in b"\t\n" else
                    b"^I" if byte == _TAB and "t" in wanted else
                    b"$\n" if byte == _LINE and "e" in wanted else bytes([byte])
                    for byte in data)  # fmt: skip


def _shown(byte: int) -> bytes:
    if byte >= _META:
        return b"M-" + _shown(byte - _META)
    return bytes([byte]) if 32 <= byte < _DELETE else b"^" + bytes([byte ^ 64])  # noqa: PLR2004


_TAB, _LINE, _DELETE, _META = 9, 10, 127, 128
_SHOWN = [_shown(byte) for byte in range(256)]


async def cat(process: Process) -> int:
    """`cat [-nvteA] [FILE]...`."""
    options = "".join(w[1:] for w in process.argv[1:] if w.startswith("-") and w != "-")
    names = [w for w in process.argv[1:] if not w.startswith("-") or w == "-"] or ["-"]
    bad = next((c for c in options if c not in "nbvteAu"), "")
    if bad:
        await process.err(f"cat: invalid option -- '{bad}'\n")
        return 1
    code, number = 0, 0
    for name in names:
        if name in ("-", "/dev/stdin"):
            await _copy_input(process, options)
            continue
        try:
            data = process.files.read(place(process, name))
        except IsADirectoryError:
            await process.err("cat: read error: Is a directory\n")
            code = 1
            continue
        except OSError as error:
            await process.err(f"cat: can't open '{name}': {error.strerror}\n")
            code = 1
            continue
        data = _visible(data, options)
        if "n" in options:
            lines = data.splitlines(keepends=True)
            data = b"".join(b"%6d\t%s" % (number + i, x) for i, x in enumerate(lines, 1))
            number += len(lines)
        await process.stdout.write(data)
    return code


async def tee(process: Process) -> int:
    """`tee [-a] [FILE]...`."""
    names = [w for w in process.argv[1:] if not w.startswith("-")]
    code = 0
    good: list[str] = []
    for name in names:
        try:
            path = place(process, name)
            process.files.append(path, b"")
            if "-a" not in process.argv:
                process.files.write(path, b"")
            good.append(path)
        except OSError as error:
            await process.err(f"tee: {name}: {error.strerror}\n")
            code = 1
    while data := await process.stdin.read():
        for path in good:
            process.files.append(path, data)
        await process.stdout.write(data)
    return code


async def yes(process: Process) -> int:
    """`yes [WORD]...`: until nobody reads."""
    line = (" ".join(process.argv[1:]) or "y").encode() + b"\n"
    block = line * max(1, 4096 // len(line))
    share = getattr(process.container, "share", None)
    while True:
        if share is not None:
            await share.take()
        await process.stdout.write(block)


async def vi(process: Process) -> int:
    """`vi`: there is no editor here."""
    name = posixpath.basename(process.argv[0])
    await process.err(f"{name}: no editor in this container; use sed, cat >FILE or kubectl cp\n")
    return 1


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


def _size(word: str) -> int:
    unit = _SIZES.get(word[-1:], 0)
    return int(word[:-1] if unit else word) * (unit or 1)


async def dd(process: Process) -> int:
    """`dd [if=FILE] [of=FILE] [bs=N] [count=N] [skip=N] [seek=N]`."""
    given = dict(w.partition("=")[::2] for w in process.argv[1:])
    block = _size(given.get("bs", "512"))
    count = _size(given["count"]) if "count" in given else None
    if process.use_memory is not None:
        process.use_memory(process.memory + block)
    try:
        wrote = await _transfer(process, given, block, count)
    except OSError as error:
        name = given.get("of") or given.get("if") or ""
        why = "error writing" if error.errno == 28 else "can't open"  # noqa: PLR2004
        await process.err(f"dd: {why} '{name}': {error.strerror}\n")
        if why == "error writing":
            await _tell_records(process, given, block)
        return 1
    whole, rest = divmod(wrote, block)
    tail_ = f"{whole}+{int(bool(rest))}"
    await process.err(f"{tail_} records in\n{tail_} records out\n{wrote} bytes copied\n")
    return 0


async def _tell_records(process: Process, given: dict[str, str], block: int) -> None:
    """How far it came: the block that there was no room for was read, too."""
    wrote = process.files.size(place(process, given["of"])) // block if "of" in given else 0
    await process.err(f"{wrote + 1}+0 records in\n{wrote}+0 records out\n")


async def _transfer(process: Process, given: dict[str, str], block: int, count: int | None) -> int:
    source = place(process, given["if"]) if "if" in given else ""
    target = place(process, given["of"]) if "of" in given else ""
    share = getattr(process.container, "share", None)
    endless = source in ("/dev/zero", "/dev/urandom", "/dev/random")
    data = b"" if endless or not source else process.files.read(source)
    data = data[_size(given.get("skip", "0")) * block :]
    if target and "seek" not in given and given.get("conv") != "notrunc":
        process.files.write(target, b"")
    wrote = 0
    left = block * count if count is not None else None
    while left is None or wrote < left:
        most = 1 << 20 if source == "/dev/zero" else 65536
        want = min(most, (left - wrote) if left is not None else most)
        if share is not None:
            await share.take()
        if endless:
            chunk = bytes(want) if source == "/dev/zero" else process.files.read(source)[:want]
        elif source:
            chunk, data = data[:want], data[want:]
        else:
            chunk = await process.stdin.read(want)
        if not chunk:
            break
        if target:
            process.files.append(target, chunk)
        else:
            await process.stdout.write(chunk)
        wrote += len(chunk)
    return wrote


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
