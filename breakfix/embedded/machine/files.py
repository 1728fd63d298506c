"""How one process sees a container's file system.

`mounts.FileSpace` is the tree. `View` is a process's look at it, with its user: it checks
permissions and raises OSErrors with the errno of the real thing. Both the programs written in
Python and the shells (`interop`) use views, so all see the same files.

Not enforced: access times, hard links (a second name is a copy), file locks, ACLs, extended
attributes, quotas per user; a file that is open keeps no old content when it is replaced.
"""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Callable, Mapping

from breakfix.embedded.machine.file_reading import Reading, lock
from breakfix.embedded.machine.inodes import Inode, failed
from breakfix.embedded.machine.mounts import FileSpace
from breakfix.embedded.machine.types import Identity
from breakfix.embedded.machine.walking import Found


class View(Reading):
    """The file system as a process with this user sees it; implements `types.Files`."""

    def __init__(self, space: FileSpace, who: Identity, umask: int = 0o022) -> None:
        super().__init__(space, who)
        self.umask = umask
        self.told: Callable[[bytes], bytes] = bytes  # a shell's errors, in its own words
        self.streams: Mapping[str, Callable[[bytes], None]] = {}  # of /dev/stdout and stderr

    def write(self, path: str, data: bytes) -> None:
        with lock:
            self._put(path, data, append=False)

    def append(self, path: str, data: bytes) -> None:
        with lock:
            self._put(path, data, append=True)

    def _put(self, path: str, data: bytes, append: bool) -> None:
        found = self.find(path)
        inode = found.inode
        if inode is None:
            if path.endswith("/"):
                raise failed(errno.EISDIR, path)
            self._may_change(found)
            inode = self._made(found, Inode("file", 0o666 & ~self.umask))
        elif inode.kind == "dir":
            raise failed(errno.EISDIR, path)
        else:
            self._need(inode, 2, path)
            if inode.kind == "char" or inode.sink:
                self._to_device(inode, data)
                return
            inode = self._own(found, inode)
        self._store(inode, data, append)

    def _store(self, inode: Inode, data: bytes, append: bool) -> None:
        before = inode.length
        if append:
            inode.extend(data)
        else:
            inode.fill(data)
        self.space.wrote(inode.store, inode.length - before)
        inode.mtime = self.space.now()

    def _to_device(self, inode: Inode, data: bytes) -> None:
        if inode.device == "full" and data:
            raise failed(errno.ENOSPC)
        sink = inode.sink or self.streams.get(inode.device)
        if sink is not None and data:
            sink(data)

    def _own(self, found: Found, inode: Inode) -> Inode:
        """The inode to write to: a copy in the writable layer where it is the image's."""
        if found.mount.read_only or (inode.make is not None):
            raise failed(errno.EROFS if found.mount.read_only else errno.EACCES, found.path)
        if inode.store is not None:
            return inode
        if found.parent.store is None:
            raise failed(errno.EROFS, found.path)
        found.parent.store.charge(len(inode.data), 1)
        copy = Inode(inode.kind, inode.mode, inode.uid, inode.gid, inode.mtime, inode.data,
                     store=found.parent.store, device=inode.device)  # fmt: skip
        found.parent.put(found.name, copy)
        return copy

    def _made(self, found: Found, inode: Inode) -> Inode:
        """Put a new inode of this user into its directory."""
        store = found.parent.store
        if store is None:
            raise failed(errno.EROFS, found.path)
        store.charge(len(inode.data), 1)
        inode.store, inode.uid, inode.mtime = store, self.who.uid, self.space.now()
        setgid = found.parent.mode & 0o2000
        inode.gid = found.parent.gid if setgid else self.who.gid
        if setgid and inode.kind == "dir":
            inode.mode |= 0o2000
        found.parent.put(found.name, inode)
        found.parent.mtime = inode.mtime
        return inode

    def create(self, path: str, inode: Inode) -> None:
        """Make a new entry. Raises EEXIST and what writing raises."""
        with lock:
            found = self.find(path.rstrip("/") or "/", follow=False)
            if found.inode is not None:
                raise failed(errno.EEXIST, path)
            self._may_change(found)
            self._made(found, inode)

    def mkdir(self, path: str, parents: bool = False) -> None:
        path = posixpath.normpath(path)
        if not parents:
            self.create(path, Inode("dir", 0o777 & ~self.umask, children={}))
            return
        with lock:
            here = ""
            for part in path.strip("/").split("/"):
                here += "/" + part
                if not self.is_dir(here):
                    self.create(here, Inode("dir", 0o777 & ~self.umask, children={}))

    def symlink(self, target: str, path: str) -> None:
        """Make a link."""
        self.create(path, Inode("link", 0o777, data=target.encode()))

    def remove(self, path: str) -> None:
        with lock:
            found = self.find(path, follow=False)
            inode = found.inode
            if inode is None:
                raise failed(errno.ENOENT, path)
            if found.path in self.space.mounts or found.path == "/":
                raise failed(errno.EBUSY, path)
            if inode.kind == "dir" and (inode.names() or any(self._mounted_in(found.path))):
                raise failed(errno.ENOTEMPTY, path)
            self._may_change(found)
            if inode.store is not None:
                inode.store.charge(-inode.length, -1, -inode.zeros)
                self.space.wrote(inode.store, -inode.length)
            found.parent.drop(found.name)
            found.parent.mtime = self.space.now()

    def remove_tree(self, path: str) -> None:
        """Remove it with all that is in it."""
        with lock:
            if self.stat(path, follow=False).kind == "dir":
                for name in self.list(path):
                    self.remove_tree(posixpath.join(path, name))
            self.remove(path)

    def rename(self, source: str, target: str) -> None:
        """Move it. Raises EXDEV between mounts."""
        with lock:
            old, new = self.find(source, follow=False), self.find(target, follow=False)
            if old.inode is None:
                raise failed(errno.ENOENT, source)
            if old.mount is not new.mount:
                raise failed(errno.EXDEV, target)
            self._may_change(old)
            self._may_change(new)
            self._may_replace(old.inode, new)
            moved = old.inode if old.inode.kind == "dir" else self._own(old, old.inode)
            old.parent.drop(old.name)
            if new.inode is not None:
                new.parent.drop(new.name)
            new.parent.put(new.name, moved)

    def _may_replace(self, inode: Inode, new: Found) -> None:
        there = new.inode
        if there is None or there is inode:
            return
        if there.kind == "dir" and inode.kind != "dir":
            raise failed(errno.EISDIR, new.path)
        if there.kind != "dir" and inode.kind == "dir":
            raise failed(errno.ENOTDIR, new.path)
        if there.kind == "dir" and there.names():
            raise failed(errno.ENOTEMPTY, new.path)

    def chmod(self, path: str, mode: int) -> None:
        """Only the owner and root may. Raises EPERM, EROFS."""
        with lock:
            self._owned(path).mode = mode & 0o7777

    def chown(self, path: str, uid: int | None, gid: int | None) -> None:
        """Only root may change the owner. Raises EPERM, EROFS."""
        with lock:
            held = self.who.capabilities
            if self.who.uid != 0 or (held and "CHOWN" not in held):
                raise failed(errno.EPERM, path)
            inode = self._owned(path)
            inode.uid = inode.uid if uid is None else uid
            inode.gid = inode.gid if gid is None else gid

    def touch(self, path: str, at: float | None = None) -> None:
        """Set the time of change. Raises ENOENT, EACCES, EROFS."""
        with lock:
            found = self.find(path)
            if found.inode is None:
                raise failed(errno.ENOENT, path)
            if self.who.uid != found.inode.uid:
                self._need(found.inode, 2, path)
            self._mine(found).mtime = self.space.now() if at is None else at

    def _owned(self, path: str) -> Inode:
        found = self.find(path)
        if found.inode is None:
            raise failed(errno.ENOENT, path)
        if self.who.uid not in (0, found.inode.uid):
            raise failed(errno.EPERM, path)
        return self._mine(found)

    def _mine(self, found: Found) -> Inode:
        inode = found.inode
        if inode is None:
            raise failed(errno.ENOENT, found.path)
        if inode.kind == "dir":
            if found.mount.read_only or inode.store is None:
                raise failed(errno.EROFS, found.path)
            return inode
        return self._own(found, inode)
