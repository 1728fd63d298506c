"""A frozen picture of a cluster as `kubectl get` would show it, grouped for the eye.

Nothing here is judged: a pod has the STATUS word that kubectl prints, a service the
number of ready endpoints that its slices name. What is wrong is for the learner to say.
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
    """One pod: kubectl's STATUS word, containers ready of all, restarts."""

    name: str
    status: str
    ready: int
    containers: int
    restarts: int
    shape: Shape


@dataclass(frozen=True)
class Workload:
    """A controller (or a bare pod, kind Pod) with its pods; `desired` is spec.replicas."""

    kind: str
    name: str
    desired: int
    pods: tuple[Pod, ...]

    @property
    def ready(self) -> int:
        """How many pods have all their containers ready."""
        return sum(pod.shape is Shape.READY for pod in self.pods)

    @property
    def word(self) -> str:
        """The state in words: `ready`, or `1/2` with the status of the first pod that is not."""
        if self.ready >= self.desired and all(p.shape is Shape.READY for p in self.pods):
            return "ready" if self.desired else "scaled to 0"
        odd = next((p.status for p in self.pods if p.shape is not Shape.READY), "")
        odd = "not ready" if odd == "Running" else odd
        return f"{self.ready}/{self.desired} {odd or 'no pods'}".strip()


@dataclass(frozen=True)
class Service:
    """A Service and how many addresses of its EndpointSlices are ready."""

    name: str
    type: str
    endpoints: int


@dataclass(frozen=True)
class Claim:
    """A PersistentVolumeClaim and its phase."""

    name: str
    phase: str


@dataclass(frozen=True)
class Place:
    """A namespace with what is in it, each sorted by name."""

    namespace: str
    workloads: tuple[Workload, ...] = ()
    services: tuple[Service, ...] = ()
    claims: tuple[Claim, ...] = ()
    policies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Happening:
    """A Kubernetes event: when last seen, how often, of what object (`pod/front-1`)."""

    at: datetime | None
    namespace: str
    type: str
    reason: str
    object: str
    message: str
    count: int = 1


@dataclass(frozen=True)
class Picture:
    """All of it at one moment. `trouble` says why the link is not live."""

    link: Link = Link.CONNECTING
    trouble: str = ""
    places: tuple[Place, ...] = ()
    events: tuple[Happening, ...] = ()
