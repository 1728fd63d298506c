"""What the containers of a node, and the node itself, use of CPU and memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from breakfix.embedded.machine.container import Container
from breakfix.embedded.objects import Object, labels_of

if TYPE_CHECKING:
    from breakfix.embedded.kubelet.kubelet import Kubelet

CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
# What runs beside the pods: kubelet and runtime; on the control plane, its components too.
SYSTEM_CORES, CONTROL_CORES = 0.04, 0.12
SYSTEM_MEMORY, CONTROL_MEMORY = 380 << 20, 620 << 20  # bytes
STARTING = 0.012  # s of CPU time that a container's start takes
PAUSE_MEMORY = 256 << 10  # bytes of a pod's sandbox


@dataclass(frozen=True)
class ContainerUsage:
    """`cpu` in seconds since its start, `rate` in cores now, `memory` in bytes."""

    name: str
    cpu: float
    rate: float
    memory: int
    started: float  # seconds since 1970


@dataclass
class PodUsage:
    """Of one pod's running containers."""

    pod: Object
    containers: list[ContainerUsage] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """Seconds."""
        return sum(c.cpu for c in self.containers)

    @property
    def memory(self) -> int:
        """Bytes."""
        return sum(c.memory for c in self.containers) + PAUSE_MEMORY


@dataclass(frozen=True)
class NodeUsage:
    """As for containers, with the pods that run."""

    at: float  # seconds since 1970
    cpu: float
    rate: float
    memory: int
    pods: list[PodUsage]


class UsageMeter:
    """Of one node; the sum of its CPU time never shrinks, whatever ends."""

    def __init__(self, kubelet: Kubelet) -> None:
        self._kubelet = kubelet
        self._begun = kubelet.client.clock.monotonic()
        self._last: dict[str, float] = {}
        self._spent = 0.0
        controls = CONTROL_PLANE in labels_of(kubelet.heartbeat.item)
        self._cores = SYSTEM_CORES + (CONTROL_CORES if controls else 0.0)
        self._memory = SYSTEM_MEMORY + (CONTROL_MEMORY if controls else 0)

    def read(self) -> NodeUsage:
        """Now."""
        clock = self._kubelet.client.clock
        pods = list(self._pods())
        known = {}
        for pod in pods:
            for one in pod.containers:
                key = f"{pod.pod['metadata']['uid']}/{one.name}/{one.started}"
                self._spent += max(one.cpu - self._last.get(key, 0.0), 0.0)
                known[key] = one.cpu
        self._last = known
        own = self._cores * (clock.monotonic() - self._begun)
        return NodeUsage(
            clock.now().timestamp(), self._spent + own,
            self._cores + sum(c.rate for p in pods for c in p.containers),
            self._memory + sum(p.memory for p in pods), pods,
        )  # fmt: skip

    def _pods(self) -> Iterator[PodUsage]:
        for worker in self._kubelet.workers.values():
            found = PodUsage(worker.pod)
            for run in worker.state.all:
                attempt = run.current
                container = attempt.running if attempt and attempt.alive else None
                if isinstance(container, Container):
                    found.containers.append(_used(run.name, container))
            if found.containers:
                yield found


def _used(name: str, container: Container) -> ContainerUsage:
    meter = container.cgroup.meter
    return ContainerUsage(
        name, STARTING + meter.used().seconds, meter.wanted * meter.share, container.cgroup.memory,
        container.started_at,
    )  # fmt: skip
