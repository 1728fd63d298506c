"""What runs on the nodes: one network, one runtime, a kubelet for each node."""

from __future__ import annotations

from dataclasses import replace

from breakfix.embedded.assembly.api_port import ApiPort
from breakfix.embedded.assembly.bootstrap import node_name, system_images
from breakfix.embedded.auth.certificates import SECURE_PORT
from breakfix.embedded.kubelet.access import Access
from breakfix.embedded.kubelet.kubelet import Kubelet
from breakfix.embedded.kubelet.storage import Storage
from breakfix.embedded.machine.runtime import Machine
from breakfix.embedded.network.joined import cluster_network
from breakfix.embedded.network.types import NoRouteError, Stream
from breakfix.embedded.registry.client import LocalClient
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.server.app import Stream as Handler
from breakfix.embedded.server.running import Listener
from breakfix.embedded.server.streams import pod_streams
from breakfix.embedded.users import AUTHENTICATED, User


def node_user(name: str) -> User:
    """Who a kubelet is."""
    return User(f"system:node:{name}", ("system:nodes", AUTHENTICATED))


class Pods:
    """The nodes of a cluster, and the way to what runs on them."""

    def __init__(self, client: LocalClient, nodes: int) -> None:
        self.network = cluster_network(client, client.clock)
        self.access = Access()
        self._client, self._nodes = client, nodes
        self._storage, self._runtime = Storage(), Machine()
        self.kubelets = [self._kubelet(number) for number in range(nodes)]

    def _kubelet(self, number: int) -> Kubelet:
        """The first node is the control plane; it takes ordinary pods only where it is alone."""
        name = node_name(number)
        found = Kubelet(
            self._client.as_user(node_user(name), "kubelet"), name,
            address=f"172.18.0.{number + 2}", runtime=self._runtime, network=self.network,
            storage=self._storage, control_plane=number == 0, alone=self._nodes == 1,
            images=system_images(),
        )  # fmt: skip
        found.node.network = replace(found.node.network, api=self._client)
        self.access.add(found)
        return found

    def serve_api(self, listener: Listener) -> None:
        """Pods reach the API server, through the control plane's node, where there is one."""
        if not self.kubelets:
            return
        space = self.kubelets[0].node.network.space
        self.network.attach(space)
        self.network.listen(space, SECURE_PORT, ApiPort(listener).serve)

    async def dial(self, address: str, port: int) -> Stream:
        """Connect from the control plane's node. Raises NetworkError."""
        if not self.kubelets:
            raise NoRouteError("there are no nodes")
        space = self.kubelets[0].node.network.space
        return await self.network.connect(space, address, port)

    def streams(self, registry: Registry) -> dict[tuple[str, str], Handler]:
        """What the API server is asked about running pods."""
        return pod_streams(registry, self.access, self.dial)
