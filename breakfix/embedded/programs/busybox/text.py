"""Applets that move bytes: cat, tee, yes; and vi."""

from __future__ import annotations

import posixpath

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.busybox.words import place


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
    cgroup = getattr(process.container, "cgroup", None)
    while True:
        if cgroup is not None:
            await cgroup.share.take()
        await process.stdout.write(block)


async def vi(process: Process) -> int:
    """`vi`: there is no editor here."""
    name = posixpath.basename(process.argv[0])
    await process.err(f"{name}: no editor in this container; use sed, cat >FILE or kubectl cp\n")
    return 1
