"""Unix sockets: an inode that a server listens behind, for whoever sees the same file."""

from __future__ import annotations

import asyncio
import posixpath
from contextlib import suppress
from typing import cast

from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.inodes import Inode
from breakfix.embedded.machine.types import Process


class Listening:
    """A server behind a socket, until it is closed."""

    def __init__(self, server: object) -> None:
        self.server = server
        self.closed = asyncio.Event()


def path_of(address: str) -> str:
    """`unix:///csi/csi.sock`, `unix:/csi/csi.sock` and `/csi/csi.sock` are one path."""
    return posixpath.normpath("/" + address.removeprefix("unix:").lstrip("/"))


def listen(process: Process, address: str, server: object) -> Listening:
    """Serve at a path, in place of what is there. Raises OSError."""
    view, path = cast("View", process.files), path_of(address)
    if view.exists(path):
        view.remove(path)
    found = Listening(server)
    view.create(path, Inode("socket", 0o755, served=found))
    return found


def close(process: Process, address: str, listening: Listening) -> None:
    """End it, and take the socket away."""
    listening.closed.set()
    with suppress(OSError):
        cast("View", process.files).remove(path_of(address))


def behind(inode: Inode | None) -> Listening | None:
    """Who listens behind a socket, where somebody does."""
    found = inode.served if inode is not None else None
    return found if isinstance(found, Listening) and not found.closed.is_set() else None


def dial(process: Process, address: str) -> Listening | None:
    """Who listens there, as the process sees its files."""
    try:
        return behind(cast("View", process.files).inode(path_of(address)))
    except OSError:
        return None
