"""What runs on the nodes: one network, one runtime, a kubelet for each node."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from breakfix.embedded.assembly.api_port import ApiPort
from breakfix.embedded.assembly.bootstrap import node_name, system_images
from breakfix.embedded.assembly.pod_api import PodApi
from breakfix.embedded.auth.certificates import SECURE_PORT
from breakfix.embedded.kubelet.access import Access
from breakfix.embedded.kubelet.kubelet import Kubelet
from breakfix.embedded.kubelet.server import KubeletServer
from breakfix.embedded.kubelet.storage import Storage
from breakfix.embedded.machine.runtime import Machine
from breakfix.embedded.network.joined import cluster_network
from breakfix.embedded.network.types import NoRouteError, Stream
from breakfix.embedded.registry.client import LocalClient
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.server.app import Stream as Handler
from breakfix.embedded.server.running import Listener
from breakfix.embedded.server.streams import admitted, pod_streams
from breakfix.embedded.users import AUTHENTICATED, User

ZONE, REGION = "topology.kubernetes.io/zone", "topology.kubernetes.io/region"


def node_user(name: str) -> User:
    """Who a kubelet is."""
    return User(f"system:node:{name}", ("system:nodes", AUTHENTICATED))


def zone_labels(number: int, zones: Sequence[str]) -> dict[str, str]:
    """Of the node of this number: the zones go round among the workers, and the control plane
    is in the first."""
    if not zones:
        return {}
    zone = zones[max(number - 1, 0) % len(zones)]
    return {ZONE: zone, REGION: region_of(zone)}


def region_of(zone: str) -> str:
    """`us-east-1a` is in us-east-1, `europe-west1-b` in europe-west1; else there is but one."""
    for form in (r"(\w+(?:-\w+)+-\d)[a-z]", r"(\w+-\w+\d)-[a-z]"):
        if found := re.fullmatch(form, zone):
            return found[1]
    return "region-1"


class Pods:
    """The nodes of a cluster, and the way to what runs on them."""

    def __init__(
        self, client: LocalClient, nodes: int, api: PodApi, zones: Sequence[str] = ()
    ) -> None:
        self.network = cluster_network(client, client.clock)
        self._api, self._zones = api, zones
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
            images=system_images(), labels=zone_labels(number, self._zones),
        )  # fmt: skip
        found.node.network = replace(found.node.network, api=self._api)
        found.server = KubeletServer(found, found.pages, self._api)
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

    # -- nodes that are cut off ----------------------------------------------------------

    async def cut_off(self, name: str) -> None:
        """Nothing passes between a node and the others; its programs go on, nobody hears of them.

        Raises KeyError for a node that is not there.
        """
        kubelet = self._named(name)
        self.network.cut_off(name)
        await kubelet.stop()

    async def rejoin(self, name: str) -> None:
        """It is reached again, and its kubelet tells how things are. Raises KeyError."""
        kubelet = self._named(name)
        self.network.rejoin(name)
        await kubelet.start()

    def _named(self, name: str) -> Kubelet:
        return {k.name: k for k in self.kubelets}[name]

    def streams(self, registry: Registry) -> dict[tuple[str, str], Handler]:
        """What the API server is asked about running pods."""
        return admitted(pod_streams(registry, self.access, self.dial), registry)
