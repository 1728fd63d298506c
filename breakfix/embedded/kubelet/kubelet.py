"""A kubelet: registers its node, runs the pods bound to it, tells the API how they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from breakfix.embedded.client import Change, Client
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kubelet.adopting import adopt
from breakfix.embedded.kubelet.conditions import DONE
from breakfix.embedded.kubelet.csi_plugins import CsiPlugins
from breakfix.embedded.kubelet.csi_volumes import CsiVolumes
from breakfix.embedded.kubelet.delays import DELAYS, MINIMUM_GRACE, Delays
from breakfix.embedded.kubelet.eviction import watch_usage
from breakfix.embedded.kubelet.images import NodeImages
from breakfix.embedded.kubelet.node import Node
from breakfix.embedded.kubelet.pressure import Pressure
from breakfix.embedded.kubelet.resizing import infeasible
from breakfix.embedded.kubelet.sandbox import NodeNetwork
from breakfix.embedded.kubelet.server import KubeletPages, KubeletServer
from breakfix.embedded.kubelet.services import services_of
from breakfix.embedded.kubelet.status import status_of
from breakfix.embedded.kubelet.storage import NODE_HOSTS, Storage
from breakfix.embedded.kubelet.timing import ended
from breakfix.embedded.kubelet.worker import PodWorker
from breakfix.embedded.machine.types import Runtime
from breakfix.embedded.network.types import Network, NetworkNamespace
from breakfix.embedded.nodes import node_object
from breakfix.embedded.nodes.addresses import Addresses
from breakfix.embedded.nodes.admit import lack, refusal
from breakfix.embedded.nodes.heartbeat import Heartbeat
from breakfix.embedded.objects import Object, is_going, name_of, namespace_of
from breakfix.embedded.scheduling.state import NodeInfo, pod_info

log = logging.getLogger("breakfix.embedded")
Key = tuple[str, str]
RETRY = 1.0  # s until a status that could not be written is tried again


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
        self.node = Node(
            name, address, client, runtime, shared, self.images, storage, delays,
            self._allocatable, self._take, self._give_back, self._resize, self.csi,
        )  # fmt: skip
        self.workers: dict[str, PodWorker] = {}
        self._uids: dict[Key, str] = {}
        self._load = NodeInfo(item)
        self._addresses: Addresses | None = None
        self._dirty: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._beat: asyncio.Task[None] | None = None
        self._writer: asyncio.Task[None] | None = None
        self._evictions: asyncio.Task[None] | None = None
        self._drivers: asyncio.Task[None] | None = None
        self.stopped = False
        self.pages = KubeletPages(self)
        self.pressure = Pressure(self)
        self.heartbeat.pressed = lambda: self.pressure.conditions
        self.server: KubeletServer | None = None

    # -- life --------------------------------------------------------------------------

    async def run(self) -> None:
        """Register the node, then see to its pods and its lease until cancelled."""
        self.node.network.network.attach(self.node.network.space)
        await self.heartbeat.register()
        self._load.see(self.heartbeat.node)
        self.node.storage.watch(self.client)
        self.client.subscribe("nodes", self._node_changed)
        self.client.subscribe("pods", self._pod_changed)
        self._begin()
        try:
            await asyncio.Event().wait()
        finally:
            await ended(self._beat, self._writer, self._evictions, self._drivers)
            await asyncio.gather(*(w.pause() for w in self.workers.values()))

    def _begin(self) -> None:
        if self.server is not None:
            self.server.start()
        self._beat = asyncio.create_task(self.heartbeat.run())
        work = watch_usage(self.client.clock, self.workers.values, self.pressure.look)
        self._evictions = asyncio.create_task(work)
        self._drivers = asyncio.create_task(self.plugins.run())
        self._writer = asyncio.create_task(self._write())
        for pod in list(self.client.list("pods")):
            self._see(pod)

    async def stop(self) -> None:
        """The kubelet's process stops: no heartbeats, no status, no probes; programs go on."""
        self.stopped = True
        if self.server is not None:
            self.server.stop()
        await ended(self._beat, self._writer, self._evictions, self._drivers)
        for worker in self.workers.values():
            await worker.pause()

    async def start(self) -> None:
        """It runs again after `stop`."""
        self.stopped = False
        await self.heartbeat.register()
        known = {p["metadata"]["uid"] for p in self.client.list("pods")}
        for uid, worker in list(self.workers.items()):
            if uid not in known:
                worker.end(MINIMUM_GRACE)
            elif not worker.finished:
                worker.start()
        self._begin()

    # -- what the API says -------------------------------------------------------------

    def _pod_changed(self, change: Change) -> None:
        if self.stopped or change.new["spec"].get("nodeName") != self.name:
            return
        if change.type == "DELETED":
            self._gone(change.new)
        else:
            self._see(change.new)

    def _node_changed(self, change: Change) -> None:
        if name_of(change.new) != self.name or change.type == "DELETED":
            return
        self._load.see(change.new)
        if _attached(change.new) != _attached(change.old or change.new):
            for worker in self.workers.values():
                worker.wake()
        if self._addresses is None and change.new["spec"].get("podCIDR") and not self.stopped:
            for worker in self.workers.values():
                worker.wake()

    def _see(self, pod: Object) -> None:
        """A pod is new or has changed."""
        if pod["spec"].get("nodeName") != self.name:
            return
        uid = pod["metadata"]["uid"]
        worker = self.workers.get(uid)
        if worker is None:
            self._new(pod)
            return
        before = worker.pod
        worker.see(pod)
        if is_going(pod) and not worker.finished:
            worker.end()
        elif _differs(before, pod):
            worker.wake()
        self._mark(uid)

    def _new(self, pod: Object) -> None:
        uid, key = pod["metadata"]["uid"], (namespace_of(pod), name_of(pod))
        phase = (pod.get("status") or {}).get("phase")
        worker = PodWorker(pod, self.node, lambda: self._mark(uid), lambda: self._finished(uid))
        self.workers[uid], self._uids[key] = worker, uid
        adopted = adopt(worker, pod, self.client.clock)
        if adopted and worker.state.address and not pod["spec"].get("hostNetwork"):
            self._keep(worker.state.address)
        if phase in DONE:
            worker.state.over = worker.finished = worker.is_old = True
            self._mark(uid)
            return
        info = pod_info(pod, self.client)
        refused = None if adopted else refusal(info, self._load) or self.pressure.refusal(pod)
        if refused and not is_going(pod):
            worker.reject(*refused)
            self.node.say(pod, "Warning", *refused)
            return
        self._load.add(info)
        if is_going(pod):
            worker.end()
        else:
            worker.start()

    def _gone(self, pod: Object) -> None:
        """Its object is deleted."""
        uid, key = pod["metadata"]["uid"], (namespace_of(pod), name_of(pod))
        worker = self.workers.get(uid)
        if worker is None:
            return
        if self._uids.get(key) == uid:
            del self._uids[key]
        if worker.finished:
            self._forget(uid)
        else:
            worker.end(MINIMUM_GRACE)

    def _forget(self, uid: str) -> None:
        self.workers.pop(uid, None)
        self._dirty.pop(uid, None)
        self._load.remove(uid)
        self.images.forget(uid)
        self.node.backoff.forget(f"{uid}_")

    def _finished(self, uid: str) -> None:
        """Nothing of a pod runs any more."""
        self._load.remove(uid)
        worker = self.workers[uid]
        if self._uids.get(worker.key) != uid:
            self._forget(uid)
        else:
            self._mark(uid)

    # -- what the API is told ----------------------------------------------------------

    def _mark(self, uid: str) -> None:
        self._dirty[uid] = None
        self._wake.set()

    async def _write(self) -> None:
        """Write statuses as they change; one write for several changes at once."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(0)
            for uid in list(self._dirty):
                self._dirty.pop(uid, None)
                try:
                    await self._tell(uid)
                except StatusError as error:
                    log.debug("status of %s: %s", uid, error)
                    self._later(uid)
                except Exception:
                    log.exception("status of %s", uid)

    def _later(self, uid: str) -> None:
        async def again() -> None:
            await self.client.clock.sleep(RETRY)
            if uid in self.workers:
                self._mark(uid)

        task = asyncio.create_task(again())
        self._retries = {t for t in getattr(self, "_retries", set()) if not t.done()} | {task}

    async def _tell(self, uid: str) -> None:
        worker = self.workers.get(uid)
        if worker is None:
            return
        namespace, name = worker.key
        pod = self.client.get("pods", name, namespace)
        if pod is None or pod["metadata"]["uid"] != uid:
            return
        status = status_of(pod, worker.state, self.node.now())
        if not worker.is_old and _plain(status) != _plain(pod.get("status") or {}):
            pod = await self.client.update_status("pods", {**pod, "status": status})
        if is_going(pod) and worker.finished:
            await self.client.delete("pods", name, namespace, uid=uid, grace=0)

    # -- help --------------------------------------------------------------------------

    def _say(self, about: Object, type: str, reason: str, message: str) -> None:
        self.node.say(about, type, reason, message)

    def _allocatable(self) -> Mapping[str, str]:
        found: Mapping[str, str] = (self.heartbeat.node.get("status") or {}).get("allocatable", {})
        return found

    def _resize(self, pod: Object) -> tuple[str, str] | None:
        """Set apart what a pod here asks for now; why it cannot be had."""
        if never := infeasible(pod, self._allocatable()):
            return never
        before = self._load.remove(pod["metadata"]["uid"])
        info = pod_info(pod, self.client)
        missing = lack(info, self._load)
        if missing is not None and before is not None:
            self._load.add(before)
            return "Deferred", missing[1]
        self._load.add(info)
        return None

    def _take(self, pod: Object) -> str:
        if pod["spec"].get("hostNetwork"):
            return self.address
        self._keep()
        return (self._addresses.take() or "") if self._addresses else ""

    def _keep(self, *addresses: str) -> None:
        cidr = self.heartbeat.node["spec"].get("podCIDR")
        if self._addresses is None and cidr:
            self._addresses = Addresses(cidr)
        for address in addresses if self._addresses else ():
            self._addresses.keep(address)  # type: ignore[union-attr]

    def _give_back(self, address: str) -> None:
        if self._addresses is not None and address:
            self._addresses.give_back(address)

    def worker_of(self, pod: Object) -> PodWorker | None:
        """Who sees to a pod."""
        return self.workers.get(pod["metadata"]["uid"])


def _differs(before: Object, pod: Object) -> bool:
    """Is there something to be done?"""
    return before["spec"] is not pod["spec"] and bool(before["spec"] != pod["spec"])


def _attached(node: Object) -> object:
    """The volumes that are attached to a node, as its status has them."""
    return (node.get("status") or {}).get("volumesAttached")


def _plain(status: Object) -> Object:
    """A status to compare: a condition's empty fields may be left out."""
    known = status.get("conditions") or []
    conditions = [{k: v for k, v in c.items() if v is not None} for c in known]
    return {**status, "conditions": conditions}
