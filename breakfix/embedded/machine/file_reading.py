"""What a process can read of a file system."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from breakfix.embedded.machine.inodes import Kind, failed
from breakfix.embedded.machine.walking import Walker

lock = threading.RLock()  # shells look from their own threads; every operation is short


@dataclass(frozen=True)
class Stat:
    """What stat(2) says."""

    kind: Kind
    mode: int
    uid: int
    gid: int
    size: int
    mtime: float
    number: int = 0
    device: str = ""
    room: int = 0  # bytes on the disk
    links: int = 1


class Reading(Walker):
    """The half of `types.Files` that changes nothing."""

    def read(self, path: str) -> bytes:
        with lock:
            inode = self.inode(path)
            if inode.kind == "dir":
                raise failed(errno.EISDIR, path)
            self._need(inode, 4, path)
            if inode.device in ("zero", "full"):
                return bytes(65536)
            if inode.device in ("random", "urandom"):
                return os.urandom(65536)
            return inode.content()

    def list(self, path: str) -> list[str]:
        with lock:
            found = self.find(path)
            if found.inode is None:
                raise failed(errno.ENOENT, path)
            if found.inode.kind != "dir":
                raise failed(errno.ENOTDIR, path)
            self._need(found.inode, 4, path)
            return sorted({*found.inode.names(), *self._mounted_in(found.path)})

    def _mounted_in(self, path: str) -> Iterator[str]:
        for mounted in self.space.mounts:
            head, _, tail = mounted.rpartition("/")
            if (head or "/") == path:
                yield tail

    def exists(self, path: str) -> bool:
        with lock:
            try:
                return self.find(path).inode is not None
            except OSError:
                return False

    def is_dir(self, path: str) -> bool:
        with lock:
            try:
                found = self.find(path).inode
            except OSError:
                return False
            return found is not None and found.kind == "dir"

    def mode(self, path: str) -> int:
        with lock:
            return self.inode(path).mode

    def size(self, path: str) -> int:
        with lock:
            return self.inode(path).size

    def stat(self, path: str, follow: bool = True) -> Stat:
        """Its metadata; a link's own without `follow`."""
        with lock:
            at = self.inode(path, follow)
            return Stat(at.kind, at.mode, at.uid, at.gid, at.size, at.mtime, at.number,
                        at.device, at.room, at.links)  # fmt: skip

    def access(self, path: str, want: int) -> bool:
        """May this user read (4), write (2), execute (1)? 0: is it there?"""
        with lock:
            try:
                found = self.find(path)
            except OSError:
                return False
            if found.inode is None or (want & 2 and found.mount.read_only):
                return False
            return self.allows(found.inode, want)

    def runs(self, path: str) -> bool:
        """Is it there, no directory, and may this user execute it?"""
        with lock:
            try:
                found = self.find(path).inode
            except OSError:
                return False
            return found is not None and found.kind != "dir" and self.allows(found, 1)

    def readlink(self, path: str) -> str:
        """Where a link points. Raises EINVAL where it is none."""
        with lock:
            inode = self.inode(path, follow=False)
            if inode.kind != "link":
                raise failed(errno.EINVAL, path)
            return self._target(inode)

    def realpath(self, path: str) -> str:
        """Without links. Raises as `find`."""
        with lock:
            return self.find(path).path
