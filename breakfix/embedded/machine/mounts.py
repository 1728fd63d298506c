"""A container's file system: the image's files (shared, never changed), a writable layer over
them, and what is mounted."""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from breakfix.embedded.machine.inodes import Inode, Store, directory, failed


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
    pressed: Callable[[], None] = lambda: None  # it has written more to what is kept in memory
    written: dict[Store, int] = field(default_factory=dict)  # bytes, of those in memory

    def wrote(self, store: Store | None, more: int) -> None:
        """So many bytes more (or fewer) are in a store. Memory counts for whoever writes."""
        if store is None or not store.memory or not more:
            return
        self.written[store] = max(self.written.get(store, 0) + more, 0)
        if more > 0:
            self.pressed()

    @property
    def in_memory(self) -> int:
        """Bytes that it wrote to stores in memory and that are still there."""
        return sum(min(size, store.used) for store, size in self.written.items())

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

    def below(self, path: str, root: Inode, row: Mounted) -> FileSpace:
        """What a process sees whose root is a directory of this one."""
        made = FileSpace(Mounted("/", root, row.store, row.read_only), now=self.now,
                         pressed=self.pressed, written=self.written)  # fmt: skip
        prefix = path.rstrip("/")
        for place, mounted in self.mounts.items():
            if place.startswith(f"{prefix}/"):
                here = place[len(prefix) :]
                made.mounts[here] = replace(mounted, path=here)
        if "/proc" in self.mounts and root.entry("proc") is not None:
            made.mounts.setdefault("/proc", self.mounts["/proc"])
        return made

    def table(self) -> list[Mounted]:
        """All rows, the root first."""
        return [self.root, *self.mounts.values()]
