"""Connections to the ports of a pod, and the words for those that come to nothing."""

from __future__ import annotations

import hashlib
import uuid
from typing import Protocol

from breakfix.embedded.errors import StatusError
from breakfix.embedded.network.types import (
    NetworkError,
    NoRouteError,
    RefusedError,
    Stream,
    TimedOutError,
)
from breakfix.embedded.nodes.access import PodAccess
from breakfix.embedded.objects import Object
from breakfix.embedded.server.streams.sessions import first_of


class Client(Protocol):
    """The client's end of a forwarded connection."""

    async def read(self, limit: int = 65536) -> bytes:
        """The next bytes, b"" at the end."""

    async def write(self, data: bytes) -> None:
        """Send; waits while the client does not read. Raises ConnectionError."""

    async def until_cut(self) -> None:
        """Until the client wants no more of either direction."""


class Ports:
    """The ports of one pod."""

    def __init__(self, pod: Object, access: PodAccess) -> None:
        self._pod = pod
        self._access = access

    async def join(self, port: int, client: Client) -> str:
        """Carry bytes both ways until one side has ended; the words of what went wrong."""
        try:
            server = await self._access.dial(self._pod, port)
        except (NetworkError, StatusError) as error:
            return self._words(port, error)
        try:
            await first_of(_outward(client, server), _inward(client, server))
        finally:
            server.close()
        return ""

    def _words(self, port: int, error: Exception) -> str:
        """As a kubelet and its container runtime say it."""
        uid = self._pod["metadata"].get("uid", "")
        sandbox = hashlib.sha256(uid.encode()).hexdigest()
        start = f"error forwarding port {port} to pod {sandbox}, uid : "
        if isinstance(error, StatusError):
            return start + error.message
        space = uuid.uuid5(uuid.NAMESPACE_OID, uid)
        why = reason_of(error)
        return (
            f"{start}failed to execute portforward in network namespace "
            f'"/var/run/netns/cni-{space}": failed to connect to localhost:{port} inside '
            f'namespace "{sandbox}", IPv4: dial tcp4 127.0.0.1:{port}: {why} '
            f"IPv6 dial tcp6 [::1]:{port}: {why} "
        )


def reason_of(error: Exception) -> str:
    """Why a connection came to nothing, as Go says it."""
    match error:
        case RefusedError():
            return "connect: connection refused"
        case TimedOutError():
            return "i/o timeout"
        case NoRouteError():
            return "connect: no route to host"
    return str(error) or "connect: connection reset by peer"


async def _outward(client: Client, server: Stream) -> None:
    try:
        while data := await server.read():
            await client.write(data)
    except (NetworkError, ConnectionError):
        pass


async def _inward(client: Client, server: Stream) -> None:
    """What the client sends, and its end; the answer to it goes on until it is cut."""
    try:
        while data := await client.read():
            await server.write(data)
        server.end_writing()
    except NetworkError:
        pass
    await client.until_cut()
