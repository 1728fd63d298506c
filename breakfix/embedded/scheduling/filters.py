"""Whether a node can take a pod, in the order and the words of the scheduler's plugins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from breakfix.embedded.scheduling.affinity import node_matches
from breakfix.embedded.scheduling.taints import UNSCHEDULABLE, tolerated, untolerated
from breakfix.embedded.scheduling.volume_limits import TOO_MANY, is_full

if TYPE_CHECKING:
    from breakfix.embedded.scheduling.cycle import Cycle
    from breakfix.embedded.scheduling.state import NodeInfo

ANY_ADDRESS = "0.0.0.0"  # noqa: S104


class Refusal(NamedTuple):
    """Why a node cannot take a pod; could it, if pods there were gone?"""

    reasons: tuple[str, ...]
    preemptible: bool


Filter = Callable[["Cycle", "NodeInfo"], Refusal | None]


def _unschedulable(cycle: Cycle, info: NodeInfo) -> Refusal | None:
    if not (info.node.get("spec") or {}).get("unschedulable"):
        return None
    if tolerated(UNSCHEDULABLE, cycle.spec.get("tolerations") or []):
        return None
    return Refusal(("node(s) were unschedulable",), False)


def _name(cycle: Cycle, info: NodeInfo) -> Refusal | None:
    wanted = cycle.spec.get("nodeName")
    if not wanted or wanted == info.name:
        return None
    return Refusal(("node(s) didn't match the requested node name",), False)


def _taints(cycle: Cycle, info: NodeInfo) -> Refusal | None:
    if not untolerated(cycle.spec, info.node):
        return None
    return Refusal(("node(s) had untolerated taint(s)",), False)


def _node_affinity(cycle: Cycle, info: NodeInfo) -> Refusal | None:
    if not cycle.wants_nodes or node_matches(cycle.spec, info.node):
        return None
    return Refusal(("node(s) didn't match Pod's node affinity/selector",), False)


def _ports(cycle: Cycle, info: NodeInfo) -> Refusal | None:
    for address, protocol, port in cycle.info.ports:
        for (other, proto, number), count in info.ports.items():
            same = (protocol, port) == (proto, number) and count > 0
            if same and (address == other or ANY_ADDRESS in (address, other)):
                return Refusal(
                    ("node(s) didn't have free ports for the requested pod ports",), True
                )
    return None


def _resources(cycle: Cycle, info: NodeInfo) -> Refusal | None:
    reasons, preemptible = [], True
    allocatable, requested = info.allocatable, info.requested
    if len(info.pods) + 1 > allocatable.get("pods", 0):
        reasons.append("Too many pods")
    for resource, wanted in cycle.info.requests.items():
        there = allocatable.get(resource, 0)
        if wanted > there - requested.get(resource, 0):
            reasons.append(f"Insufficient {resource}")
            preemptible = preemptible and wanted <= there
    return Refusal(tuple(reasons), preemptible) if reasons else None


def _volumes(cycle: Cycle, info: NodeInfo) -> Refusal | None:
    if not cycle.volumes:
        return None
    if not cycle.volumes.in_use and is_full(cycle.info, info, cycle.reader):
        return Refusal((TOO_MANY,), True)
    return cycle.volumes.refuses(info)


def _spread(cycle: Cycle, info: NodeInfo) -> Refusal | None:
    return cycle.spread.refuses(info) if cycle.spread.hard else None


def _pod_affinity(cycle: Cycle, info: NodeInfo) -> Refusal | None:
    return cycle.others.refuses(info) if cycle.others.matters else None


FILTERS: tuple[Filter, ...] = (
    _unschedulable, _name, _taints, _node_affinity, _ports, _resources, _volumes, _spread,
    _pod_affinity,
)  # fmt: skip
