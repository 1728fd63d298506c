"""What is known of a file, and changed: chmod, chown, touch, stat, readlink."""

from __future__ import annotations

import posixpath
import re
from datetime import UTC, datetime
from typing import Any, cast

from breakfix.embedded.machine.file_reading import Stat
from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.types import Process
from breakfix.embedded.machine.users import find_group, find_user, group_name, user_name
from breakfix.embedded.programs.busybox.ls import shown_mode
from breakfix.embedded.programs.busybox.words import operands, place, view_of


async def touch(process: Process) -> int:
    """`touch [-c] FILE...`."""
    letters, names, _ = operands(process, "cdtrham")
    view, code = view_of(process), 0
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
    view, code = view_of(process), 0
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
    view, found = view_of(process), []
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
    view, code = view_of(process), 0
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
    letters, names, _ = operands(process, "fnv")
    view = view_of(process)
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
    view, code = view_of(process), 0
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
