"""`df`: the table of mounts with what is free, in busybox's columns."""

from __future__ import annotations

import posixpath
from typing import Any, NamedTuple

from breakfix.embedded.machine.inodes import MAX_INODES
from breakfix.embedded.machine.proc.proc import MEMORY_TOTAL
from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.busybox.words import human_size

_DISK = 100 << 30  # bytes of a node's disk
_BLOCK = 4096
_DEVICES = 64 << 20  # bytes of /dev and of /dev/shm
_HIDDEN = ("/proc/acpi", "/proc/interrupts", "/proc/keys", "/proc/timer_list", "/sys/firmware")
_UNITS = {"": ("1K-blocks", 1 << 10), "m": ("1M-blocks", 1 << 20), "h": ("Size", 0),
          "i": ("Inodes", 1)}  # fmt: skip


class Row(NamedTuple):
    """One file system."""

    source: str
    fstype: str
    total: int
    used: int
    path: str


def _devices(path: str, source: str = "tmpfs") -> Row:
    return Row(source, "tmpfs", _DEVICES, 0, path)


def rows_of(process: Process, inodes: bool) -> list[Row]:
    """All that df shows: what the runtime has covered in /proc and /sys comes last."""
    space: Any = getattr(process.container, "space", None)
    if space is None:
        return []
    found = [_row(process, mounted, inodes) for mounted in space.table()
             if mounted.store.fstype != "proc" and mounted.store.source != "cgroup"]  # fmt: skip
    half = MEMORY_TOTAL // 2
    hidden = [Row("tmpfs", "tmpfs", _DEVICES if p in _HIDDEN[1:4] else half, 0, p) for p in _HIDDEN]
    rows = [found[0], _devices("/dev"), *found[1:], _devices("/dev/shm", "shm"), *hidden]  # noqa: S108
    if not inodes:
        return rows
    return [r if r in found else r._replace(total=MAX_INODES, used=1) for r in rows]


def _row(process: Process, mounted: Any, inodes: bool) -> Row:
    store = mounted.store
    if inodes:
        return Row(store.source, store.fstype, MAX_INODES, store.inodes, mounted.path)
    total = store.limit or (_memory(process) if store.fstype == "tmpfs" else _DISK)
    used = -(-store.used // _BLOCK) * _BLOCK
    return Row(store.source, store.fstype, total, min(used, total), mounted.path)


def _memory(process: Process) -> int:
    """What a tmpfs without a limit may take: the container's memory."""
    spec: Any = getattr(process.container, "spec", None)
    limits = getattr(spec, "limits", {}) or {}
    return int(limits.get("memory") or MEMORY_TOTAL)


async def df(process: Process) -> int:
    """`df [-hkmiT] [PATH]...`."""
    letters = "".join(w[1:] for w in process.argv[1:] if w.startswith("-"))
    paths = [w for w in process.argv[1:] if not w.startswith("-")]
    unit = next((letter for letter in reversed(letters) if letter in "hmi"), "")
    rows, code = rows_of(process, unit == "i"), 0
    if paths:
        rows, code = await _asked(process, rows, paths)
    if rows or not paths:
        table = [_line(row, unit, "T" in letters) for row in rows]
        await process.out("\n".join([_head(unit, "T" in letters), *table]) + "\n")
    return code


async def _asked(process: Process, rows: list[Row], paths: list[str]) -> tuple[list[Row], int]:
    found, code = [], 0
    for path in paths:
        full = posixpath.join(process.cwd, path)
        if not process.files.exists(full):
            await process.err(f"df: {path}: can't find mount point\n")
            code = 1
            continue
        real = process.files.realpath(full) if hasattr(process.files, "realpath") else full
        fitting = [r for r in rows if real == r.path or real.startswith(r.path.rstrip("/") + "/")]
        found.append(max(fitting, key=lambda row: len(row.path)))
    return found, code


def _head(unit: str, types: bool) -> str:
    kind = f" {'Type':<10}" if types else ""
    return f"{'Filesystem':<20}{kind} {_UNITS[unit][0]:>9}      Used Available Use% Mounted on"


def _line(row: Row, unit: str, types: bool) -> str:
    kind = f" {row.fstype:<10}" if types else ""
    part = (row.used * 100 + row.total // 2) // row.total
    total, used, free = (_shown(n, unit) for n in (row.total, row.used, row.total - row.used))
    source = f"{row.source:<20}{kind}"
    return f"{source} {total:>9} {used:>9} {free:>9} {part:>3}% {row.path}"


def _shown(size: int, unit: str) -> str:
    divisor = _UNITS[unit][1]
    return str(size // divisor) if divisor else human_size(size)
