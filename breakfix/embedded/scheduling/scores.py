"""Which of the nodes that can take a pod is best, by the weights of the default profile."""

from __future__ import annotations

from collections.abc import Iterable

from breakfix.embedded.objects import labels_of
from breakfix.embedded.scheduling.affinity import preferred
from breakfix.embedded.scheduling.cycle import Cycle
from breakfix.embedded.scheduling.state import NodeInfo
from breakfix.embedded.scheduling.taints import untolerated

TOP = 100
_SMALL, _LARGE = 23 * 1024 * 1024, 1000 * 1024 * 1024  # image sizes that count, in bytes
Scores = list[float]


def scores(cycle: Cycle, nodes: list[NodeInfo]) -> Scores:
    """The weighted sum for each node; more is better."""
    total: Scores = [_allocation(cycle, n) for n in nodes]
    for weight, found in (
        (3, _taints(cycle, nodes)),
        (2, _node_affinity(cycle, nodes)),
        (2, _spread(cycle, nodes)),
        (2, _pod_affinity(cycle, nodes)),
        (1, _images(cycle, nodes)),
    ):
        if found is not None:
            total = [a + weight * int(b) for a, b in zip(total, found, strict=True)]
    return total


def _allocation(cycle: Cycle, info: NodeInfo) -> int:
    """Least allocated, and CPU and memory in balance."""
    there = info.allocatable
    cpu, memory = there.get("cpu", 0), there.get("memory", 0)
    if not cpu or not memory:
        return 0
    weight, asked, taken = cycle.info.weight, cycle.info.requests, info.requested
    least = _free(info.cpu + weight[0], cpu) + _free(info.memory + weight[1], memory)
    shares = (
        min((taken.get("cpu", 0) + asked.get("cpu", 0)) / cpu, 1.0),
        min((taken.get("memory", 0) + asked.get("memory", 0)) / memory, 1.0),
    )
    return least // 2 + int((1 - abs(shares[0] - shares[1]) / 2) * TOP)


def _free(used: int, there: int) -> int:
    return (there - used) * TOP // there if used <= there else 0


def _scaled(found: Iterable[float]) -> Scores | None:
    """From 0 to 100 by the largest; None where all are nothing."""
    known = list(found)
    most = max(known, default=0)
    return [x * TOP // most for x in known] if most else None


def _taints(cycle: Cycle, nodes: list[NodeInfo]) -> Scores | None:
    if not any((n.node.get("spec") or {}).get("taints") for n in nodes):
        return None
    found = _scaled(len(untolerated(cycle.spec, n.node, ("PreferNoSchedule",))) for n in nodes)
    return [TOP - x for x in found] if found else None


def _node_affinity(cycle: Cycle, nodes: list[NodeInfo]) -> Scores | None:
    if not cycle.spec.get("affinity"):
        return None
    return _scaled(preferred(cycle.spec, n.node) for n in nodes)


def _spread(cycle: Cycle, nodes: list[NodeInfo]) -> Scores | None:
    found = cycle.spread.scores(nodes)
    known = [x for x in found or [] if x is not None]
    if not found or not known:
        return None
    least, most = min(known), max(known)
    if not most:
        return [0 if x is None else TOP for x in found]
    return [0 if x is None else TOP * (most + least - x) // most for x in found]


def _pod_affinity(cycle: Cycle, nodes: list[NodeInfo]) -> Scores | None:
    places = cycle.others.scores()
    if not places:
        return None
    found = [sum(places[k, v] for k, v in labels_of(n.node).items() if (k, v) in places)
             for n in nodes]  # fmt: skip
    least, most = min(found), max(found)
    return [TOP * (x - least) // (most - least) for x in found] if most > least else None


def _images(cycle: Cycle, nodes: list[NodeInfo]) -> Scores | None:
    """Nodes that have the images already; an image that few have counts less."""
    wanted = {c.get("image", "") for c in cycle.spec.get("containers") or []}
    sizes = [_sizes(n, wanted) for n in nodes]
    if not any(sizes):
        return None
    most = _LARGE * max(len(wanted), 1)
    found = []
    for known in sizes:
        total = sum(size * sum(name in s for s in sizes) / len(nodes)
                    for name, size in known.items())  # fmt: skip
        found.append(TOP * (min(max(total, _SMALL), most) - _SMALL) // (most - _SMALL))
    return found


def _sizes(info: NodeInfo, wanted: set[str]) -> dict[str, int]:
    found = {}
    for image in (info.node.get("status") or {}).get("images") or []:
        for name in wanted.intersection(image.get("names") or []):
            found[name] = image.get("sizeBytes", 0)
    return found
