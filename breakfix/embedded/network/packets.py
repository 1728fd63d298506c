"""A packet on its way, and what kube-proxy and the policies say to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol

from breakfix.embedded.network.types import NetworkNamespace

AnyProtocol = Literal["TCP", "UDP", "SCTP", "ICMP"]


@dataclass(frozen=True, slots=True)
class Packet:
    """The first one of a connection, or a datagram."""

    source: str
    address: str
    port: int
    protocol: AnyProtocol = "TCP"
    pod: bool = True  # does it come from a pod of this cluster, with the pod's own address?
    local: bool = False  # does it come from the node itself?


class Verdict(Enum):
    """What happens to a packet that goes no further."""

    REFUSE = "refuse"
    DROP = "drop"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Hop:
    """Another destination; masqueraded packets get the node's own address as source."""

    address: str
    port: int
    masquerade: bool = False


class Translator(Protocol):
    """kube-proxy."""

    def translate(self, node: str, packet: Packet) -> Hop | Verdict | None:
        """Where this node sends it instead; None: it is not for a Service."""


class Gate(Protocol):
    """The network policies."""

    def leaves(
        self, source: NetworkNamespace, target: NetworkNamespace | None, packet: Packet
    ) -> bool:
        """May the pod `source` send it?"""

    def enters(
        self, target: NetworkNamespace, source: NetworkNamespace | None, packet: Packet
    ) -> bool:
        """May the pod `target` get it? `source` is the pod whose address it carries."""
