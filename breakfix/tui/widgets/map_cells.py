"""The cells of the map: an object in a few words, its state by shape and word, and what it
points to. Facts that kubectl would show, no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from breakfix.clusters.live_picture import (
    Claim,
    Ingress,
    Node,
    Place,
    Pod,
    Policy,
    Service,
    Shape,
    Workload,
)
from breakfix.tui.evidence import Target
from breakfix.tui.words import NONE, Part

STYLES = {
    Shape.READY: "$success",
    Shape.RUNNING: "$warning",
    Shape.WAITING: "$warning",
    Shape.FAILING: "$error",
    Shape.DONE: "$muted",
}
MOST_SHAPES, MOST_NAMES = 12, 3
PREFIXES = {"Pod": "pod/", "Job": "job/", "CronJob": "cron/"}
CLAIM_SHAPES = {"Bound": Shape.READY, "Pending": Shape.WAITING}
Thing = Workload | Pod | Service | Claim | Policy | Ingress | Node | Place


@dataclass(frozen=True)
class Cell:
    """An object on the map: what stands there, the object itself, what it points to. `tail` comes
    after the age."""

    target: Target
    parts: tuple[Part, ...]
    thing: Thing
    points: tuple[Target, ...] = ()
    tail: str = ""
    created: datetime | None = None

    @property
    def width(self) -> int:
        """In cells of the terminal: names and signs here are all one cell wide. What has a
        tail or an age stands alone in its line."""
        return sum(len(text) for text, _ in self.parts)

    @property
    def text(self) -> str:
        """What can be found by typing."""
        return "".join(text for text, _ in self.parts)


def workload_target(namespace: str, workload: Workload) -> Target:
    """A workload, and where its logs are."""
    inside = workload.pods[0].inside if workload.pods else ()
    best = sorted(workload.pods, key=lambda pod: pod.shape is not Shape.READY)
    return Target(workload.kind, namespace, workload.name, tuple(pod.name for pod in best), inside)


def workload_cell(place: Place, workload: Workload, mark: str = "") -> Cell:
    """`front ▣▣ ready`, or `db ◌ 0/1 Pending`."""
    odd = next((p.shape for p in workload.pods if p.shape is not Shape.READY), None)
    lacking = workload.desired > len(workload.pods) and not workload.stage
    style = STYLES[odd] if odd else "$error" if lacking else "$muted"
    none = ((NONE, "$error"),) if lacking and not workload.pods else ()
    restarts = sum(pod.restarts for pod in workload.pods)
    parts = (
        (mark, "$faint"), (PREFIXES.get(workload.kind, ""), "$muted"), (workload.name, "bold"),
        (" ", ""), *shapes(workload.pods), *none, (" " if workload.pods or none else "", ""),
        (workload.word, style), (f" ↻{restarts}" if restarts else "", "$muted"),
    )  # fmt: skip
    return Cell(workload_target(place.namespace, workload), trimmed(parts), workload)


def shapes(pods: Iterable[Pod]) -> tuple[Part, ...]:
    """A sign for each pod; of many, how many of each."""
    found = [pod.shape for pod in pods]
    if len(found) <= MOST_SHAPES:
        return tuple(
            (shape.value * len(list(same)), STYLES[shape]) for shape, same in groupby(found)
        )
    counts = [(shape, found.count(shape)) for shape in Shape]
    return tuple((f"{shape.value}{n} ", STYLES[shape]) for shape, n in counts if n)


def pod_cell(namespace: str, pod: Pod, widths: tuple[int, int], last: bool) -> Cell:
    """A pod under its workload: `├ ▣ front-7c9f-x2x7q  Running  1/1  ↻0  3m worker2`."""
    name, status = widths
    parts = (
        ("  └ " if last else "  ├ ", "$faint"), (f"{pod.shape.value} ", STYLES[pod.shape]),
        (f"{pod.name:<{name}}  ", ""), (f"{pod.status:<{status}}  ", STYLES[pod.shape]),
        (f"{pod.ready}/{pod.containers}  ↻{pod.restarts:<2}", "$muted"),
    )  # fmt: skip
    target = Target("Pod", namespace, pod.name, (pod.name,), pod.inside)
    return Cell(target, parts, pod, (), pod.node, pod.created)


def service_cell(place: Place, service: Service, at: Mapping[str, Target]) -> Cell:
    """`svc front → 2 ready`; the workloads where their names are other ones than its own."""
    target = Target("Service", place.namespace, service.name)
    head = "headless " if service.type == "Headless" else ""
    start = (("svc ", "$muted"), (f"{service.name} ", ""), (f"{head}→ ", "$muted"))
    points = tuple(at[name] for name in service.selects or () if name in at)
    return Cell(target, trimmed((*start, *_service_end(service))), service, points)


def _service_end(service: Service) -> tuple[Part, ...]:
    if not service.has_endpoints:
        return ((service.target or "external name", "$muted"),)
    if service.selects == ():
        return (("✗ no pod matches", "$error"),)
    names = service.selects or ()
    named = (names_text(names) + " ", "") if names and names != (service.name,) else ("", "")
    if not service.endpoints:
        return (named, ("✗ 0 ready", "$error"))
    return (named, (f"{service.endpoints} ready", "$muted"))


def names_text(names: Iterable[str]) -> str:
    """`front, catalog`; of many the first and how many more."""
    every = list(names)
    more = f" +{len(every) - MOST_NAMES}" if len(every) > MOST_NAMES else ""
    return ", ".join(every[:MOST_NAMES]) + more


def claim_cell(place: Place, claim: Claim, at: Mapping[str, Target]) -> Cell:
    """`claim data ▣ Bound ← db`."""
    shape = CLAIM_SHAPES.get(claim.phase, Shape.FAILING)
    users = f" ← {names_text(claim.used_by)}" if claim.used_by else " not used"
    phase = (f"{shape.value} {claim.phase}", STYLES[shape])
    parts = (("claim ", "$muted"), (f"{claim.name} ", ""), phase, (users, "$muted"))
    target = Target("PersistentVolumeClaim", place.namespace, claim.name)
    return Cell(target, parts, claim, tuple(at[n] for n in claim.used_by if n in at))


def policy_cell(place: Place, policy: Policy, at: Mapping[str, Target]) -> Cell:
    """`policy default-deny → every pod`."""
    end = "every pod" if policy.every else names_text(policy.selects) or "no pod"
    parts = (("policy ", "$muted"), (policy.name, ""), (f" → {end}", "$muted"))
    target = Target("NetworkPolicy", place.namespace, policy.name)
    return Cell(target, parts, policy, tuple(at[n] for n in policy.selects if n in at))


def ingress_cell(place: Place, ingress: Ingress) -> Cell:
    """`ingress shop → front`, or `→ ✗ no service frnt`."""
    ends: list[Part] = []
    for name, known in dict.fromkeys((b.service, b.known) for b in ingress.backends):
        ends += [(", " if ends else "", "$muted"),
                 (name, "") if known else (f"✗ no service {name}", "$error")]  # fmt: skip
    parts = (("ingress ", "$muted"), (ingress.name, ""), (" → ", "$muted"),
             *(ends or [("no backend", "$muted")]))  # fmt: skip
    points = tuple(Target("Service", place.namespace, b.service) for b in ingress.backends)
    return Cell(Target("Ingress", place.namespace, ingress.name), trimmed(parts), ingress, points)


def node_cell(node: Node) -> Cell:
    """`worker2 ▣ Ready 12 pods`."""
    parts = (
        (f"{node.name} ", ""), (f"{node.shape.value} {node.status}", STYLES[node.shape]),
        (f" {node.pods} pods", "$muted"),
    )  # fmt: skip
    return Cell(Target("Node", "", node.name), parts, node)


def trimmed(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Without what is empty."""
    return tuple(part for part in parts if part[0])
