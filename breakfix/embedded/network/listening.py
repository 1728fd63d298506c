"""Ports of a namespace: who listens, and who may begin to."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field

from breakfix.embedded.network.types import Answer, NetworkNamespace, Serve, TransportName

ANY = "0.0.0.0"  # noqa: S104 - inside
ALL = frozenset({ANY, "::", "", "*", "[::]"})
EPHEMERAL = range(32768, 61000)


@dataclass(eq=False)
class Port:
    """A port that is listened on (types.Listener)."""

    space: NetworkNamespace
    transport: TransportName
    address: str
    port: int
    serve: Serve | None = None
    answer: Answer | None = None
    open: bool = field(default=True)

    def close(self) -> None:
        key = (self.transport, self.address, self.port)
        self.open = False
        if self.space.listeners.get(key) is self:
            del self.space.listeners[key]


def is_loopback(address: str) -> bool:
    """Is it the namespace's own, whatever its addresses are?"""
    return address.startswith("127.") or address in ("::1", *ALL)


def listener(
    space: NetworkNamespace, transport: TransportName, address: str, port: int
) -> Port | None:
    """Who gets what is sent to this address and port."""
    found = space.listeners.get((transport, ANY if address in ALL else address, port))
    if found is None and address in ALL:
        found = space.listeners.get((transport, "127.0.0.1", port))
    found = found or space.listeners.get((transport, ANY, port))
    return found if isinstance(found, Port) else None


def bind(wanted: Port) -> Port:
    """Begin to listen. Raises OSError (EADDRINUSE, EADDRNOTAVAIL)."""
    space = wanted.space
    if wanted.address in ALL:
        wanted.address = ANY
    elif not is_loopback(wanted.address) and wanted.address not in space.addresses:
        raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    taken = _taken(space, wanted.transport, wanted.address)
    if not wanted.port:
        wanted.port = free_port(taken)
    elif taken(wanted.port):
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    space.listeners[wanted.transport, wanted.address, wanted.port] = wanted
    return wanted


def _taken(
    space: NetworkNamespace, transport: TransportName, address: str
) -> Callable[[int], bool]:
    if address == ANY:
        used = {port for kind, _, port in space.listeners if kind == transport}
        return used.__contains__
    return lambda port: (
        (transport, address, port) in space.listeners or (transport, ANY, port) in space.listeners
    )


def free_port(taken: Callable[[int], bool]) -> int:
    """The first ephemeral port that is not taken. Raises OSError(EADDRINUSE)."""
    found = next((port for port in EPHEMERAL if not taken(port)), None)
    if found is None:
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    return found
