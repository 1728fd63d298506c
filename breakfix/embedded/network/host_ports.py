"""hostPorts: ports of a node that lead to a pod, by translation as the CNI plugin portmap's."""

from __future__ import annotations

from dataclasses import dataclass, field

from breakfix.embedded.network.listening import ALL, is_loopback
from breakfix.embedded.network.nodes import Nodes
from breakfix.embedded.network.packets import Hop, Packet
from breakfix.embedded.network.types import TransportName

Key = tuple[str, str, int]  # node, protocol, port


@dataclass(eq=False)
class HostPort:
    """One of a pod's (types.Listener). `address`: of the node, "0.0.0.0" for all of them."""

    owner: HostPorts = field(repr=False)
    node: str
    transport: TransportName
    address: str
    port: int
    target: tuple[str, int]

    def close(self) -> None:
        self.owner.remove(self)


class HostPorts:
    """Those of all nodes. Where two pods want the same one, the first has it."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._at: dict[Key, list[HostPort]] = {}

    def add(
        self, node: str, transport: TransportName, address: str, port: int, target: tuple[str, int]
    ) -> HostPort:
        """It leads to the pod's address and port from now on."""
        found = HostPort(self, node, transport, address, port, target)
        self._at.setdefault((node, transport, port), []).append(found)
        return found

    def remove(self, port: HostPort) -> None:
        """It leads nowhere from now on."""
        key = (port.node, port.transport, port.port)
        left = [p for p in self._at.pop(key, []) if p is not port]
        if left:
            self._at[key] = left

    def translate(self, node: str, packet: Packet) -> Hop | None:
        """Where this node sends a packet; None where it is for no pod's hostPort."""
        for port in self._at.get((node, packet.protocol, packet.port), ()):
            if self._is_for(port, packet.address):
                return Hop(*port.target, masquerade=is_loopback(packet.address))
        return None

    def _is_for(self, port: HostPort, address: str) -> bool:
        if port.address not in ALL:
            return port.address == address
        return is_loopback(address) or self._nodes.at(address) == port.node
