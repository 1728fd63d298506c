"""kube-proxy on every node: from a Service's address to one of its endpoints."""

from __future__ import annotations

import random
from dataclasses import dataclass

from breakfix.embedded.client import Change
from breakfix.embedded.clock import Clock
from breakfix.embedded.network.nodes import Nodes, Watched
from breakfix.embedded.network.packets import AnyProtocol, Hop, Packet, Verdict
from breakfix.embedded.network.service_ports import (
    Address,
    Endpoint,
    ServicePort,
    inner,
    is_proxied,
    outer,
    service_ports,
)
from breakfix.embedded.objects import labels_of, name_of, namespace_of

SLICES = "endpointslices.discovery.k8s.io"
SERVICE = "kubernetes.io/service-name"
Key = tuple[str, str]
LAST_CLIENTS = 10_000  # remembered for session affinity


@dataclass(frozen=True)
class _Entry:
    """One address that leads to a Service."""

    port: ServicePort
    external: bool = False
    balanced: bool = False


class ServiceProxy:
    """packets.Translator, fed by Services and EndpointSlices; its choices are seeded."""

    def __init__(self, reader: Watched, nodes: Nodes, clock: Clock, seed: int = 0) -> None:
        self._reader, self._nodes, self._clock = reader, nodes, clock
        self._random = random.Random(seed)  # noqa: S311 - of a simulation
        self._at: dict[Address, _Entry] = {}
        self._node_ports: dict[tuple[AnyProtocol, int], ServicePort] = {}
        self._known: dict[Key, tuple[list[Address], list[tuple[AnyProtocol, int]]]] = {}
        self._slices: dict[Key, dict[str, object]] = {}
        self._clients: dict[tuple[str, tuple[str, str, str], str], tuple[Endpoint, float]] = {}
        self._dirty: dict[Key, None] = {}
        for slice_ in reader.list(SLICES):
            self._slice_seen(Change("ADDED", SLICES, slice_, None, 0))
        for service in reader.list("services"):
            self._dirty[namespace_of(service), name_of(service)] = None
        reader.subscribe("services", self._service_seen)
        reader.subscribe(SLICES, self._slice_seen)
        nodes.changed.append(self._nodes_changed)

    # -- what is there -------------------------------------------------------------------

    def _service_seen(self, change: Change) -> None:
        self._dirty[namespace_of(change.new), name_of(change.new)] = None

    def _slice_seen(self, change: Change) -> None:
        for item in (change.old, change.new):
            service = labels_of(item).get(SERVICE) if item else None
            if item is None or not service:
                continue
            key = (namespace_of(item), service)
            known = self._slices.setdefault(key, {})
            if change.type == "DELETED" or item is change.old:
                known.pop(name_of(item), None)
            else:
                known[name_of(item)] = item
            if not known:
                del self._slices[key]
            self._dirty[key] = None

    def _nodes_changed(self) -> None:
        for entry in self._at.values():
            entry.port.usable.clear()

    def _refresh(self) -> None:
        for key in self._dirty:
            self._forget(key)  # all of them first: one may have what another gave back
        for key in self._dirty:
            service = self._reader.get("services", key[1], key[0])
            if service and is_proxied(service):
                self._take(key, service)
        self._dirty.clear()

    def _forget(self, key: Key) -> None:
        addresses, node_ports = self._known.pop(key, ([], []))
        for address in addresses:
            self._at.pop(address, None)
        for port in node_ports:
            self._node_ports.pop(port, None)

    def _take(self, key: Key, service: dict[str, object]) -> None:
        addresses: list[Address] = []
        node_ports: list[tuple[AnyProtocol, int]] = []
        slices = [s for s in self._slices.get(key, {}).values() if isinstance(s, dict)]
        external = set((service["spec"].get("externalIPs")) or ())  # type: ignore[attr-defined]
        for port in service_ports(service, slices):
            for address in outer(service, port):
                self._at[address] = _Entry(port, True, address[0] not in external)
                addresses.append(address)
            for address in inner(service, port):
                self._at[address] = _Entry(port)
                addresses.append(address)
            if port.node_port:
                self._node_ports[port.protocol, port.node_port] = port
                node_ports.append((port.protocol, port.node_port))
        self._known[key] = addresses, node_ports

    # -- one packet ----------------------------------------------------------------------

    def translate(self, node: str, packet: Packet) -> Hop | Verdict | None:
        """Where this node's kube-proxy sends a packet; None where it is for no Service."""
        if self._dirty:
            self._refresh()
        entry = self._at.get((packet.address, packet.protocol, packet.port))
        if entry:
            if entry.balanced and not entry.port.admits(packet.source):
                return Verdict.DROP if entry.port.some() else Verdict.REFUSE
            return self._to(node, packet, entry.port, entry.external)
        port = self._node_ports.get((packet.protocol, packet.port))
        if port and self._is_own(node, packet.address):
            return self._to(node, packet, port, True)
        return None

    def _is_own(self, node: str, address: str) -> bool:
        return self._nodes.at(address) == node or address == "127.0.0.1"

    def _to(self, node: str, packet: Packet, port: ServicePort, external: bool) -> Hop | Verdict:
        if not port.some():
            return Verdict.REFUSE
        near = packet.local or packet.pod  # the cluster's own clients are not held to Local
        local = port.external_local and not near if external else port.internal_local
        usable = port.local(node) if local else port.cluster(node, self._nodes.zone(node))
        if not usable:
            return Verdict.DROP
        chosen = self._choose(node, packet, port, usable)
        masquerade = external and not (port.external_local and not packet.local)
        return Hop(chosen.address, chosen.port, masquerade or (packet.local and not external))

    def _choose(
        self, node: str, packet: Packet, port: ServicePort, usable: list[Endpoint]
    ) -> Endpoint:
        if not port.affinity:
            return usable[0] if len(usable) == 1 else self._random.choice(usable)
        now = self._clock.monotonic()
        key = (node, port.key, packet.source)
        last, until = self._clients.pop(key, (None, 0.0))
        same = [e for e in usable if last and (e.address, e.port) == (last.address, last.port)]
        chosen = same[0] if same and until > now else self._random.choice(usable)
        self._clients[key] = chosen, now + port.affinity
        if len(self._clients) > LAST_CLIENTS:
            del self._clients[next(iter(self._clients))]
        return chosen
