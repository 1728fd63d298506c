"""A container's file system, and how one process sees it.

`FileSpace` is the tree: the image's files (shared, never changed), a writable layer over them
and what is mounted. `View` is a process's look at it, with its user: it checks permissions and
raises OSErrors with the errno of the real thing. Both the programs written in Python and the
shells (`interop`) use views, so all see the same files.

Not enforced: access times, hard links (a second name is a copy), file locks, ACLs, extended
attributes, quotas per user; a file that is open keeps no old content when it is replaced.
"""

from __future__ import annotations

import errno
import os
import posixpath
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from breakfix.embedded.machine.inodes import Inode, Kind, Store, directory, failed
from breakfix.embedded.machine.types import Identity

_LINKS = 40
_OVERRIDE = "DAC_OVERRIDE"
_lock = threading.RLock()  # shells look from their own threads; every operation is short


@dataclass(eq=False)
class Mounted:
    """One row of the mount table."""

    path: str
    root: Inode
    store: Store
    read_only: bool = False


@dataclass(eq=False)
class FileSpace:
    """The mount table of a container."""

    root: Mounted
    mounts: dict[str, Mounted] = field(default_factory=dict)
    now: Callable[[], float] = lambda: 0.0

    @classmethod
    def over(cls, image: Inode, *, read_only: bool = False, limit: int | None = None,
             now: Callable[[], float] = lambda: 0.0) -> FileSpace:  # fmt: skip
        """An empty writable layer over an image's tree."""
        store = Store(limit=limit)
        top = directory(0o755, store, now())
        top.base = image
        return cls(Mounted("/", top, store, read_only), now=now)

    def mount(self, path: str, root: Inode, store: Store, read_only: bool = False) -> None:
        """Mount it; the place is made where there is none."""
        path = posixpath.normpath(path)
        self._place(path, root.kind == "dir")
        self.mounts[path] = Mounted(path, root, store, read_only)

    def _place(self, path: str, is_dir: bool) -> None:
        at, parts = self.root.root, path.strip("/").split("/")
        here = ""
        for number, part in enumerate(parts):
            here += "/" + part
            mounted = self.mounts.get(here)
            found = mounted.root if mounted else at.entry(part)
            if found is not None and found.kind == "link":
                return  # through a link: the walk finds it by its real path
            if found is None:
                found = directory(0o755, at.store, self.now())
                if number == len(parts) - 1 and not is_dir:
                    found = Inode("file", 0o644, mtime=self.now(), store=at.store)
                at.put(part, found)
            if found.kind != "dir":
                if number < len(parts) - 1:
                    raise failed(errno.ENOTDIR, here)
                return
            at = found

    def table(self) -> list[Mounted]:
        """All rows, the root first."""
        return [self.root, *self.mounts.values()]


@dataclass(eq=False)
class Found:
    """Where a path leads: its real path, its directory, and the inode if there is one."""

    path: str
    parent: Inode
    name: str
    inode: Inode | None
    mount: Mounted


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


class View:
    """The file system as a process with this user sees it; implements `types.Files`."""

    def __init__(self, space: FileSpace, who: Identity, umask: int = 0o022) -> None:
        self.space = space
        self.who = who
        self.umask = umask
        self.streams: Mapping[str, Callable[[bytes], None]] = {}  # of /dev/stdout and stderr
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
            full = posixpath.join(here, part)
            inode, mount = self._step(parent, part, full, mount)
            found = Found(full, parent, part, inode, mount)
            if inode is None:
                if parts:
                    raise failed(errno.ENOENT, asked)
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

    # -- reading -----------------------------------------------------------------------

    def read(self, path: str) -> bytes:
        with _lock:
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
        with _lock:
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
        with _lock:
            try:
                return self.find(path).inode is not None
            except OSError:
                return False

    def is_dir(self, path: str) -> bool:
        with _lock:
            try:
                found = self.find(path).inode
            except OSError:
                return False
            return found is not None and found.kind == "dir"

    def mode(self, path: str) -> int:
        with _lock:
            return self.inode(path).mode

    def size(self, path: str) -> int:
        with _lock:
            return self.inode(path).size

    def stat(self, path: str, follow: bool = True) -> Stat:
        """Its metadata; a link's own without `follow`."""
        with _lock:
            at = self.inode(path, follow)
            return Stat(at.kind, at.mode, at.uid, at.gid, at.size, at.mtime, at.number, at.device)

    def access(self, path: str, want: int) -> bool:
        """May this user read (4), write (2), execute (1)? 0: is it there?"""
        with _lock:
            try:
                found = self.find(path)
            except OSError:
                return False
            if found.inode is None or (want & 2 and found.mount.read_only):
                return False
            return self.allows(found.inode, want)

    def readlink(self, path: str) -> str:
        """Where a link points. Raises EINVAL where it is none."""
        with _lock:
            inode = self.inode(path, follow=False)
            if inode.kind != "link":
                raise failed(errno.EINVAL, path)
            return self._target(inode)

    def realpath(self, path: str) -> str:
        """Without links. Raises as `find`."""
        with _lock:
            return self.find(path).path

    # -- writing -----------------------------------------------------------------------

    def write(self, path: str, data: bytes) -> None:
        with _lock:
            self._put(path, data, append=False)

    def append(self, path: str, data: bytes) -> None:
        with _lock:
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
        if append:
            inode.resize(len(inode.data) + len(data))
            if not isinstance(inode.data, bytearray):
                inode.data = bytearray(inode.data)
            inode.data += data
        else:
            inode.resize(len(data))
            inode.data = bytes(data)
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
        with _lock:
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
        with _lock:
            here = ""
            for part in path.strip("/").split("/"):
                here += "/" + part
                if not self.is_dir(here):
                    self.create(here, Inode("dir", 0o777 & ~self.umask, children={}))

    def symlink(self, target: str, path: str) -> None:
        """Make a link."""
        self.create(path, Inode("link", 0o777, data=target.encode()))

    def remove(self, path: str) -> None:
        with _lock:
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
                inode.store.charge(-len(inode.data), -1)
            found.parent.drop(found.name)
            found.parent.mtime = self.space.now()

    def remove_tree(self, path: str) -> None:
        """Remove it with all that is in it."""
        with _lock:
            if self.stat(path, follow=False).kind == "dir":
                for name in self.list(path):
                    self.remove_tree(posixpath.join(path, name))
            self.remove(path)

    def rename(self, source: str, target: str) -> None:
        """Move it. Raises EXDEV between mounts."""
        with _lock:
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
        with _lock:
            self._owned(path).mode = mode & 0o7777

    def chown(self, path: str, uid: int | None, gid: int | None) -> None:
        """Only root may change the owner. Raises EPERM, EROFS."""
        with _lock:
            held = self.who.capabilities
            if self.who.uid != 0 or (held and "CHOWN" not in held):
                raise failed(errno.EPERM, path)
            inode = self._owned(path)
            inode.uid = inode.uid if uid is None else uid
            inode.gid = inode.gid if gid is None else gid

    def touch(self, path: str, at: float | None = None) -> None:
        """Set the time of change. Raises ENOENT, EACCES, EROFS."""
        with _lock:
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

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Several operations as one."""
        with _lock:
            yield
