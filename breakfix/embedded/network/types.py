"""What programs see of the network: connections and datagrams between network namespaces.

Times are seconds. Nothing here ever touches a socket of the learner's machine.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

TransportName = Literal["TCP", "UDP", "SCTP"]


class NetworkError(Exception):
    """A connection or datagram that came to nothing."""


class RefusedError(NetworkError):
    """Somebody is there, and nobody listens on the port (RST)."""


class TimedOutError(NetworkError):
    """No answer: dropped by a policy, or nobody has the address."""


class NoRouteError(NetworkError):
    """The network says that there is no way to the address."""


class ResetError(NetworkError):
    """The other end cut the connection (RST), or went away."""


class Stream(Protocol):
    """One end of a TCP connection."""

    local: tuple[str, int]
    peer: tuple[str, int]

    async def read(self, limit: int = 65536) -> bytes:
        """The next bytes, b"" at the end. Raises NetworkError when it is cut."""

    async def write(self, data: bytes) -> None:
        """Send; waits while the other end does not read. Raises NetworkError."""

    def end_writing(self) -> None:
        """Send FIN; reading goes on."""

    def close(self) -> None:
        """Done with it."""


Serve = Callable[[Stream], Awaitable[None]]
Answer = Callable[[bytes, tuple[str, int]], Awaitable[bytes | None]]  # datagram, peer -> reply


class Listener(Protocol):
    """A port that is listened on."""

    port: int

    def close(self) -> None:
        """Stop; connections that are open go on."""


@dataclass(eq=False)
class NetworkNamespace:
    """The network of one pod, or of a node (for hostNetwork and the kubelet)."""

    node: str
    addresses: tuple[str, ...]  # its own; loopback is every namespace's
    hostname: str = ""
    pod: tuple[str, str] | None = None  # namespace and name; None for a node
    host_network: bool = False
    listeners: dict[tuple[TransportName, str, int], object] = field(default_factory=dict)


class Network(Protocol):
    """The fabric of a cluster, as seen from a namespace."""

    def attach(self, space: NetworkNamespace) -> None:
        """It is reachable from now on."""

    def detach(self, space: NetworkNamespace) -> None:
        """It is gone; its connections are cut."""

    async def connect(
        self, source: NetworkNamespace, address: str, port: int, timeout: float = 60.0
    ) -> Stream:
        """TCP to an IP address (a pod's, node's or Service's). Raises NetworkError."""

    async def ask(
        self, source: NetworkNamespace, address: str, port: int, data: bytes, timeout: float = 5.0
    ) -> bytes:
        """UDP: a datagram and its reply. Raises NetworkError (TimedOutError for none)."""

    async def ping(self, source: NetworkNamespace, address: str, timeout: float = 1.0) -> float:
        """ICMP echo: the round trip. Raises NetworkError."""

    def listen(
        self, space: NetworkNamespace, port: int, serve: Serve, address: str = "0.0.0.0",  # noqa: S104 - inside
    ) -> Listener:  # fmt: skip
        """TCP; port 0 takes a free one. Raises OSError(EADDRINUSE)."""

    def publish(
        self, node: str, transport: TransportName, port: int, target: tuple[str, int],
        address: str = "",
    ) -> Listener:  # fmt: skip
        """A hostPort: the node's port leads to a pod's; `address` "": on all that the node has."""

    def listen_udp(
        self, space: NetworkNamespace, port: int, answer: Answer, address: str = "0.0.0.0",  # noqa: S104 - inside
    ) -> Listener:  # fmt: skip
        """UDP. Raises OSError(EADDRINUSE)."""
