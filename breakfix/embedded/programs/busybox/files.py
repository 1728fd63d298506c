"""Applets that change files: mkdir, rm, cp, mv, ln."""

from __future__ import annotations

import contextlib
import errno
import posixpath

from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.busybox.words import invalid, operands, place, view_of


async def mkdir(process: Process) -> int:
    """`mkdir [-p] [-m MODE] DIR...`."""
    letters, names, _ = operands(process, "pmv")
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
    for name in operands(process, "p")[1]:
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
    letters, names, bad = operands(process, "irfRv")
    if bad:
        return await invalid(process, bad)
    view, code = view_of(process), 0
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
    letters, names, _ = operands(process, "arRpfLHPdinTtuv")
    if len(names) < 2:  # noqa: PLR2004
        await process.err("cp: missing file operand\n")
        return 1
    view, code = view_of(process), 0
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
    names, view, code = operands(process, "finTtv")[1], view_of(process), 0
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
    letters, names, _ = operands(process, "sfnbTtv")
    view = view_of(process)
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
