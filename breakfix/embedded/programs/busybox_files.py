"""busybox's applets that change and list files."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import posixpath
import re
import stat as modes
from datetime import UTC, datetime
from typing import Any, cast

from breakfix.embedded.machine.file_reading import Stat
from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.types import Process
from breakfix.embedded.machine.users import find_group, find_user, group_name, user_name
from breakfix.embedded.programs.busybox_system import human_size
from breakfix.embedded.programs.busybox_text import place

_HALF_YEAR = 15_768_000  # seconds after which ls shows the year
_FORMAT = {"dir": modes.S_IFDIR, "link": modes.S_IFLNK, "char": modes.S_IFCHR,
           "fifo": modes.S_IFIFO, "socket": modes.S_IFSOCK, "file": modes.S_IFREG}  # fmt: skip
_NUMBERS = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9),
            "tty": (5, 0)}  # fmt: skip


def _view(process: Process) -> View:
    return cast("View", process.files)


def _split(process: Process, known: str) -> tuple[set[str], list[str], str]:
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


async def _invalid(process: Process, bad: str) -> int:
    await process.err(f"{posixpath.basename(process.argv[0])}: invalid option -- '{bad}'\n")
    return 1


def shown_mode(stat: Stat) -> str:
    """As ls: drwxr-xr-x."""
    return modes.filemode(_FORMAT[stat.kind] | stat.mode)


async def ls(process: Process) -> int:
    """`ls [-1AaCdFhilnrRStX] [FILE]...`."""
    letters, names, bad = _split(process, "1AaCxdLHRFplinshrSXvctuZ"[:-1])
    if bad:
        return await _invalid(process, bad)
    letters |= {"l"} if "n" in letters else set()
    view, code = _view(process), 0
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
    view = _view(process)
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


async def mkdir(process: Process) -> int:
    """`mkdir [-p] [-m MODE] DIR...`."""
    letters, names, _ = _split(process, "pmv")
    if "m" in letters and names:
        names.pop(0)
    code = 0
    for name in names:
        try:
            process.files.mkdir(place(process, name), parents="p" in letters)
        except OSError as error:
            await process.err(f"mkdir: can't create directory '{name}': {error.strerror}\n")
            code = 1
    return code


async def rmdir(process: Process) -> int:
    """`rmdir DIR...`."""
    code = 0
    for name in _split(process, "p")[1]:
        try:
            path = place(process, name)
            if not process.files.is_dir(path) and process.files.exists(path):
                raise OSError(errno.ENOTDIR, "Not a directory")
            process.files.remove(path)
        except OSError as error:
            await process.err(f"rmdir: '{name}': {error.strerror}\n")
            code = 1
    return code


async def rm(process: Process) -> int:
    """`rm [-irf] FILE...`."""
    letters, names, bad = _split(process, "irfRv")
    if bad:
        return await _invalid(process, bad)
    view, code = _view(process), 0
    for name in names:
        path = place(process, name)
        try:
            if view.stat(path, False).kind == "dir":
                if not letters & {"r", "R"}:
                    await process.err(f"rm: '{name}' is a directory\n")
                    code = 1
                    continue
                view.remove_tree(path)
            else:
                view.remove(path)
        except FileNotFoundError as error:
            if "f" not in letters:
                await process.err(f"rm: can't remove '{name}': {error.strerror}\n")
                code = 1
        except OSError as error:
            await process.err(f"rm: can't remove '{name}': {error.strerror}\n")
            code = 1
    return code


def _target(view: View, target: str, source: str) -> str:
    return posixpath.join(target, posixpath.basename(source)) if view.is_dir(target) else target


async def cp(process: Process) -> int:
    """`cp [-arRpfL] SOURCE... DEST`."""
    letters, names, _ = _split(process, "arRpfLHPdinTtuv")
    if len(names) < 2:  # noqa: PLR2004
        await process.err("cp: missing file operand\n")
        return 1
    view, code = _view(process), 0
    *sources, target = [place(process, n) for n in names]
    for name, source in zip(names, sources, strict=False):
        try:
            stat = view.stat(source)
        except OSError as error:
            await process.err(f"cp: can't stat '{name}': {error.strerror}\n")
            code = 1
            continue
        if stat.kind == "dir" and not letters & {"a", "r", "R"}:
            await process.err(f"cp: omitting directory '{name}'\n")
            code = 1
            continue
        goal = _target(view, target, source)
        try:
            _copy(view, source, goal, bool(letters & {"a", "p"}), "L" not in letters)
        except OSError as error:
            await process.err(f"cp: can't create '{error.filename or goal}': {error.strerror}\n")
            code = 1
    return code


def _copy(view: View, source: str, target: str, keep: bool, links: bool) -> None:
    stat = view.stat(source, follow=not links)
    if stat.kind == "link" and not keep:
        stat = view.stat(source)
    if stat.kind == "dir":
        if not view.is_dir(target):
            view.mkdir(target)
        for name in view.list(source):
            _copy(view, f"{source}/{name}", f"{target}/{name}", keep, links)
    elif stat.kind == "link":
        view.symlink(view.readlink(source), target)
        return
    else:
        fresh = not view.exists(target)
        view.write(target, view.read(source))
        if fresh or keep:
            view.chmod(target, stat.mode)
    if keep and view.who.uid == 0:
        view.chown(target, stat.uid, stat.gid)
        view.touch(target, stat.mtime)


async def mv(process: Process) -> int:
    """`mv [-fin] SOURCE... DEST`."""
    names, view, code = _split(process, "finTtv")[1], _view(process), 0
    if len(names) < 2:  # noqa: PLR2004
        await process.err("mv: missing file operand\n")
        return 1
    *sources, target = [place(process, n) for n in names]
    for name, source in zip(names, sources, strict=False):
        goal = _target(view, target, source)
        try:
            try:
                view.rename(source, goal)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                _copy(view, source, goal, keep=True, links=True)
                view.remove_tree(source)
        except OSError as error:
            await process.err(f"mv: can't rename '{name}': {error.strerror}\n")
            code = 1
    return code


async def ln(process: Process) -> int:
    """`ln [-sfn] TARGET... LINK`."""
    letters, names, _ = _split(process, "sfnbTtv")
    view = _view(process)
    target, link = names[0], names[1] if len(names) > 1 else posixpath.basename(names[0])
    path = place(process, link)
    if view.is_dir(path) and "n" not in letters:
        path = posixpath.join(path, posixpath.basename(target))
    try:
        if "f" in letters and (view.exists(path) or "n" in letters):
            with contextlib.suppress(FileNotFoundError):
                view.remove(path)
        if "s" in letters:
            view.symlink(target, path)
        elif view.exists(path):
            raise OSError(errno.EEXIST, "File exists")
        else:
            _copy(view, place(process, target), path, keep=False, links=False)
    except OSError as error:
        await process.err(f"ln: {link}: {error.strerror}\n")
        return 1
    return 0


async def touch(process: Process) -> int:
    """`touch [-c] FILE...`."""
    letters, names, _ = _split(process, "cdtrham")
    view, code = _view(process), 0
    for name in names:
        path = place(process, name)
        try:
            if view.exists(path):
                view.touch(path)
            elif "c" not in letters:
                view.append(path, b"")
        except OSError as error:
            await process.err(f"touch: {name}: {error.strerror}\n")
            code = 1
    return code


_CLASSES = {"u": 0o700, "g": 0o070, "o": 0o007}
_BITS = {"r": 0o444, "w": 0o222, "x": 0o111, "s": 0o6000, "t": 0o1000}


def new_mode(word: str, old: int, folder: bool) -> int | None:
    """Chmod's "755" or "u+x,go-w"; None where it is neither."""
    if re.fullmatch(r"[0-7]{1,4}", word):
        return int(word, 8)
    for part in word.split(","):
        found = re.fullmatch(r"([ugoa]*)([-+=])([rwxXst]*)", part)
        if found is None:
            return None
        who, sign, bits = found.groups()
        mask = sum(_CLASSES[c] for c in set(who) - {"a"}) if who and "a" not in who else 0o777
        value = 0
        for bit in bits:
            if bit == "X":
                bit = "x" if folder or old & 0o111 else ""  # noqa: PLW2901
            value |= _BITS.get(bit, 0) & (mask if bit in "rwx" else 0o7000)
        old = old | value if sign == "+" else old & ~value if sign == "-" else old & ~mask | value
    return old


async def chmod(process: Process) -> int:
    """`chmod [-R] MODE FILE...`."""
    words = [w for w in process.argv[1:] if w not in ("-R", "-f", "-v", "-c")]
    if len(words) < 2:  # noqa: PLR2004
        await process.err("chmod: missing operand\n")
        return 1
    view, code = _view(process), 0
    for name, path in _all(process, words[1:], "-R" in process.argv):
        try:
            stat = view.stat(path)
            mode = new_mode(words[0], stat.mode, stat.kind == "dir")
            if mode is None:
                await process.err(f"chmod: invalid mode '{words[0]}'\n")
                return 1
            view.chmod(path, mode)
        except OSError as error:
            await process.err(f"chmod: {name}: {error.strerror}\n")
            code = 1
    return code


def _all(process: Process, names: list[str], deep: bool) -> list[tuple[str, str]]:
    view, found = _view(process), []
    for name in names:
        waiting = [(name, place(process, name))]
        while waiting:
            shown, path = waiting.pop()
            found.append((shown, path))
            if deep and view.is_dir(path):
                try:
                    waiting += [(f"{shown}/{n}", f"{path}/{n}") for n in view.list(path)]
                except OSError:
                    continue
    return found


async def chown(process: Process) -> int:
    """`chown [-R] USER[:GROUP] FILE...` and `chgrp GROUP FILE...`."""
    applet = posixpath.basename(process.argv[0])
    words = [w for w in process.argv[1:] if not re.fullmatch(r"-[Rfhvc]+", w)]
    if len(words) < 2:  # noqa: PLR2004
        await process.err(f"{applet}: missing operand\n")
        return 1
    view, code = _view(process), 0
    user, _, group = words[0].replace(".", ":", 1).partition(":")
    if applet == "chgrp":
        user, group = "", words[0]
    uid, gid = _number(view, user, find_user), _number(view, group, find_group)
    for name, number, kind in ((user, uid, "user"), (group, gid, "group")):
        if name and number is None:
            await process.err(f"{applet}: unknown {kind} {name}\n")
            return 1
    deep = any(w.startswith("-") and "R" in w for w in process.argv[1:])
    for shown, path in _all(process, words[1:], deep):
        try:
            view.chown(path, uid, gid)
        except OSError as error:
            await process.err(f"{applet}: {shown}: {error.strerror}\n")
            code = 1
    return code


def _number(view: View, name: str, find: Any) -> int | None:
    if not name:
        return None
    if name.isdigit():
        return int(name)
    found = find(view, name)
    return cast("int | None", found[0] if isinstance(found, tuple) else found)


async def readlink(process: Process) -> int:
    """`readlink [-f] FILE`."""
    letters, names, _ = _split(process, "fnv")
    view = _view(process)
    for name in names:
        try:
            path = place(process, name)
            text = view.realpath(path) if "f" in letters else view.readlink(path)
        except OSError:
            return 1
        await process.out(text + ("" if "n" in letters else "\n"))
    return 0


async def stat(process: Process) -> int:
    """`stat [-c FORMAT] FILE...`."""
    words, shape = process.argv[1:], ""
    if words[:1] == ["-c"] and len(words) > 1:
        shape, words = words[1], words[2:]
    view, code = _view(process), 0
    for name in words:
        if name.startswith("-"):
            continue
        path = place(process, name)
        try:
            found = view.stat(path, follow="-L" in words)
        except OSError as error:
            await process.err(f"stat: can't stat '{name}': {error.strerror}\n")
            code = 1
            continue
        await process.out(_described(view, name, path, found, shape))
    return code


_KIND_WORDS = {"dir": "directory", "link": "symbolic link", "char": "character special file",
               "fifo": "fifo", "socket": "socket", "file": "regular file"}  # fmt: skip


def _described(view: View, name: str, path: str, at: Stat, shape: str) -> str:
    user, group = user_name(view, at.uid), group_name(view, at.gid)
    when = datetime.fromtimestamp(at.mtime, UTC).strftime("%Y-%m-%d %H:%M:%S.000000000 +0000")
    kind = "regular empty file" if at.kind == "file" and not at.size else _KIND_WORDS[at.kind]
    if shape:
        values = {"n": name, "a": f"{at.mode:o}", "A": shown_mode(at), "u": str(at.uid),
                  "g": str(at.gid), "U": user, "G": group, "s": str(at.size), "F": kind,
                  "Y": str(int(at.mtime)), "y": when, "i": str(at.number),
                  "h": str(at.links)}  # fmt: skip
        return re.sub(r"%(\w)", lambda m: values.get(m.group(1), "?"), shape) + "\n"
    shown = f"'{name}' -> '{view.readlink(path)}'" if at.kind == "link" else name
    return (
        f"  File: {shown}\n  Size: {at.size:<10}\tBlocks: {at.room // 512:<10} IO Block: 4096"
        f"   {kind}\nDevice: 2dh/45d\tInode: {at.number:<10}  Links: {at.links}\n"
        f"Access: ({at.mode:04o}/{shown_mode(at)})  Uid: ({at.uid:5d}/{user:>8})   "
        f"Gid: ({at.gid:5d}/{group:>8})\nAccess: {when}\nModify: {when}\nChange: {when}\n"
    )


async def du(process: Process) -> int:
    """`du [-shak] [-d N] [FILE]...`."""
    deep, words = _depth(process.argv[1:])
    letters, names, _ = _split(dataclasses.replace(process, argv=["du", *words]), "aHLclsxhmkb")
    view, code = _view(process), 0
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
