"""busybox's `tar`, over the container's files: what `kubectl cp` runs."""

from __future__ import annotations

import errno
import io
import posixpath
import stat
import tarfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from breakfix.embedded.machine.types import Process
from breakfix.embedded.machine.users import group_name, user_name
from breakfix.embedded.programs.input import all_input

_VALUED = {"f": "f", "C": "C", "X": "X", "T": "T"}
_FLAGS = "cxtvzjJahmpokO"
_PACKED = {"z": "gz", "j": "bz2", "J": "xz"}


@dataclass
class _Wanted:
    letters: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    bad: str = ""


def _options(words: list[str]) -> _Wanted:
    found, rest, is_first = _Wanted(), list(words), True
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            if word.startswith("--exclude") and "=" not in word and rest:
                rest.pop(0)
        elif (word.startswith("-") and len(word) > 1) or is_first:
            for letter in word.lstrip("-"):
                if letter in _VALUED:
                    found.values[letter] = rest.pop(0) if rest else ""
                elif letter in _FLAGS:
                    found.letters.add(letter)
                else:
                    found.bad = found.bad or letter
        else:
            found.names.append(word)
        is_first = False
    return found


async def tar(process: Process) -> int:
    """`tar c|x|t [vzjJhmpoO] [-f FILE] [-C DIR] [FILE]...`."""
    wanted = _options(process.argv[1:])
    if wanted.bad:
        await process.err(f"tar: invalid option -- '{wanted.bad}'\n")
        return 1
    if len(wanted.letters & set("cxt")) != 1:
        await process.err("tar: you must specify one of -c, -x or -t\n")
        return 1
    folder = posixpath.normpath(posixpath.join(process.cwd, wanted.values.get("C", "")))
    if not process.files.is_dir(folder):
        await process.err(f"tar: can't change directory to '{wanted.values['C']}': "
                          "No such file or directory\n")  # fmt: skip
        return 1
    if "c" in wanted.letters:
        return await _create(process, wanted, folder)
    return await _read(process, wanted, folder)


# -- writing ------------------------------------------------------------------------------


async def _create(process: Process, wanted: _Wanted, folder: str) -> int:
    data, code = io.BytesIO(), 0
    kind: Any = "w:" + next((v for k, v in _PACKED.items() if k in wanted.letters), "")
    stripped, to_stdout = "", wanted.values.get("f", "-") == "-"
    with tarfile.open(fileobj=data, mode=kind, format=tarfile.GNU_FORMAT) as archive:
        for name in wanted.names:
            path = posixpath.normpath(posixpath.join(folder, name))
            if not process.files.exists(path):
                await process.err(f"tar: {name}: No such file or directory\n")
                code = 1
                continue
            if (prefix := _unsafe(name)) and not stripped:
                stripped = prefix
                await process.err(f"tar: removing leading '{prefix}' from member names\n")
            await _add(process, archive, path, name, wanted.letters, to_stdout)
    if code:
        await process.err("tar: error exit delayed from previous errors\n")
    where = wanted.values.get("f", "-")
    if where == "-":
        await process.stdout.write(data.getvalue())
        return code
    try:
        process.files.write(posixpath.join(folder, where), data.getvalue())
    except OSError as error:
        await process.err(f"tar: can't open '{where}': {error.strerror}\n")
        return 1
    return code


def _unsafe(name: str) -> str:
    """What a member's name may not begin with: a way up, the root."""
    up = name.rfind("../") + 3 if name.startswith("../") or "/../" in name else 0
    rest = name[up:]
    return name[: up + len(rest) - len(rest.lstrip("/"))]


async def _add(
    process: Process,
    archive: tarfile.TarFile,
    path: str,
    name: str,
    letters: set[str],
    to_stdout: bool,
) -> None:
    view: Any = process.files
    status = view.stat(path, "h" in letters)
    info = tarfile.TarInfo(name[len(_unsafe(name)) :] or "./")
    info.mode, info.uid, info.gid = status.mode & 0o7777, status.uid, status.gid
    info.mtime = int(status.mtime)
    body: io.BytesIO | None = None
    if status.kind == "dir":
        info.type = tarfile.DIRTYPE
    elif status.kind == "link":
        info.type, info.linkname = tarfile.SYMTYPE, view.readlink(path)
    else:
        try:
            content = view.read(path)
        except OSError as error:
            await process.err(f"tar: can't open '{name}': {error.strerror}\n")
            return
        info.size, body = len(content), io.BytesIO(content)
    archive.addfile(info, body)
    if "v" in letters:
        shown = f"{info.name}{'/' if status.kind == 'dir' else ''}\n"
        await (process.err if to_stdout else process.out)(shown)
    if status.kind == "dir":
        for entry in view.list(path):
            await _add(process, archive, f"{path}/{entry}", posixpath.join(name, entry), letters,
                       to_stdout)  # fmt: skip


# -- reading ------------------------------------------------------------------------------


async def _read(process: Process, wanted: _Wanted, folder: str) -> int:
    where = wanted.values.get("f", "-")
    try:
        if where == "-":
            content = await all_input(process)
        else:
            content = process.files.read(posixpath.join(process.cwd, where))
    except OSError as error:
        await process.err(f"tar: can't open '{where}': {error.strerror}\n")
        return 1
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            return await _members(process, archive, wanted, folder)
    except tarfile.ReadError:
        await process.err("tar: short read\n" if len(content) < tarfile.BLOCKSIZE
                          else "tar: invalid tar magic\n")  # fmt: skip
        return 1


async def _members(
    process: Process, archive: tarfile.TarFile, wanted: _Wanted, folder: str
) -> int:  # fmt: skip
    letters = wanted.letters
    for member in archive:
        name = member.name + ("/" if member.isdir() else "")
        if wanted.names and not any(_within(member.name, n) for n in wanted.names):
            continue
        if "t" in letters or "v" in letters:
            long = {"t", "v"} <= letters
            await process.out((_long(process, member) if long else "") + name
                              + (f" -> {member.linkname}" if long and member.issym() else "")
                              + "\n")  # fmt: skip
        if "t" in letters:
            continue
        body = archive.extractfile(member) if member.isfile() else None
        content = body.read() if body is not None else b""
        if "O" in letters:
            await process.stdout.write(content)
            continue
        try:
            _extract(process, member, content, folder, letters)
        except OSError as error:
            what = "remove old file " if error.errno == errno.EROFS else "open "
            shown = member.name if error.errno == errno.EROFS else f"'{member.name}'"
            await process.err(f"tar: can't {what}{shown}: {error.strerror}\n")
            return 1
    return 0


def _long(process: Process, member: tarfile.TarInfo) -> str:
    """What stands before a name in a long listing."""
    kind = "d" if member.isdir() else "l" if member.issym() else "-"
    owner = member.uname or user_name(process.files, member.uid)
    group = member.gname or group_name(process.files, member.gid)
    when = datetime.fromtimestamp(member.mtime, UTC).strftime("%Y-%m-%d %H:%M:%S")
    mode = stat.filemode(member.mode)[1:]
    return f"{kind}{mode} {owner}/{group} {member.size:9} {when} "


def _within(name: str, asked: str) -> bool:
    return name == asked.rstrip("/") or name.startswith(asked.rstrip("/") + "/")


def _extract(
    process: Process, member: tarfile.TarInfo, content: bytes, folder: str, letters: set[str]
) -> None:
    view: Any = process.files
    relative = posixpath.normpath("/" + member.name).lstrip("/")
    path = posixpath.join(folder, relative) if relative else folder
    if member.isdir():
        if not view.is_dir(path):
            view.mkdir(path, True)
        return
    if not view.is_dir(posixpath.dirname(path)):
        view.mkdir(posixpath.dirname(path), True)
    if member.issym():
        if view.exists(path):
            view.remove(path)
        view.symlink(member.linkname, path)
    elif member.isfile():
        view.write(path, content)
        _mark(process, path, member, letters)


def _mark(process: Process, path: str, member: tarfile.TarInfo, letters: set[str]) -> None:
    """Mode, owner and time of a file, as far as they are wanted."""
    view: Any = process.files
    view.chmod(path, member.mode & 0o7777)
    if process.who.uid == 0 and "o" not in letters:
        view.chown(path, member.uid, member.gid)
    if "m" not in letters:
        view.touch(path, float(member.mtime))
