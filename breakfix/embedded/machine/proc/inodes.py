"""Files that are made when they are read."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.machine.inodes import Inode


def made_text(make: Callable[[], str], mode: int = 0o444) -> Inode:
    """A file."""
    return Inode("file", mode, make=lambda: make().encode())


def link_to(target: str) -> Inode:
    """A link that stays."""
    return Inode("link", 0o777, data=target.encode())


def folder_of(entries: dict[str, Inode], mode: int = 0o555) -> Inode:
    """A directory of what is given."""
    return Inode("dir", mode, children=entries)


def made_link(make: Callable[[], str]) -> Inode:
    """A link."""
    return Inode("link", 0o777, make=lambda: make().encode())
