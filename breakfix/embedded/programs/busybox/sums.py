"""busybox's md5sum and its kin, wc, realpath and zcat."""

from __future__ import annotations

import gzip
import hashlib
import posixpath
import zlib

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.busybox.words import contents, invalid, operands, place

_HEX = "0123456789abcdefABCDEF"


async def digest(process: Process) -> int:
    """`md5sum [-c[sw]] [FILE]...`, sha1sum, sha256sum and sha512sum."""
    letters, names, bad = operands(process, "csw")
    if bad:
        return await invalid(process, bad)
    code = 0
    for name in names or ["-"]:
        if "c" in letters:
            code = await _checked(process, name, "s" in letters) or code
        elif (found := await _sum(process, name)) is None:
            code = 1
        else:
            await process.out(f"{found}  {name}\n")
    return code


async def _sum(process: Process, name: str) -> str | None:
    applet = posixpath.basename(process.argv[0])
    try:
        data = await contents(process, name)
    except OSError as error:
        what = "read" if isinstance(error, IsADirectoryError) else "open"
        await process.err(f"{applet}: can't {what} '{name}': {error.strerror}\n")
        return None
    return hashlib.new(applet.removesuffix("sum"), data, usedforsecurity=False).hexdigest()


async def _checked(process: Process, name: str, silent: bool) -> int:
    """The sums of a list, against the files that it names."""
    applet = posixpath.basename(process.argv[0])
    try:
        data = await contents(process, name)
    except OSError as error:
        await process.err(f"{applet}: {name}: {error.strerror}\n")
        return 1
    lines, wrong = data.decode(errors="replace").splitlines(), 0
    for line in lines:
        wanted, mark, path = line.partition("  ")
        if not mark or not path or set(wanted) - set(_HEX):
            wrong += 1
            continue
        good = await _sum(process, path) == wanted.lower()
        wrong += not good
        if not silent:
            await process.out(f"{path}: {'OK' if good else 'FAILED'}\n")
    if wrong and not silent:
        text = f"{applet}: WARNING: {wrong} of {len(lines)} computed checksums did NOT match\n"
        await process.err(text)
    return int(wrong > 0)


async def wc(process: Process) -> int:
    """`wc [-cmlwL] [FILE]...`: one figure of one file stands without blanks."""
    letters, names, bad = operands(process, "cmlwL")
    if bad:
        return await invalid(process, bad)
    shown = [c for c in "lwmcL" if c in (letters or set("lwc"))]
    width = 0 if len(shown) == 1 and len(names) < 2 else 9  # noqa: PLR2004
    total, code = [0] * len(shown), 0
    for name in names or [""]:
        try:
            data = await contents(process, name or "-")
        except OSError as error:
            await process.err(f"wc: {name}: {error.strerror}\n")
            code, data = 1, b""
            if not isinstance(error, IsADirectoryError):
                continue
        figures = [_counted(data, letter) for letter in shown]
        total = [max(a, b) if c == "L" else a + b
                 for a, b, c in zip(total, figures, shown, strict=True)]  # fmt: skip
        await process.out(_row(figures, width, name))
    if len(names) > 1:
        await process.out(_row(total, width, "total"))
    return code


def _counted(data: bytes, letter: str) -> int:
    if letter == "l":
        return data.count(b"\n")
    if letter == "w":
        return len(data.split())
    if letter == "c":
        return len(data)
    text = data.decode(errors="replace")
    return len(text) if letter == "m" else max(map(len, text.expandtabs().split("\n")))


def _row(figures: list[int], width: int, name: str) -> str:
    return " ".join(f"{n:>{width}}" for n in figures) + (f" {name}" if name else "") + "\n"


async def realpath(process: Process) -> int:
    """`realpath FILE...`: without links; what is not there has none."""
    code = 0
    for name in operands(process, "")[1]:
        path = place(process, name)
        try:
            found = process.files.realpath(path)  # type: ignore[attr-defined]
            process.files.mode(found)
        except OSError as error:
            await process.err(f"realpath: {name}: {error.strerror}\n")
            code = 1
            continue
        await process.out(f"{found}\n")
    return code


async def zcat(process: Process) -> int:
    """`zcat [FILE]...`."""
    code = 0
    for name in operands(process, "")[1] or ["-"]:
        try:
            data = await contents(process, name)
            await process.stdout.write(gzip.decompress(data))
        except gzip.BadGzipFile:
            await process.err("zcat: invalid magic\n")
            code = 1
        except (EOFError, zlib.error):
            await process.err("zcat: corrupted data\n")
            code = 1
        except OSError as error:
            await process.err(f"zcat: {name}: {error.strerror}\n")
            code = 1
    return code
