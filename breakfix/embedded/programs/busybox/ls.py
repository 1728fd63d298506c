"""`ls`."""

from __future__ import annotations

import posixpath
import stat as modes
from datetime import UTC, datetime

from breakfix.embedded.machine.file_reading import Stat
from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.types import Process
from breakfix.embedded.machine.users import group_name, user_name
from breakfix.embedded.programs.busybox.words import human_size, invalid, operands, place, view_of

_HALF_YEAR = 15_768_000  # seconds after which ls shows the year

_FORMAT = {"dir": modes.S_IFDIR, "link": modes.S_IFLNK, "char": modes.S_IFCHR,
           "fifo": modes.S_IFIFO, "socket": modes.S_IFSOCK, "file": modes.S_IFREG}  # fmt: skip

_NUMBERS = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9),
            "tty": (5, 0)}  # fmt: skip


def shown_mode(stat: Stat) -> str:
    """As ls: drwxr-xr-x."""
    return modes.filemode(_FORMAT[stat.kind] | stat.mode)


async def ls(process: Process) -> int:
    """`ls [-1AaCdFhilnrRStX] [FILE]...`."""
    letters, names, bad = operands(process, "1AaCxdLHRFplinshrSXvctuZ"[:-1])
    if bad:
        return await invalid(process, bad)
    letters |= {"l"} if "n" in letters else set()
    view, code = view_of(process), 0
    plain: list[tuple[str, str]] = []
    folders: list[tuple[str, str]] = []
    for name in names or ["."]:
        path = place(process, name)
        try:
            is_followed = "l" not in letters or "L" in letters or name.endswith("/")
            stat = view.stat(path, follow=is_followed)
            folder = stat.kind == "dir" and "d" not in letters
            (folders if folder else plain).append((name, path))
        except OSError as error:
            await process.err(f"ls: {name}: {error.strerror}\n")
            code = 1
    if plain:
        await process.out(_listed(view, plain, letters, process))
    many = len(names) > 1 or "R" in letters
    folders.sort()
    for number, (name, path) in enumerate(folders):
        gap = "\n" if number or plain else ""
        head = f"{gap}{name}:\n" if many else ""
        code = await _folder(process, path, letters, head) or code
        if "R" in letters:
            found = [
                n
                for n in _names(view, path, letters)
                if view.stat(f"{path}/{n}", False).kind == "dir"
            ]
            folders[number + 1 : number + 1] = [(f"{name}/{n}", f"{path}/{n}") for n in found]
    return code


def _names(view: View, path: str, letters: set[str]) -> list[str]:
    try:
        return [n for n in view.list(path) if letters & {"a", "A"} or not n.startswith(".")]
    except OSError:
        return []


async def _folder(process: Process, path: str, letters: set[str], head: str) -> int:
    view = view_of(process)
    try:
        view.list(path)
    except OSError as error:
        await process.err(f"ls: can't open '{path}': {error.strerror}\n")
        return 1
    names = _names(view, path, letters)
    if "a" in letters:
        names = [".", "..", *names]
    rows = [(n, posixpath.join(path, n)) for n in names]
    if "l" in letters:
        head += f"total {sum(view.stat(p, False).room for _, p in rows) >> 10}\n"
    await process.out(head + _listed(view, rows, letters, process))
    return 0


def _listed(view: View, rows: list[tuple[str, str]], letters: set[str], process: Process) -> str:
    found = []
    for name, path in sorted(rows):
        try:
            found.append((name, path, view.stat(path, "L" in letters)))
        except OSError:
            continue
    if "t" in letters:
        found.sort(key=lambda r: -r[2].mtime)
    if "S" in letters:
        found.sort(key=lambda r: -r[2].size)
    if "r" in letters:
        found.reverse()
    if "l" not in letters:
        marked = [_inode_number(s, letters) + n + _mark(s, letters) for n, _, s in found]
        if process.tty and "1" not in letters and marked:
            return "  ".join(marked) + "\n"
        return "".join(f"{n}\n" for n in marked)
    now = process.host.clock.now().timestamp()
    return "".join(_long(view, *row, letters, now) for row in found)


def _inode_number(stat: Stat, letters: set[str]) -> str:
    return f"{stat.number:7d} " if "i" in letters else ""


def _mark(stat: Stat, letters: set[str]) -> str:
    if stat.kind == "dir" and letters & {"F", "p"}:
        return "/"
    if "F" in letters:
        return "@" if stat.kind == "link" else "*" if stat.mode & 0o111 else ""
    return ""


def _long(view: View, name: str, path: str, stat: Stat, letters: set[str], now: float) -> str:
    user = str(stat.uid) if "n" in letters else user_name(view, stat.uid)
    group = str(stat.gid) if "n" in letters else group_name(view, stat.gid)
    at = datetime.fromtimestamp(stat.mtime, UTC)
    old = now - stat.mtime > _HALF_YEAR
    when = at.strftime("%b %e  %Y" if old else "%b %e %H:%M")
    size = f"{human_size(stat.size):>7}" if "h" in letters else f"{stat.size:>9}"
    if stat.kind == "char":
        size = "{:4d}, {:3d}".format(*_NUMBERS.get(stat.device, (136, 0)))
    tail = f" -> {view.readlink(path)}" if stat.kind == "link" else ""
    number = _inode_number(stat, letters)
    return (f"{number}{shown_mode(stat)} {stat.links:4d} {user:<8.8} {group:<8.8} {size} {when}"
            f" {name}{_mark(stat, letters)}{tail}\n")  # fmt: skip
