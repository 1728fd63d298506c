"""Volumes: directories that containers mount and share, and that outlive them."""

from __future__ import annotations

import errno
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from breakfix.embedded.machine.inodes import Inode, Store, directory, failed, put_path


class Volume:
    """Files that are kept in memory. `limit` in bytes; `memory`: counts as memory (tmpfs)."""

    def __init__(
        self, name: str = "", *, limit: int | None = None, memory: bool = False,
        mode: int = 0o777, uid: int = 0, gid: int = 0, fstype: str = "",
        at: float = 0.0,
    ) -> None:  # fmt: skip
        kind = fstype or ("tmpfs" if memory else "ext4")
        source = "tmpfs" if kind == "tmpfs" else "/dev/vda1"
        self.name = name
        self.store = Store(limit=limit, memory=memory, source=source, fstype=kind)
        self.root = directory(mode, self.store, at)
        self.root.uid, self.root.gid = uid, gid
        self._generation = 0

    @property
    def used(self) -> int:
        """Bytes in it."""
        return self.store.used

    def write(
        self, path: str, data: bytes, mode: int = 0o644, uid: int = 0, gid: int = 0,
        at: float = 0.0,
    ) -> None:  # fmt: skip
        """Set one file, past all permissions. Raises OSError(ENOSPC)."""
        self.store.charge(len(data), 1)
        put_path(self.root, path, Inode("file", mode, uid, gid, at, data, store=self.store))

    def mkdir(self, path: str, mode: int = 0o755, uid: int = 0, gid: int = 0) -> None:
        """Make a directory, past all permissions, where there is none."""
        if self.at(path) is None:
            made = directory(mode, self.store)
            made.uid, made.gid = uid, gid
            put_path(self.root, path, made)

    def read(self, path: str) -> bytes:
        """One file's bytes. Raises OSError(ENOENT, EISDIR)."""
        found = self.at(path)
        if found is None:
            raise failed(errno.ENOENT, path)
        if found.kind == "dir":
            raise failed(errno.EISDIR, path)
        return found.content()

    def at(self, path: str) -> Inode | None:
        """What is there; links inside the volume are followed."""
        inode: Inode | None = self.root
        parts = [p for p in path.split("/") if p]
        for _ in range(200):
            if not parts or inode is None:
                return inode
            if inode.kind != "dir":
                return None
            found = inode.entry(parts.pop(0))
            if found is not None and found.kind == "link":
                parts = [p for p in found.data.decode().split("/") if p] + parts
                found = inode
            inode = found
        return None

    def publish(
        self, files: Mapping[str, bytes], mode: int = 0o644, *,
        modes: Mapping[str, int] | None = None, owners: Mapping[str, int] | None = None,
        gid: int = 0, at: float = 0.0,
    ) -> None:  # fmt: skip
        """Replace all files at once, as the kubelet does for configMaps, secrets and the like:
        `key` is a link to `..data/key`, and `..data` one to a directory of this version.
        """
        self._generation += 1
        moment = datetime.fromtimestamp(at, UTC).strftime("%Y_%m_%d_%H_%M_%S")
        version = f"..{moment}.{self._mark(at)}"
        self.root.mtime, self.root.gid = at, gid
        if gid:
            self.root.mode |= 0o2020
        old = [name for name in self.root.names() if name.startswith("..") and name != "..data"]
        self.store.used = sum(map(len, files.values()))
        for path, data in files.items():
            bits = (modes or {}).get(path, mode)
            uid = (owners or {}).get(path, 0)
            inode = Inode("file", bits, uid, gid, at, data, store=self.store)
            put_path(self.root, f"{version}/{path}", inode)
        if not files:
            put_path(self.root, version, directory(store=self.store, at=at))
        self._share(version, gid)
        self._link("..data", version, at)
        for name in old:
            self.root.drop(name)
        tops = {path.split("/")[0] for path in files}
        for name in self.root.names():
            if not name.startswith("..") and name not in tops:
                self.root.drop(name)
        for name in tops:
            self._link(name, f"..data/{name}", at)

    def _mark(self, at: float) -> int:
        """What a version's name ends with: a number that nobody can foresee."""
        return zlib.crc32(f"{self.name} {self._generation} {at}".encode()) | 1 << 30

    def _share(self, version: str, gid: int) -> None:
        """The directories of a version, as fsGroup has them."""
        waiting = [self.root.entry(version)]
        for inode in waiting:
            if inode is not None and inode.kind == "dir":
                inode.gid, inode.mode = gid, inode.mode | (0o2000 if gid else 0)
                waiting += [inode.entry(name) for name in inode.names()]

    def _link(self, name: str, target: str, at: float) -> None:
        inode = Inode("link", 0o777, gid=self.root.gid, mtime=at, data=target.encode(),
                      store=self.store)  # fmt: skip
        self.root.put(name, inode)

    def give_group(self, gid: int) -> None:
        """What fsGroup does: the group owns everything, may write, and new files stay its."""
        for inode in self.all():
            inode.gid = gid
            if inode.kind == "dir":
                inode.mode |= 0o2770
            elif inode.kind == "file":
                inode.mode |= 0o660

    def all(self) -> Iterator[Inode]:
        """Every inode, the root first."""
        waiting = [self.root]
        while waiting:
            inode = waiting.pop()
            yield inode
            if inode.kind == "dir":
                waiting += [found for name in inode.names() if (found := inode.entry(name))]


@dataclass(eq=False)
class Mount:
    """A volume, or a part of it, at a path of a container. `source`: where it is on the node."""

    volume: Volume
    read_only: bool = False
    sub_path: str = ""
    source: str = ""

    def root(self) -> Inode:
        """What is mounted; a missing subPath becomes a directory. Raises OSError."""
        found = self.volume.at(self.sub_path)
        if found is None:
            self.volume.mkdir(self.sub_path)
            found = self.volume.at(self.sub_path)
        if found is None:
            raise failed(errno.ENOTDIR, self.sub_path)
        return found


def as_mount(value: object) -> Mount:
    """A Volume or Mount as a Mount. Raises TypeError."""
    if isinstance(value, Volume):
        return Mount(value)
    if isinstance(value, Mount):
        return value
    text = f"{type(value).__name__} cannot be mounted"
    raise TypeError(text)
