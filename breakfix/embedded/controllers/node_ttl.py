"""How long a node may keep what it read, by the size of the cluster."""

from __future__ import annotations

from breakfix.embedded.client import Client
from breakfix.embedded.controllers.base import Controller, Key, itself_alive
from breakfix.embedded.objects import annotations_of

ANNOTATION = "node.alpha.kubernetes.io/ttl"
# Up to so many nodes: seconds.
STEPS = ((100, "0"), (500, "15"), (1000, "30"), (2000, "60"))
MOST = "300"


class NodeTtl(Controller):
    """Writes the annotation that kubelets read."""

    name = "ttl-controller"
    account = "ttl-controller"

    def __init__(self, client: Client) -> None:
        super().__init__(client)

    def watch(self) -> None:
        """Hear of nodes."""
        self.on("nodes", itself_alive)

    async def sync(self, key: Key) -> None:
        """See to one node."""
        node = self.client.get("nodes", key[1])
        if node is None:
            return
        count = sum(1 for _ in self.client.list("nodes"))
        wanted = next((seconds for most, seconds in STEPS if count <= most), MOST)
        if annotations_of(node).get(ANNOTATION) != wanted:
            body = {"metadata": {"annotations": {ANNOTATION: wanted}}}
            await self.client.patch("nodes", key[1], "", body)
