"""A frozen picture of a cluster as `kubectl get` would show it, grouped for the eye.

Nothing here is judged: a pod has the STATUS word that kubectl prints, a service the
number of ready endpoints that its slices name and the workloads that its selector matches.
What is wrong is for the learner to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Link(StrEnum):
    """Whether the picture is fresh."""

    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"


class Shape(StrEnum):
    """The state of a pod in one of five shapes, so that no colour is needed."""

    READY = "▣"
    RUNNING = "▢"
    WAITING = "◌"
    FAILING = "✗"
    DONE = "✓"


@dataclass(frozen=True)
class Pod:
    """One pod: kubectl's STATUS word, containers ready of all, restarts; `inside` are the
    names of its containers, those that initialise it last."""

    name: str
    status: str
    ready: int
    containers: int
    restarts: int
    shape: Shape
    node: str = ""
    created: datetime | None = None
    inside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workload:
    """A controller (or a bare pod, kind Pod) with its pods; `desired` is spec.replicas.

    `stage` is the state of what is not kept at a number: of a Job, or of a CronJob.
    """

    kind: str
    name: str
    desired: int
    pods: tuple[Pod, ...]
    stage: str = ""

    @property
    def ready(self) -> int:
        """How many pods have all their containers ready."""
        return sum(pod.shape is Shape.READY for pod in self.pods)

    @property
    def word(self) -> str:
        """The state in words: `ready`, or `1/2` with the status of the first pod that is not."""
        if self.stage:
            return self.stage
        if self.ready >= self.desired and all(p.shape is Shape.READY for p in self.pods):
            return "ready" if self.desired else "scaled to 0"
        odd = next((p.status for p in self.pods if p.shape is not Shape.READY), "")
        odd = "not ready" if odd == "Running" else odd
        return f"{self.ready}/{self.desired} {odd or 'no pods'}".strip()


@dataclass(frozen=True)
class Service:
    """A Service, how many addresses of its EndpointSlices are ready, and the names of the
    workloads that its selector matches; `selects` is None where there is no selector."""

    name: str
    type: str
    endpoints: int
    selects: tuple[str, ...] | None = None
    target: str = ""

    @property
    def has_endpoints(self) -> bool:
        """Whether endpoints are to be expected at all: an ExternalName has none."""
        return self.type != "ExternalName"


@dataclass(frozen=True)
class Claim:
    """A PersistentVolumeClaim: its phase, what it is bound to, which workloads use it."""

    name: str
    phase: str
    volume: str = ""
    storage_class: str = ""
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Policy:
    """A NetworkPolicy and the workloads it selects; `every` is true where it selects all
    pods of its namespace."""

    name: str
    selects: tuple[str, ...] = ()
    every: bool = False
    directions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Backend:
    """Where an Ingress sends a host and path; `known` is whether that Service exists."""

    route: str
    service: str
    known: bool


@dataclass(frozen=True)
class Ingress:
    """An Ingress with its backends in their order."""

    name: str
    backends: tuple[Backend, ...] = ()


@dataclass(frozen=True)
class Node:
    """A node: kubectl's STATUS word, how many pods are on it, the keys of its taints."""

    name: str
    status: str
    pods: int = 0
    taints: tuple[str, ...] = ()

    @property
    def shape(self) -> Shape:
        """Ready, ready but closed to new pods, or not ready."""
        if self.status == "Ready":
            return Shape.READY
        return Shape.RUNNING if self.status.startswith("Ready,") else Shape.FAILING


@dataclass(frozen=True)
class Place:
    """A namespace with what is in it, each sorted by name."""

    namespace: str
    workloads: tuple[Workload, ...] = ()
    services: tuple[Service, ...] = ()
    claims: tuple[Claim, ...] = ()
    policies: tuple[Policy, ...] = ()
    ingresses: tuple[Ingress, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (
            self.workloads or self.services or self.claims or self.policies or self.ingresses
        )


@dataclass(frozen=True)
class Happening:
    """A Kubernetes event: when last seen, how often, of what object (`pod/front-1`);
    `name` is the event's own."""

    at: datetime | None
    namespace: str
    type: str
    reason: str
    object: str
    message: str
    count: int = 1
    name: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What tells this event from all others, however often it comes again."""
        return self.namespace, self.name or f"{self.object} {self.reason} {self.message}"


@dataclass(frozen=True)
class Picture:
    """All of it at one moment. `trouble` says why the link is not live."""

    link: Link = Link.CONNECTING
    trouble: str = ""
    places: tuple[Place, ...] = ()
    nodes: tuple[Node, ...] = ()
    events: tuple[Happening, ...] = ()
