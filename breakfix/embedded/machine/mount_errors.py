"""What runc says when it cannot mount something into a container."""

from __future__ import annotations

import errno
import posixpath

from breakfix.embedded.machine.inodes import Inode
from breakfix.embedded.machine.mounts import FileSpace
from breakfix.embedded.machine.runc_words import NOT_STARTED
from breakfix.embedded.machine.types import ContainerError, Identity
from breakfix.embedded.machine.volumes import Mount
from breakfix.embedded.machine.walking import Walker

_TASKS = "/run/containerd/io.containerd.runtime.v2.task/k8s.io"


def cannot_mount(mount: Mount, path: str, why: str) -> ContainerError:
    """The mount, where it is to go, and what is wrong there."""
    what = f'error mounting "{mount.source}" to rootfs at "{path}": {why}'
    return ContainerError(
        "StartError", f"{NOT_STARTED}error during container init: {what}: unknown"
    )


def check_place(space: FileSpace, place: str, root: Inode, mount: Mount, container: str) -> str:
    """Why nothing can be mounted there; "" where it can: a file goes on a file, a directory on
    a directory, and nothing into /proc."""
    here = f"{_TASKS}/{container}/rootfs{place}"
    if place.startswith("/proc/"):
        return f'"{here}" cannot be mounted because it is inside /proc'
    parent, name = posixpath.split(place)
    try:
        found = Walker(space, Identity()).find(parent).inode
    except OSError as error:
        above = error.errno == errno.ENOTDIR
        return f"open o_path procfd: open {here}: not a directory" if above else ""
    if found is not None and found.kind != "dir":
        return f"open o_path procfd: open {here}: not a directory"
    there = found.entry(name) if found is not None else None
    if there is None or (there.kind == "dir") == (root.kind == "dir"):
        return ""
    flags = "0x5001" if mount.read_only else "0x5000"
    return f"mount {mount.source}:{place} (via /proc/self/fd/6), flags: {flags}: not a directory"
