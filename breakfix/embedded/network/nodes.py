"""What the network knows of the nodes: addresses, pod ranges, zones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Protocol

from breakfix.embedded.client import Change, Reader
from breakfix.embedded.objects import Object, labels_of, name_of

ZONE = "topology.kubernetes.io/zone"
NODE_NETWORK_BITS = 16  # of kind's Docker network
INSIDE = ("InternalIP", "ExternalIP")


class Watched(Reader, Protocol):
    """Reads, and being told of writes."""

    def subscribe(self, resource: str, seen: Callable[[Change], None]) -> None:
        """Call `seen` at once, in order, for every write from now on."""


@dataclass(frozen=True)
class Node:
    """One node. `gateway` is its own address in its pods' network."""

    name: str
    addresses: tuple[str, ...] = ()
    cidrs: tuple[str, ...] = ()
    gateway: str = ""
    zone: str = ""


def read_node(item: Object) -> Node:
    """What a Node object says."""
    spec = item.get("spec") or {}
    cidrs = tuple(spec.get("podCIDRs") or ([spec["podCIDR"]] if spec.get("podCIDR") else ()))
    found = (item.get("status") or {}).get("addresses") or []
    return Node(
        name_of(item), tuple(a["address"] for a in found if a["type"] in INSIDE), cidrs,
        str(ip_network(cidrs[0])[1]) if cidrs else "", labels_of(item).get(ZONE, ""),
    )  # fmt: skip


class Nodes:
    """All nodes, as they are now."""

    def __init__(self, reader: Watched | None = None) -> None:
        self.by_name: dict[str, Node] = {}
        self._by_address: dict[str, str] | None = None
        self.changed: list[Callable[[], None]] = []
        if reader:
            for item in reader.list("nodes"):
                self.put(read_node(item))
            reader.subscribe("nodes", self._seen)

    def _seen(self, change: Change) -> None:
        if change.type == "DELETED":
            self.by_name.pop(name_of(change.new), None)
            self._by_address = None
        else:
            self.put(read_node(change.new))

    def put(self, node: Node) -> None:
        """It is so from now on."""
        if self.by_name.get(node.name) == node:
            return
        self.by_name[node.name] = node
        self._by_address = None
        for tell in self.changed:
            tell()

    def zone(self, name: str) -> str:
        """The zone of a node, "" for none."""
        return self.by_name[name].zone if name in self.by_name else ""

    def address(self, name: str) -> str:
        """The first address of a node, "" for none."""
        node = self.by_name.get(name)
        return node.addresses[0] if node and node.addresses else ""

    def at(self, address: str) -> str | None:
        """The node that has this address."""
        if self._by_address is None:
            self._by_address = {
                a: n.name for n in self.by_name.values() for a in (*n.addresses, n.gateway) if a
            }
        return self._by_address.get(address)

    def owner(self, address: str) -> str | None:
        """The node whose pod range has this address."""
        wanted = ip_address(address)
        return next(
            (
                n.name
                for n in self.by_name.values()
                if any(wanted in ip_network(c) for c in n.cidrs)
            ),
            None,
        )

    def on_node_network(self, address: str) -> bool:
        """Would it be a neighbour of the nodes?"""
        wanted = ip_address(address)
        return any(
            wanted in ip_network(f"{n.addresses[0]}/{NODE_NETWORK_BITS}", strict=False)
            for n in self.by_name.values()
            if n.addresses and "." in n.addresses[0]
        )
