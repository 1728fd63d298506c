"""A kubelet: registers its node, runs the pods bound to it, tells the API how they are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from breakfix.embedded.client import Change, Client
from breakfix.embedded.kubelet.csi_plugins import CsiPlugins
from breakfix.embedded.kubelet.csi_volumes import CsiVolumes
from breakfix.embedded.kubelet.delays import DELAYS, Delays
from breakfix.embedded.kubelet.eviction import watch_usage
from breakfix.embedded.kubelet.images import NodeImages
from breakfix.embedded.kubelet.node import Node
from breakfix.embedded.kubelet.pod_addresses import PodAddresses
from breakfix.embedded.kubelet.pod_workers import PodWorkers
from breakfix.embedded.kubelet.pressure import Pressure
from breakfix.embedded.kubelet.room import Room
from breakfix.embedded.kubelet.sandbox import NodeNetwork
from breakfix.embedded.kubelet.server import KubeletPages, KubeletServer
from breakfix.embedded.kubelet.services import services_of
from breakfix.embedded.kubelet.status_writer import StatusWriter
from breakfix.embedded.kubelet.storage import NODE_HOSTS, Storage
from breakfix.embedded.kubelet.timing import ended
from breakfix.embedded.kubelet.worker import PodWorker
from breakfix.embedded.machine.types import Runtime
from breakfix.embedded.network.types import Network, NetworkNamespace
from breakfix.embedded.nodes import node_object
from breakfix.embedded.nodes.heartbeat import Heartbeat
from breakfix.embedded.objects import Object, name_of


class Kubelet:
    """One node. `address` is its InternalIP; `run` registers it and works until cancelled."""

    def __init__(
        self, client: Client, name: str, *, address: str, runtime: Runtime, network: Network,
        storage: Storage, control_plane: bool = False, alone: bool = False,
        labels: dict[str, str] | None = None, capacity: dict[str, str] | None = None,
        images: Sequence[str] = (), delays: Delays = DELAYS,
        cluster_dns: Sequence[str] = ("10.96.0.10",), resolv_conf: str | None = None,
    ) -> None:  # fmt: skip
        self.client, self.name, self.address = client, name, address
        self.images = NodeImages(client.clock, delays)
        for image in images:
            self.images.add(image)
        item = node_object.node(name, control_plane=control_plane, alone=alone, labels=labels)
        known = node_object.CAPACITY | (capacity or {})
        self.heartbeat = Heartbeat(client, item, address, known, self.images.listed)
        space = NetworkNamespace(name, (address,), name, host_network=True)
        shared = NodeNetwork(network, space, client.clock, cluster_dns, services=services_of(self))
        if resolv_conf is not None:
            shared = replace(shared, resolv_conf=resolv_conf)
        shared = replace(shared, hosts=f"{NODE_HOSTS}{address}\t{name}\n")
        storage.of_node(name).write("/etc/hosts", shared.hosts.encode())
        storage.of_node(name).write("/etc/resolv.conf", shared.resolv_conf.encode())
        self.plugins = CsiPlugins(client, name, storage.of_node(name))
        self.csi = CsiVolumes(client, name, self.plugins, self._say)
        self.heartbeat.in_use = self.csi.in_use
        self._addresses = PodAddresses(self._own, address)
        self._room = Room(client, self._own)
        self.node = Node(
            name, address, client, runtime, shared, self.images, storage, delays,
            lambda: self._room.allocatable, self._addresses.take, self._addresses.give_back,
            self._room.resize, self.csi,
        )  # fmt: skip
        self.workers: dict[str, PodWorker] = {}  # by uid
        self._statuses = StatusWriter(client, self.workers)
        self._beat: asyncio.Task[None] | None = None
        self._writer: asyncio.Task[None] | None = None
        self._evictions: asyncio.Task[None] | None = None
        self._drivers: asyncio.Task[None] | None = None
        self.stopped = False
        self.pages = KubeletPages(self)
        self.pressure = Pressure(self)
        self._pods = PodWorkers(
            self.node, self._room, self._addresses, self._statuses, self.workers,
            self.pressure.refusal,
        )  # fmt: skip
        self.heartbeat.pressed = lambda: self.pressure.conditions
        self.server: KubeletServer | None = None

    # -- life --------------------------------------------------------------------------

    async def run(self) -> None:
        """Register the node, then see to its pods and its lease until cancelled."""
        self.node.network.network.attach(self.node.network.space)
        await self.heartbeat.register()
        self._room.see(self.heartbeat.node)
        self.node.storage.watch(self.client)
        self.client.subscribe("nodes", self._node_changed)
        self.client.subscribe("pods", self._pod_changed)
        self._begin()
        try:
            await asyncio.Event().wait()
        finally:
            await ended(self._beat, self._writer, self._evictions, self._drivers)
            await self._pods.pause()

    def _begin(self) -> None:
        if self.server is not None:
            self.server.start()
        self._beat = asyncio.create_task(self.heartbeat.run())
        work = watch_usage(self.client.clock, self.workers.values, self.pressure.look)
        self._evictions = asyncio.create_task(work)
        self._drivers = asyncio.create_task(self.plugins.run())
        self._writer = asyncio.create_task(self._statuses.run())
        for pod in list(self.client.list("pods")):
            self._pods.see(pod)

    async def stop(self) -> None:
        """The kubelet's process stops: no heartbeats, no status, no probes; programs go on."""
        self.stopped = True
        if self.server is not None:
            self.server.stop()
        await ended(self._beat, self._writer, self._evictions, self._drivers)
        await self._pods.pause()

    async def start(self) -> None:
        """It runs again after `stop`."""
        self.stopped = False
        await self.heartbeat.register()
        self._pods.resume({p["metadata"]["uid"] for p in self.client.list("pods")})
        self._begin()

    # -- what the API says -------------------------------------------------------------

    def _pod_changed(self, change: Change) -> None:
        if self.stopped or change.new["spec"].get("nodeName") != self.name:
            return
        if change.type == "DELETED":
            self._pods.gone(change.new)
        else:
            self._pods.see(change.new)

    def _node_changed(self, change: Change) -> None:
        if name_of(change.new) != self.name or change.type == "DELETED":
            return
        self._room.see(change.new)
        waits = not self._addresses.are_there and not self.stopped
        if (waits and change.new["spec"].get("podCIDR")) or _attached(change.new) != _attached(
            change.old or change.new
        ):
            self._pods.wake()

    # -- help --------------------------------------------------------------------------

    def _own(self) -> Object:
        """The node's object, as this kubelet knows it."""
        return self.heartbeat.node

    def _say(self, about: Object, type: str, reason: str, message: str) -> None:
        self.node.say(about, type, reason, message)

    def worker_of(self, pod: Object) -> PodWorker | None:
        """Who sees to a pod."""
        return self.workers.get(pod["metadata"]["uid"])


def _attached(node: Object) -> object:
    """The volumes that are attached to a node, as its status has them."""
    return (node.get("status") or {}).get("volumesAttached")
