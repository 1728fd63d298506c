"""A range of pod addresses for every node."""

from __future__ import annotations

from ipaddress import ip_network

from breakfix.embedded.client import Client
from breakfix.embedded.controllers.base import Controller, Key, itself

CLUSTER_CIDR, NODE_MASK = "10.244.0.0/16", 24


class NodeIpam(Controller):
    """Gives each new node the first range that no other has."""

    name = "node-ipam-controller"
    component = "cidrAllocator"
    account = "node-controller"

    def __init__(
        self, client: Client, *, cluster: str = CLUSTER_CIDR, mask: int = NODE_MASK
    ) -> None:
        super().__init__(client)
        self._cluster, self._mask = ip_network(cluster), mask

    def watch(self) -> None:
        """Hear of nodes."""
        self.on("nodes", lambda c: itself(c) if not c.new["spec"].get("podCIDR") else [])

    async def sync(self, key: Key) -> None:
        """See to one node."""
        node = self.client.get("nodes", key[1])
        if node is None or node["spec"].get("podCIDR"):
            return
        taken = {n["spec"].get("podCIDR") for n in self.client.list("nodes")}
        ranges = map(str, self._cluster.subnets(new_prefix=self._mask))
        free = next((r for r in ranges if r not in taken), None)
        if free is None:
            text = f"Node {key[1]} status is now: CIDRNotAvailable"
            self.event(node, "Normal", "CIDRNotAvailable", text)
            return
        body = {"spec": {"podCIDR": free, "podCIDRs": [free]}}
        await self.client.patch("nodes", key[1], "", body)
