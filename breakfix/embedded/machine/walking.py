"""From a path to what is there, as one process may go."""

from __future__ import annotations

import errno
import posixpath
from dataclasses import dataclass

from breakfix.embedded.machine.inodes import Inode, failed
from breakfix.embedded.machine.mounts import FileSpace, Mounted
from breakfix.embedded.machine.types import Identity

_LINKS = 40
_OVERRIDE = "DAC_OVERRIDE"


@dataclass(eq=False)
class Found:
    """Where a path leads: its real path, its directory, and the inode if there is one."""

    path: str
    parent: Inode
    name: str
    inode: Inode | None
    mount: Mounted


class Walker:
    """A process with a user on its way through a file system; checks permissions."""

    def __init__(self, space: FileSpace, who: Identity) -> None:
        self.space = space
        self.who = who
        self.pid = 0  # what /proc/self is

    # -- permission --------------------------------------------------------------------

    @property
    def mighty(self) -> bool:
        """May it pass by modes? Root, unless it was given capabilities without that one."""
        held = self.who.capabilities
        return self.who.uid == 0 and (not held or _OVERRIDE in held)

    def allows(self, inode: Inode, want: int) -> bool:
        """May it read (4), write (2), execute or enter (1)?"""
        if self.mighty:
            return not (want & 1) or inode.kind == "dir" or bool(inode.mode & 0o111)
        if inode.uid == self.who.uid:
            bits = inode.mode >> 6
        elif inode.gid == self.who.gid or inode.gid in self.who.groups:
            bits = inode.mode >> 3
        else:
            bits = inode.mode
        return bits & want == want

    def _need(self, inode: Inode, want: int, path: str) -> None:
        if not self.allows(inode, want):
            raise failed(errno.EACCES, path)

    def _may_change(self, found: Found) -> None:
        """May entries of its directory be set or removed?"""
        if found.mount.read_only or found.parent.store is None:
            raise failed(errno.EROFS, found.path)
        self._need(found.parent, 3, found.path)
        inode = found.inode
        if inode and found.parent.mode & 0o1000 and not self.mighty \
                and self.who.uid not in (inode.uid, found.parent.uid):  # fmt: skip
            raise failed(errno.EPERM, found.path)

    # -- walking -----------------------------------------------------------------------

    def find(self, path: str, follow: bool = True) -> Found:
        """Walk to a path. Raises ENOENT, ENOTDIR, EACCES, ELOOP."""
        if not path.startswith("/"):
            raise failed(errno.ENOENT, path)
        parts = [p for p in path.split("/") if p and p != "."]
        return self._walk(parts, path, follow)

    def _walk(self, parts: list[str], asked: str, follow: bool) -> Found:  # noqa: C901 - one loop
        trail: list[tuple[str, Inode, Mounted]] = [("/", self.space.root.root, self.space.root)]
        links = 0
        found = Found("/", trail[0][1], "", trail[0][1], trail[0][2])
        while parts:
            part = parts.pop(0)
            here, parent, mount = trail[-1]
            if parent.kind != "dir":
                raise failed(errno.ENOTDIR, asked)
            self._need(parent, 1, asked)
            if part == "..":
                trail = trail[:-1] or trail
                found = self._back(trail)
                continue
            full = f"/{part}" if here == "/" else f"{here}/{part}"
            inode, mount = self._step(parent, part, full, mount)
            if inode is None and parts:
                raise failed(errno.ENOENT, asked)
            if not parts or inode is None:
                found = Found(full, parent, part, inode, mount)
            if inode is None:
                return found
            if inode.kind == "link" and (parts or follow):
                links += 1
                if links > _LINKS:
                    raise failed(errno.ELOOP, asked)
                target = self._target(inode)
                if target.startswith("/"):
                    trail = trail[:1]
                    found = self._back(trail)
                parts = [p for p in target.split("/") if p and p != "."] + parts
                continue
            trail.append((full, inode, mount))
        return found

    def _back(self, trail: list[tuple[str, Inode, Mounted]]) -> Found:
        path, inode, mount = trail[-1]
        parent = trail[-2][1] if len(trail) > 1 else inode
        return Found(path, parent, posixpath.basename(path), inode, mount)

    def _step(
        self, parent: Inode, part: str, full: str, mount: Mounted
    ) -> tuple[Inode | None, Mounted]:
        mounted = self.space.mounts.get(full)
        if mounted is not None:
            return mounted.root, mounted
        return parent.entry(part), mount

    def _target(self, link: Inode) -> str:
        if link.device == "self":
            return str(self.pid)
        return link.content().decode(errors="replace")

    def inode(self, path: str, follow: bool = True) -> Inode:
        """What is there. Raises ENOENT and what `find` raises."""
        found = self.find(path, follow).inode
        if found is None:
            raise failed(errno.ENOENT, path)
        return found
