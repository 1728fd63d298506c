"""The way of a packet: translation, policies, nodes that are cut off, addresses of nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace

from breakfix.embedded.network.host_ports import HostPorts
from breakfix.embedded.network.listening import is_loopback
from breakfix.embedded.network.nodes import Nodes
from breakfix.embedded.network.outside import Outside
from breakfix.embedded.network.packets import AnyProtocol, Gate, Hop, Packet, Translator, Verdict
from breakfix.embedded.network.types import NetworkNamespace


@dataclass(frozen=True)
class Way:
    """Where a packet arrives, and whose address it carries then."""

    space: NetworkNamespace
    address: str
    port: int
    source: str


class Routes:
    """Who has which address, and how packets get there."""

    def __init__(self, nodes: Nodes, outside: Outside) -> None:
        self.nodes = nodes
        self.outside = outside
        self.translator: Translator | None = None
        self.host_ports = HostPorts(nodes)
        self.gate: Gate | None = None
        self.spaces: dict[str, NetworkNamespace] = {}
        self.cut: set[str] = set()

    def find(
        self, source: NetworkNamespace, address: str, port: int, protocol: AnyProtocol
    ) -> Way | Verdict:
        """The way from a namespace to an address, through Services and policies."""
        mine = source.addresses[0] if source.addresses else "127.0.0.1"
        own = is_loopback(address) or address in source.addresses
        packet = Packet(mine, address, port, protocol, pod=_is_pod(source), local=_is_host(source))
        hop = None if own and not packet.local else self._translated(source.node, packet)
        if isinstance(hop, Verdict):
            return hop
        if hop is None and own:
            seen = "127.0.0.1" if is_loopback(address) else mine
            return Way(source, address, port, seen)
        return self._onward(source, _moved(packet, hop), hop is not None and hop.masquerade)

    def _translated(self, node: str, packet: Packet) -> Hop | Verdict | None:
        """By a node's kube-proxy, else by its hostPorts; "" is the world outside."""
        if not node:
            return self._entered(self.translator, packet) if self.translator else None
        hop = self.translator.translate(node, packet) if self.translator else None
        return hop or self.host_ports.translate(node, packet)

    def _entered(self, translator: Translator, packet: Packet) -> Hop | Verdict | None:
        """From outside: a load balancer tries the nodes until one takes it."""
        hop: Hop | Verdict | None = None
        if self.nodes.at(packet.address):
            return None
        for node in self.nodes.by_name.values():
            if node.name not in self.cut and self.nodes.address(node.name) in self.spaces:
                hop = translator.translate(node.name, packet)
                if isinstance(hop, Hop):
                    return hop
        return hop

    def _onward(self, source: NetworkNamespace, packet: Packet, masquerade: bool) -> Way | Verdict:
        """From the source's node on, after its kube-proxy."""
        target = self._at(packet.address)
        if target is source:
            return self._hairpin(source, packet)
        if not self._leaves(source, target, packet):
            return Verdict.DROP
        if target is None:
            return self._nobody(source, packet.address)
        if not self.reachable(source.node, target.node):
            return Verdict.DROP
        if not target.node:
            return Way(target, packet.address, packet.port, self._outward(source))
        if _is_host(target) and target.node != source.node:
            arriving = replace(packet, source=self._outward(source), pod=False, local=False)
            return self._arrive(source, target, arriving)
        return self._deliver(source, target, packet, source.node if masquerade else "")

    def _hairpin(self, source: NetworkNamespace, packet: Packet) -> Way:
        """Back to itself by a Service: the node puts its own address on it."""
        gateway = self._gateway(source.node)
        seen = packet.source if _is_host(source) or not gateway else gateway
        return Way(source, packet.address, packet.port, seen)

    def _arrive(
        self, source: NetworkNamespace, target: NetworkNamespace, packet: Packet
    ) -> Way | Verdict:
        """At another node: perhaps on one of its node ports."""
        hop = self._translated(target.node, packet)
        if isinstance(hop, Verdict):
            return hop
        if hop is None:
            return Way(target, packet.address, packet.port, packet.source)
        moved = _moved(packet, hop)
        end = self._at(hop.address)
        if end is None:
            return self._nobody(target, hop.address)
        if not self.reachable(target.node, end.node):
            return Verdict.DROP
        return self._deliver(source, end, moved, target.node if hop.masquerade else "")

    def _deliver(
        self, source: NetworkNamespace, target: NetworkNamespace, packet: Packet, masked: str
    ) -> Way | Verdict:
        """To the namespace that has the address; `masked` is the node that masquerades."""
        beside = masked == target.node
        if masked and not beside:
            packet = replace(packet, source=self._node_address(masked) or packet.source, pod=False)
        if not self._enters(source, target, packet):
            return Verdict.DROP
        seen = packet.source
        from_node = _is_host(source) and source.node == target.node
        if _is_pod(target) and (from_node or (masked and beside)):
            seen = self._gateway(target.node) or seen
        return Way(target, packet.address, packet.port, seen)

    # -- policies --------------------------------------------------------------------

    def _leaves(
        self, source: NetworkNamespace, target: NetworkNamespace | None, packet: Packet
    ) -> bool:
        if self.gate is None or not _is_pod(source):
            return True
        if target is not None and _is_host(target) and target.node == source.node:
            return True  # what a node takes for itself is not forwarded
        return self.gate.leaves(source, target, packet)

    def _enters(self, source: NetworkNamespace, target: NetworkNamespace, packet: Packet) -> bool:
        if self.gate is None or not _is_pod(target):
            return True
        if _is_host(source) and source.node == target.node:
            return True  # a node reaches its own pods: the kubelet's probes
        known = source if packet.pod and _is_pod(source) else None
        return self.gate.enters(target, known, packet)

    # -- addresses -------------------------------------------------------------------

    def _at(self, address: str) -> NetworkNamespace | None:
        found = self.spaces.get(address)
        if found is None and (node := self.nodes.at(address)):
            found = self.spaces.get(self.nodes.address(node))
        return found or self.outside.at(address)

    def _nobody(self, source: NetworkNamespace, address: str) -> Verdict:
        """Neighbours are asked for and do not answer; all else is lost on its way."""
        if source.node in self.cut:
            return Verdict.DROP
        try:
            owner = self.nodes.owner(address)
            gone = owner is not None and self.nodes.address(owner) not in self.spaces
            beside = self.nodes.on_node_network(address)
        except ValueError:
            return Verdict.UNREACHABLE
        return Verdict.UNREACHABLE if gone or beside else Verdict.DROP

    def reachable(self, one: str, other: str) -> bool:
        """Do packets get from node to node? "" is the world outside."""
        return one == other or (one not in self.cut and other not in self.cut)

    def _gateway(self, node: str) -> str:
        return self.nodes.by_name[node].gateway if node in self.nodes.by_name else ""

    def _node_address(self, node: str) -> str:
        return self.nodes.address(node)

    def _outward(self, source: NetworkNamespace) -> str:
        """The address that other machines see: pods are hidden behind their node."""
        mine = source.addresses[0] if source.addresses else ""
        return (self._node_address(source.node) or mine) if _is_pod(source) else mine


def _moved(packet: Packet, hop: Hop | None) -> Packet:
    return replace(packet, address=hop.address, port=hop.port) if hop else packet


def _is_host(space: NetworkNamespace) -> bool:
    return bool(space.node) and (space.host_network or space.pod is None)


def _is_pod(space: NetworkNamespace) -> bool:
    return space.pod is not None and not space.host_network
