"""`chroot`: a command with another directory as its root."""

from __future__ import annotations

import errno
import os
import posixpath
from typing import cast

from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.types import Process

NOT_FOUND = 127


async def chroot(process: Process) -> int:
    """`chroot DIR [PROG ARGS]`; without a program the shell."""
    words = process.argv[1:]
    if not words:
        await process.err("Usage: chroot NEWROOT [PROG ARGS]\n")
        return 1
    path, argv = words[0], words[1:] or [process.env.get("SHELL") or "/bin/sh", "-i"]
    view = cast("View", process.files)
    try:
        if process.who.uid != 0 or "SYS_CHROOT" not in process.who.capabilities:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        found = view.find(posixpath.join(process.cwd, path))
        if found.inode is None or found.inode.kind != "dir":
            code = errno.ENOENT if found.inode is None else errno.ENOTDIR
            raise OSError(code, os.strerror(code))
    except OSError as error:
        text = f"chroot: can't change root directory to '{path}': {error.strerror}\n"
        await process.err(text)
        return 1
    space = view.space.below(found.path, found.inode, found.mount)
    assert process.spawn is not None  # noqa: S101 - every container's process has it
    code = await process.spawn(argv, space=space, cwd="/")  # type: ignore[call-arg]
    if code == NOT_FOUND:
        await process.err(f"chroot: can't execute '{argv[0]}': No such file or directory\n")
    return code
