"""A node's signs of life: its object, its status and its lease."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.client import Client
from breakfix.embedded.errors import StatusError
from breakfix.embedded.nodes import node_object
from breakfix.embedded.objects import Object, micro_timestamp, name_of

LEASES, LEASE_NAMESPACE = "leases.coordination.k8s.io", "kube-node-lease"
RENEW, STATUS_EVERY = 10.0, 30  # seconds; renewals between two node statuses
LEASE_SECONDS = 40


class Heartbeat:
    """`register` once, then `run` until cancelled."""

    def __init__(
        self, client: Client, item: Object, address: str, capacity: dict[str, str],
        images: Callable[[], list[Object]],
    ) -> None:  # fmt: skip
        self.client, self.item, self.name = client, item, name_of(item)
        self.address, self.capacity, self.images = address, capacity, images
        self.pressed: Callable[[], frozenset[str]] = frozenset  # types of conditions
        self.in_use: Callable[[], list[str]] = list  # attached volumes that pods here need

    @property
    def node(self) -> Object:
        """The node's object as it is, or as it would be registered."""
        return self.client.get("nodes", self.name) or self.item

    async def register(self) -> None:
        """Create the node's object, its status and its lease."""
        if self.client.get("nodes", self.name) is None:
            await self.client.create("nodes", self.item)
        self.say("Normal", "Starting", "Starting kubelet.")
        await self.post_status()
        await self.renew()

    async def post_status(self) -> None:
        """Write the node's status as of now."""
        item = self.client.get("nodes", self.name)
        if item is None:
            return
        now = self.client.clock.now()
        pressed, images = self.pressed(), self.images()
        status = node_object.status(item, self.address, now, self.capacity, images, pressed)
        before = item.get("status") or {}
        known = before.get("conditions") or []
        if attached := before.get("volumesAttached"):
            status["volumesAttached"] = attached
        if used := self.in_use():
            status["volumesInUse"] = used
        kept = [c for c in known if c["type"] not in node_object.OWN]
        status["conditions"] = kept + status["conditions"]
        await self.client.update_status("nodes", {**item, "status": status})
        if not any(c["type"] == "Ready" and c["status"] == "True" for c in known):
            self.say("Normal", "NodeReady", f"Node {self.name} status is now: NodeReady")

    async def renew(self) -> None:
        """Renew the node's lease, or create it."""
        lease = self.client.get(LEASES, self.name, LEASE_NAMESPACE)
        renewed = micro_timestamp(self.client.clock.now())
        if lease is not None:
            spec = {**lease["spec"], "renewTime": renewed}
            await self.client.update(LEASES, {**lease, "spec": spec})
        else:
            await self.client.create(LEASES, self._lease(renewed))

    def _lease(self, renewed: str) -> Object:
        owner = {"apiVersion": "v1", "kind": "Node", "name": self.name,
                 "uid": self.node["metadata"].get("uid", "")}  # fmt: skip
        meta = {"name": self.name, "namespace": LEASE_NAMESPACE, "ownerReferences": [owner]}
        spec = {"holderIdentity": self.name, "leaseDurationSeconds": LEASE_SECONDS,
                "renewTime": renewed}  # fmt: skip
        return {
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": meta, "spec": spec,
        }  # fmt: skip

    async def run(self) -> None:
        """Renew, and write the status now and then."""
        count = 0
        while True:
            await self.client.clock.sleep(RENEW)
            count += 1
            try:
                await self.renew()
                if count % STATUS_EVERY == 0:
                    await self.post_status()
            except StatusError:  # the next beat tries again
                continue

    def say(self, type: str, reason: str, message: str) -> None:
        """Record an Event on the node."""
        self.client.event(self.node, type, reason, message, component="kubelet", host=self.name)
