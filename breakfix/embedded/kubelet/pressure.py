"""A node that runs short of memory or disk: its conditions, and whom it evicts.

The thresholds are a kubelet's own defaults; see "Node-pressure Eviction" in the Kubernetes
documentation. At most one pod goes at a look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from breakfix.embedded.kinds.core.pod_qos import qos_class
from breakfix.embedded.kubelet.eviction import CRITICAL, DISK, disk_usage
from breakfix.embedded.kubelet.usage import UsageMeter
from breakfix.embedded.kubelet.worker import PodWorker
from breakfix.embedded.objects import Object
from breakfix.embedded.quantities import show, value
from breakfix.embedded.scheduling.taints import tolerated

if TYPE_CHECKING:
    from breakfix.embedded.kubelet.kubelet import Kubelet

MEMORY = "memory"
MEMORY_LEFT = 100 << 20  # bytes that must be available
DISK_LEFT = 0.1  # of the node's disk
KEPT = 300.0  # seconds that a condition outlives what caused it
_PRESSED_TAINT = {"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"}
_MEMORY, _DISK = "MemoryPressure", "DiskPressure"
# condition: the event's reason when it begins, and when it is over
_EVENTS = {
    _MEMORY: ("NodeHasInsufficientMemory", "NodeHasSufficientMemory"),
    _DISK: ("NodeHasDiskPressure", "NodeHasNoDiskPressure"),
}


@dataclass(frozen=True)
class Signal:
    """What is left of a resource, in bytes, and how much of it must be."""

    condition: str
    resource: str
    least: int
    left: int

    @property
    def met(self) -> bool:
        """Is there too little?"""
        return self.left < self.least


class Pressure:
    """Of one node."""

    def __init__(self, kubelet: Kubelet) -> None:
        self._kubelet = kubelet
        self._meter = UsageMeter(kubelet)
        self._seen: dict[str, float] = {}  # condition: when it was last so
        self._shown: frozenset[str] = frozenset()

    @property
    def conditions(self) -> frozenset[str]:
        """The types of those that are true now."""
        now = self._kubelet.client.clock.monotonic()
        return frozenset(kind for kind, at in self._seen.items() if now - at < KEPT)

    async def look(self) -> None:
        """Measure, tell, and evict a pod where something is short."""
        short = [signal for signal in self._signals() if signal.met]
        now = self._kubelet.client.clock.monotonic()
        self._seen.update({signal.condition: now for signal in short})
        if self.conditions != self._shown:
            await self._tell()
        if short:
            self._reclaim(short[0])

    def refusal(self, pod: Object) -> tuple[str, str] | None:
        """Why a new pod is not taken; None where it is."""
        found = self.conditions
        if not found or int(pod["spec"].get("priority") or 0) >= CRITICAL:
            return None
        if found == {_MEMORY} and (
            qos_class(pod["spec"]) != "BestEffort"
            or tolerated(_PRESSED_TAINT, pod["spec"].get("tolerations") or [])
        ):
            return None
        return "Evicted", f"The node had condition: [{' '.join(sorted(found))}]. "

    # -- measuring ---------------------------------------------------------------------

    def _signals(self) -> Iterator[Signal]:
        """Memory comes first."""
        capacity = self._kubelet.heartbeat.capacity
        left = value(capacity[MEMORY]) - self._meter.read().memory
        yield Signal(_MEMORY, MEMORY, MEMORY_LEFT, left)
        size = value(capacity[DISK])
        yield Signal(_DISK, DISK, int(size * DISK_LEFT), size - self._on_disk())

    def _on_disk(self) -> int:
        """Images, the node's own files, and what pods have written."""
        kubelet = self._kubelet
        images = sum(int(i["sizeBytes"]) for i in kubelet.images.listed())
        own = kubelet.node.storage.of_node(kubelet.name).used
        return images + own + sum(map(_disk_of, kubelet.workers.values()))

    # -- what is done ------------------------------------------------------------------

    async def _tell(self) -> None:
        before, self._shown = self._shown, self.conditions
        heartbeat = self._kubelet.heartbeat
        for kind in sorted(before ^ self._shown):
            reason = _EVENTS[kind][kind not in self._shown]
            heartbeat.say("Normal", reason, f"Node {heartbeat.name} status is now: {reason}")
        await heartbeat.post_status()

    def _reclaim(self, signal: Signal) -> None:
        self._kubelet.heartbeat.say(
            "Warning", "EvictionThresholdMet", f"Attempting to reclaim {signal.resource}"
        )
        used = _memory_of(self._meter) if signal.resource == MEMORY else _disk_of
        known = [w for w in self._kubelet.workers.values() if not w.finished and w.state.running]
        for worker in sorted(known, key=lambda w: _rank(w, signal.resource, used(w))):
            if _priority(worker) < CRITICAL:
                why = _message(worker, signal, self._meter)
                worker.evict(why, disrupted=True)
                return


def _memory_of(meter: UsageMeter) -> Callable[[PodWorker], int]:
    known = {p.pod["metadata"]["uid"]: p.memory for p in meter.read().pods}
    return lambda worker: known.get(worker.uid, 0)


def _disk_of(worker: PodWorker) -> int:
    if worker.finished:
        return 0
    volumes = worker.preparing.volumes.used()
    return sum(map(disk_usage, worker.state.all)) + sum(volumes.values())


def _priority(worker: PodWorker) -> int:
    return int(worker.pod["spec"].get("priority") or 0)


def _requested(worker: PodWorker, resource: str) -> int:
    return sum(_request(c.spec, resource) for c in worker.state.mains)


def _request(container: Object, resource: str) -> int:
    requests = (container.get("resources") or {}).get("requests") or {}
    return value(requests.get(resource, "0"))


def _rank(worker: PodWorker, resource: str, used: int) -> tuple[bool, int, int]:
    """Who goes first sorts first: over its request, low in priority, far over its request."""
    over = used - _requested(worker, resource)
    return over <= 0, _priority(worker), -over


def _message(worker: PodWorker, signal: Signal, meter: UsageMeter) -> str:
    least, left = _shown(signal.least), _shown(max(signal.left, 0) // 1024 * 1024)
    text = f"The node was low on resource: {signal.resource}. "
    text += f"Threshold quantity: {least}, available: {left}. "
    for name, used, asked in _containers(worker, signal.resource, meter):
        if used > asked:
            text += f"Container {name} was using {_shown(used)}, request is {_shown(asked)}, "
            text += f"has larger consumption of {signal.resource}. "
    return text


def _containers(
    worker: PodWorker, resource: str, meter: UsageMeter
) -> Iterator[tuple[str, int, int]]:
    memory = {c.name: c.memory for p in meter.read().pods
              if p.pod["metadata"]["uid"] == worker.uid for c in p.containers}  # fmt: skip
    for run in worker.state.mains:
        used = memory.get(run.name, 0) if resource == MEMORY else disk_usage(run)
        yield run.name, used, _request(run.spec, resource)


def _shown(size: int) -> str:
    return show(Decimal(size), "BinarySI")
