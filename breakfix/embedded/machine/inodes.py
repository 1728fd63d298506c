"""What file systems are made of: inodes, and the stores that count their bytes."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from weakref import WeakSet

Kind = Literal["file", "dir", "link", "char", "fifo", "socket"]
MAX_INODES = 20_000  # of one store
DEFAULT_LIMIT = 40 << 30  # bytes of a store without a limit of its own: a node's disk
HELD = 128 << 20  # bytes of a store that are really kept: all but zeros
HELD_BY_ALL = 512 << 20  # by all stores of this process together
_MUCH = 8 << 20  # bytes from which a store's part in the sum is looked at
_BLOCK = 4096  # bytes of a disk's block
SHOWN_ZEROS = 64 << 20  # zeros behind a file's data that readers are given at most
_numbers = itertools.count(100_001)


def failed(code: int, path: str = "") -> OSError:
    """The OSError of an errno, with the words of the C library."""
    return OSError(code, os.strerror(code), path)


@dataclass(eq=False)
class Store:
    """Where bytes are kept: a container's writable layer, or a volume."""

    limit: int | None = None  # bytes; None: DEFAULT_LIMIT
    used: int = 0
    held: int = 0  # of the used bytes, those that are kept
    inodes: int = 0
    memory: bool = False  # it counts as memory of the containers that use it
    source: str = "overlay"  # as df and mount show it
    fstype: str = "overlay"

    def __post_init__(self) -> None:
        _stores.add(self)

    def _may_hold(self, more: int) -> bool:
        total = self.held + more
        if total > HELD:
            return False
        return total < _MUCH or more + sum(s.held for s in _stores) <= HELD_BY_ALL

    def charge(self, size: int, inodes: int = 0, zeros: int = 0) -> None:
        """Count so many bytes more (or fewer), of which some are zeros. Raises ENOSPC."""
        limit, held = DEFAULT_LIMIT if self.limit is None else self.limit, size - zeros
        if (size > 0 and self.used + size > limit) or (held > 0 and not self._may_hold(held)):
            raise failed(errno.ENOSPC)
        if inodes > 0 and self.inodes + inodes > MAX_INODES:
            raise failed(errno.ENOSPC)
        self.used += size
        self.held += held
        self.inodes += inodes


_stores: WeakSet[Store] = WeakSet()


@dataclass(eq=False, slots=True)
class Inode:
    """A file, directory, link or device. Directories may lie over one of a lower layer."""

    kind: Kind = "file"
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: float = 0.0
    data: bytes | bytearray = b""  # of a link: its target
    zeros: int = 0  # bytes of zero behind the data, which are not kept
    children: dict[str, Inode] | None = None
    base: Inode | None = None
    gone: set[str] | None = None  # names of the base that were removed
    store: Store | None = None  # None: of an image, shared and read only
    make: Callable[[], bytes] | None = None  # content that is made when it is read
    listing: Callable[[], dict[str, Inode]] | None = None  # entries that are made when read
    sink: Callable[[bytes], None] | None = None  # what is written goes there
    device: str = ""  # "null", "zero", "full", "random", "tty", "stdin", "stdout", "stderr"
    served: object = None  # who listens, of a socket
    number: int = field(default_factory=lambda: next(_numbers))

    def content(self) -> bytes:
        """All bytes of a file."""
        if self.make is not None:
            return self.make()
        return bytes(self.data) + bytes(min(self.zeros, SHOWN_ZEROS))

    @property
    def length(self) -> int:
        """Bytes of a file's own content."""
        return len(self.data) + self.zeros

    @property
    def size(self) -> int:
        """In bytes; a directory's is a block, or grows with its entries where it is in memory."""
        if self.kind != "dir":
            return 0 if self.make else self.length
        if self.store is not None and self.store.fstype == "tmpfs":
            return 40 + 20 * len(self.names())
        return 0 if self.listing else _BLOCK

    @property
    def room(self) -> int:
        """Bytes of the disk, in whole blocks: links, devices and what is made have none."""
        if self.kind not in ("file", "dir") or self.make or self.listing:
            return 0
        if self.kind == "dir" and self.store is not None and self.store.fstype == "tmpfs":
            return 0
        return -(-self.size // _BLOCK) * _BLOCK

    @property
    def links(self) -> int:
        """Names of it: a directory is also its own `.` and the `..` of those in it. Where it
        lies over one of a lower layer, nobody counts."""
        if self.kind != "dir":
            return 1
        if self.base is not None:
            return 1
        found = self.listing() if self.listing else self.children or {}
        return 2 + sum(inode.kind == "dir" for inode in found.values())

    def entry(self, name: str) -> Inode | None:
        """The entry of a directory, whichever layer has it."""
        if self.listing is not None:
            return self.listing().get(name)
        found = (self.children or {}).get(name)
        if found is not None or self.base is None or name in (self.gone or ()):
            return found
        below = self.base.entry(name)
        if below is None or below.kind != "dir" or self.store is None:
            return below
        return self._over(name, below)

    def _over(self, name: str, below: Inode) -> Inode:
        """A directory of the writable layer over one of the image."""
        made = Inode("dir", below.mode, below.uid, below.gid, below.mtime,
                     children={}, base=below, store=self.store)  # fmt: skip
        self.put(name, made)
        return made

    def put(self, name: str, inode: Inode) -> None:
        """Set an entry."""
        if self.children is None:
            self.children = {}
        self.children[name] = inode

    def drop(self, name: str) -> None:
        """Take an entry away."""
        if self.children:
            self.children.pop(name, None)
        if self.base is not None and self.base.entry(name) is not None:
            self.gone = (self.gone or set()) | {name}

    def names(self) -> list[str]:
        """All names in a directory, in order."""
        if self.listing is not None:
            return sorted(self.listing())
        found = set(self.children or ())
        if self.base is not None:
            found |= set(self.base.names()) - (self.gone or set())
        return sorted(found)

    def fill(self, data: bytes) -> None:
        """Other content. Raises ENOSPC."""
        self._charge(len(data) - self.length, -self.zeros)
        self.data, self.zeros = bytes(data), 0

    def extend(self, data: bytes) -> None:
        """More content behind the present. Raises ENOSPC."""
        if not data.strip(b"\0"):
            self._charge(len(data), len(data))
            self.zeros += len(data)
            return
        self._charge(len(data), -self.zeros)
        if not isinstance(self.data, bytearray):
            self.data = bytearray(self.data)
        self.data += bytes(self.zeros) + data
        self.zeros = 0

    def _charge(self, size: int, zeros: int) -> None:
        if self.store is not None:
            self.store.charge(size, zeros=zeros)


def directory(mode: int = 0o755, store: Store | None = None, at: float = 0.0) -> Inode:
    """An empty directory."""
    return Inode("dir", mode, mtime=at, children={}, store=store)


def put_path(root: Inode, path: str, inode: Inode) -> None:
    """Set a path below a directory that nobody else uses yet; makes the directories."""
    *parts, last = [p for p in path.split("/") if p]
    for part in parts:
        found = root.entry(part)
        if found is None:
            found = directory(store=root.store, at=root.mtime)
            root.put(part, found)
        root = found
    root.put(last, inode)
