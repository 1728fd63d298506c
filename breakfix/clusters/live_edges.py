"""What points to what: services, policies, claims and ingresses with their other ends.

Facts only, as kubectl shows them: which pods a selector matches (`kubectl get pods -l`), how
many endpoints are ready, which volume a claim is bound to, whether a backend exists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from breakfix.clusters.base import Object
from breakfix.clusters.live_picture import Backend, Claim, Ingress, Node, Policy, Service

READY = "Ready"
Operator = Callable[[str | None, Sequence[str]], bool]
OPERATORS: Mapping[str, Operator] = {
    "In": lambda value, values: value in values,
    "NotIn": lambda value, values: value not in values,
    "Exists": lambda value, _: value is not None,
    "DoesNotExist": lambda value, _: value is None,
}


@dataclass(frozen=True)
class Member:
    """What a selector can match: the labels of a pod, or of a controller's template, and
    the workload that it stands for. `claims` are the names of the claims it mounts."""

    workload: str
    labels: Mapping[str, str]
    claims: tuple[str, ...]


def member(workload: str, template: Object) -> Member:
    """A pod, or the pod template of a workload."""
    spec = template.get("spec") or {}
    claims = [v["persistentVolumeClaim"].get("claimName", "") for v in spec.get("volumes") or ()
              if v.get("persistentVolumeClaim")]  # fmt: skip
    labels = (template.get("metadata") or {}).get("labels") or {}
    return Member(workload, labels, tuple(claims))


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """A LabelSelector of apimachinery; the empty one matches everything."""
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_holds(rule, labels) for rule in selector.get("matchExpressions") or ())


def _holds(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    holds = OPERATORS.get(str(rule.get("operator")))
    return bool(holds and holds(labels.get(rule.get("key", "")), rule.get("values") or ()))


def selected(selector: Mapping[str, Any], members: Iterable[Member]) -> tuple[str, ...]:
    """The workloads that a selector matches, each once, by name."""
    return tuple(sorted({m.workload for m in members if matches(selector, m.labels)}))


def read_service(service: Object, slices: Iterable[Object], members: list[Member]) -> Service:
    """A service with the ready endpoints of its slices and what its selector matches."""
    spec = service.get("spec", {})
    kind = "Headless" if spec.get("clusterIP") == "None" else spec.get("type", "ClusterIP")
    labels = spec.get("selector")
    chosen = selected({"matchLabels": labels}, members) if labels else None
    name = str(service["metadata"]["name"])
    return Service(
        name, kind, len(set(ready_addresses(slices))), chosen, str(spec.get("externalName") or "")
    )


def ready_addresses(slices: Iterable[Object]) -> Iterator[str]:
    """Addresses that get traffic. The ready condition may be absent, which means true
    (discovery.k8s.io/v1)."""
    for found in slices:
        for endpoint in found.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready") is not False:
                yield from endpoint.get("addresses", ())


def service_of(piece: Object) -> str:
    """The name of the Service that an EndpointSlice belongs to."""
    return str((piece["metadata"].get("labels") or {}).get("kubernetes.io/service-name", ""))


def read_claim(claim: Object, members: list[Member]) -> Claim:
    """A claim with its phase, volume, class, and the workloads that mount it."""
    spec, name = claim.get("spec") or {}, str(claim["metadata"]["name"])
    return Claim(
        name,
        str((claim.get("status") or {}).get("phase") or "Pending"),
        str(spec.get("volumeName") or ""),
        str(spec.get("storageClassName") or ""),
        tuple(sorted({m.workload for m in members if name in m.claims})),
    )


def read_policy(policy: Object, members: list[Member]) -> Policy:
    """A NetworkPolicy with the workloads it selects."""
    spec = policy.get("spec") or {}
    selector = spec.get("podSelector") or {}
    every = not selector.get("matchLabels") and not selector.get("matchExpressions")
    return Policy(
        str(policy["metadata"]["name"]), selected(selector, members), every,
        tuple(spec.get("policyTypes") or ("Ingress",)),
    )  # fmt: skip


def read_ingress(ingress: Object, services: frozenset[str]) -> Ingress:
    """An Ingress with every backend, its default one first."""
    spec = ingress.get("spec") or {}
    found = [("*", spec["defaultBackend"])] if spec.get("defaultBackend") else []
    found += [
        (f"{rule.get('host') or '*'}{path.get('path') or '/'}", path["backend"])
        for rule in spec.get("rules") or ()
        for path in (rule.get("http") or {}).get("paths") or ()
    ]
    named = [(route, str((b.get("service") or {}).get("name") or "")) for route, b in found]
    return Ingress(
        str(ingress["metadata"]["name"]),
        tuple(Backend(route, name, name in services) for route, name in named if name),
    )


def read_nodes(nodes: Iterable[Object], pods: Iterable[Object]) -> tuple[Node, ...]:
    """Nodes as `kubectl get nodes` lists them, with the number of pods on each."""
    on = Counter(str((p.get("spec") or {}).get("nodeName") or "") for p in pods)
    found = [_node(node, on[str(node["metadata"]["name"])]) for node in nodes]
    return tuple(sorted(found, key=lambda n: n.name))


def _node(node: Object, pods: int) -> Node:
    spec = node.get("spec") or {}
    conditions = (node.get("status") or {}).get("conditions") or ()
    ready = next((c.get("status") for c in conditions if c.get("type") == READY), "")
    word = {"True": READY, "": "Unknown"}.get(str(ready), f"Not{READY}")
    closed = ",SchedulingDisabled" if spec.get("unschedulable") else ""
    taints = tuple(str(t.get("key")) for t in spec.get("taints") or ())
    return Node(str(node["metadata"]["name"]), word + closed, pods, taints)
