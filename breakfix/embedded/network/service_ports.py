"""What kube-proxy makes of a Service and its EndpointSlices: where each port leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

from breakfix.embedded.network.packets import AnyProtocol
from breakfix.embedded.objects import Object, labels_of, name_of, namespace_of

PROXY_NAME = "service.kubernetes.io/service-proxy-name"
HEADLESS = "service.kubernetes.io/headless"
AFFINITY_SECONDS = 10800
Address = tuple[str, AnyProtocol, int]


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of one port."""

    address: str
    port: int
    node: str
    ready: bool
    serving: bool
    terminating: bool
    zones: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()


@dataclass(eq=False)
class ServicePort:
    """One port of a Service with its endpoints."""

    key: tuple[str, str, str]  # namespace, name, port name
    protocol: AnyProtocol
    port: int
    node_port: int
    endpoints: list[Endpoint]
    internal_local: bool = False
    external_local: bool = False
    affinity: float = 0.0  # seconds; 0: none
    ranges: tuple[str, ...] = ()
    usable: dict[tuple[str, bool], list[Endpoint]] = field(default_factory=dict)

    def admits(self, source: str) -> bool:
        """Is the client in `loadBalancerSourceRanges`?"""
        return not self.ranges or any(ip_address(source) in ip_network(r) for r in self.ranges)

    def cluster(self, node: str, zone: str) -> list[Endpoint]:
        """For traffic that may go to any node, as this node sees it."""
        found = self.usable.get((node, False))
        if found is None:
            ready = [e for e in self.endpoints if e.ready]
            near = _near(ready, node, zone)
            found = near or [e for e in self.endpoints if e.serving and e.terminating]
            self.usable[node, False] = found
        return found

    def local(self, node: str) -> list[Endpoint]:
        """For traffic that has to stay on this node."""
        found = self.usable.get((node, True))
        if found is None:
            here = [e for e in self.endpoints if e.node == node]
            found = [e for e in here if e.ready]
            found = found or [e for e in here if e.serving and e.terminating]
            self.usable[node, True] = found
        return found

    def some(self) -> bool:
        """Is there an endpoint anywhere?"""
        return any(e.ready or (e.serving and e.terminating) for e in self.endpoints)


def _near(ready: list[Endpoint], node: str, zone: str) -> list[Endpoint]:
    """By their hints: those for this node, else its zone; all where some have none."""
    if ready and all(e.nodes for e in ready):
        here = [e for e in ready if node in e.nodes]
        if here:
            return here
    if zone and ready and all(e.zones for e in ready):
        here = [e for e in ready if zone in e.zones]
        if here:
            return here
    return ready


def is_proxied(service: Object) -> bool:
    """Is it kube-proxy's business?"""
    spec, labels = service["spec"], labels_of(service)
    return (
        spec.get("type") != "ExternalName"
        and spec.get("clusterIP", "") not in ("", "None")
        and PROXY_NAME not in labels
        and HEADLESS not in labels
    )


def service_ports(service: Object, slices: Iterable[Object]) -> list[ServicePort]:
    """All ports of a Service that is proxied."""
    spec = service["spec"]
    slices = list(slices)
    return [
        ServicePort(
            (namespace_of(service), name_of(service), port.get("name", "")),
            port.get("protocol", "TCP"), port["port"], port.get("nodePort", 0),
            _endpoints(slices, port.get("name", ""), port.get("protocol", "TCP")),
            spec.get("internalTrafficPolicy") == "Local",
            spec.get("externalTrafficPolicy") == "Local", _affinity(spec),
            tuple(r.strip() for r in spec.get("loadBalancerSourceRanges") or ()),
        )
        for port in spec.get("ports") or []
    ]  # fmt: skip


def _affinity(spec: Object) -> float:
    if spec.get("sessionAffinity") != "ClientIP":
        return 0.0
    client = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
    return float(client.get("timeoutSeconds") or AFFINITY_SECONDS)


def _endpoints(slices: list[Object], name: str, protocol: str) -> list[Endpoint]:
    found: dict[tuple[str, int], Endpoint] = {}
    for item in slices:
        for port in item.get("ports") or []:
            same = (port.get("name") or "") == name and port.get("protocol", "TCP") == protocol
            if same and port.get("port"):
                for one in _of_slice(item, port["port"]):
                    found.setdefault((one.address, one.port), one)
    return [found[key] for key in sorted(found)]


def _of_slice(item: Object, port: int) -> Iterator[Endpoint]:
    for endpoint in item.get("endpoints") or []:
        said: dict[str, Any] = endpoint.get("conditions") or {}
        ready = said.get("ready") is not False
        serving = ready if said.get("serving") is None else bool(said["serving"])
        hints = endpoint.get("hints") or {}
        yield Endpoint(
            endpoint["addresses"][0], port, endpoint.get("nodeName") or "",
            ready, serving, bool(said.get("terminating")),
            frozenset(z["name"] for z in hints.get("forZones") or ()),
            frozenset(n["name"] for n in hints.get("forNodes") or ()),
        )  # fmt: skip


def inner(service: Object, port: ServicePort) -> list[Address]:
    """Addresses for traffic inside of the cluster."""
    spec = service["spec"]
    addresses = spec.get("clusterIPs") or [spec["clusterIP"]]
    return [(a, port.protocol, port.port) for a in addresses]


def outer(service: Object, port: ServicePort) -> list[Address]:
    """Addresses in `externalIPs`, and those of load balancers that leave packets as they are."""
    status = (service.get("status") or {}).get("loadBalancer") or {}
    balanced = [
        i["ip"]
        for i in status.get("ingress") or []
        if i.get("ip") and i.get("ipMode", "VIP") == "VIP"
    ]
    addresses = [*(service["spec"].get("externalIPs") or []), *balanced]
    return [(a, port.protocol, port.port) for a in addresses]
