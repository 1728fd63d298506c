"""Topology spread: the pod's own constraints, and the scheduler's for those without any."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object, controller_of, labels_of
from breakfix.embedded.scheduling.affinity import node_matches
from breakfix.embedded.scheduling.filters import Refusal
from breakfix.embedded.scheduling.state import NodeInfo, PodInfo
from breakfix.embedded.scheduling.taints import untolerated
from breakfix.embedded.selectors import matches

_WORDS = "node(s) didn't match pod topology spread constraints"
HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
_OWNERS = {"ReplicaSet": "replicasets.apps", "StatefulSet": "statefulsets.apps",
           "ReplicationController": "replicationcontrollers"}  # fmt: skip


@dataclass(eq=False)
class Constraint:
    """One topologySpreadConstraint, counted."""

    key: str
    skew: int
    selector: Object | None
    domains: int = 1
    by_affinity: bool = True
    by_taints: bool = False


def _constraint(item: Object, pod: PodInfo) -> Constraint:
    selector = item.get("labelSelector")
    keys = {k: pod.labels[k] for k in item.get("matchLabelKeys") or [] if k in pod.labels}
    if keys and selector is not None:
        selector = {**selector, "matchLabels": (selector.get("matchLabels") or {}) | keys}
    return Constraint(
        item["topologyKey"], item.get("maxSkew", 1), selector, item.get("minDomains") or 1,
        item.get("nodeAffinityPolicy", "Honor") == "Honor",
        item.get("nodeTaintsPolicy", "Ignore") == "Honor",
    )  # fmt: skip


class Spread:
    """The constraints of one pod over all nodes."""

    def __init__(self, info: PodInfo, nodes: Iterable[NodeInfo], reader: Reader) -> None:
        self.info, self.nodes, self.reader = info, list(nodes), reader
        items = info.pod["spec"].get("topologySpreadConstraints") or []
        self.hard = [_constraint(c, info) for c in items if c["whenUnsatisfiable"] != SOFT]
        self._soft_items = [c for c in items if c["whenUnsatisfiable"] == SOFT]
        self._own = bool(items)
        self._counts = [self._count(c) for c in self.hard]

    def _included(self, constraint: Constraint, node: NodeInfo) -> bool:
        spec = self.info.pod["spec"]
        if constraint.by_affinity and not node_matches(spec, node.node):
            return False
        return not (constraint.by_taints and untolerated(spec, node.node))

    def _count(self, constraint: Constraint) -> Counter[str]:
        found: Counter[str] = Counter()
        keys = {c.key for c in self.hard}
        for node in self.nodes:
            labels = labels_of(node.node)
            if keys <= labels.keys() and self._included(constraint, node):
                found[labels[constraint.key]] += self._matching(constraint, node)
        return found

    def _matching(self, constraint: Constraint, node: NodeInfo) -> int:
        if not constraint.selector:
            return 0
        return sum(
            count
            for (namespace, labels), count in node.groups.items()
            if namespace == self.info.namespace and matches(constraint.selector, dict(labels))
        )

    def refuses(self, info: NodeInfo) -> Refusal | None:
        """Why a node would make the pods too uneven."""
        labels = labels_of(info.node)
        for constraint, counts in zip(self.hard, self._counts, strict=True):
            value = labels.get(constraint.key)
            if value is None:
                return Refusal((f"{_WORDS} (missing required label)",), False)
            least = min(counts.values(), default=0)
            if len(counts) < constraint.domains:
                least = 0
            mine = matches(constraint.selector, self.info.labels)
            if counts[value] + mine - least > constraint.skew:
                return Refusal((_WORDS,), True)
        return None

    # -- scores ------------------------------------------------------------------------

    def scores(self, candidates: list[NodeInfo]) -> list[float | None] | None:
        """For each candidate how crowded it is (less is better); None: nothing is said."""
        soft = self._soft()
        if not soft:
            return None
        keys = [c.key for c in soft if self._own]
        fit = [n for n in candidates if all(k in labels_of(n.node) for k in keys)]
        found: dict[str, float] = {n.name: 0.0 for n in fit}
        for constraint in soft:
            counts: Counter[str] = Counter()
            for node in self.nodes:
                value = labels_of(node.node).get(constraint.key)
                if value is not None and self._included(constraint, node):
                    counts[value] += self._matching(constraint, node)
            weight = math.log(len({labels_of(n.node).get(constraint.key) for n in fit}) + 2)
            for node in fit:
                value = labels_of(node.node).get(constraint.key)
                if value is not None:
                    found[node.name] += counts[value] * weight + constraint.skew - 1
        return [found.get(n.name) for n in candidates]

    def _soft(self) -> list[Constraint]:
        if self._own:
            return [_constraint(c, self.info) for c in self._soft_items]
        selector = self._owner_selector()
        if selector is None:
            return []
        return [Constraint(HOSTNAME, 3, selector), Constraint(ZONE, 5, selector)]

    def _owner_selector(self) -> Object | None:
        """What selects the pod and its like: its Services and its controller."""
        wanted: dict[str, str] = {}
        for service in self.reader.list("services", self.info.namespace):
            chosen = (service.get("spec") or {}).get("selector") or {}
            if chosen and all(self.info.labels.get(k) == v for k, v in chosen.items()):
                wanted |= chosen
        owner = controller_of(self.info.pod)
        resource = _OWNERS.get(owner["kind"]) if owner else None
        found: Object = {}
        if owner and resource:
            item = self.reader.get(resource, owner["name"], self.info.namespace) or {}
            found = (item.get("spec") or {}).get("selector") or {}
            if resource == "replicationcontrollers":
                found = {"matchLabels": found}
        if not wanted and not found:
            return None
        return {**found, "matchLabels": (found.get("matchLabels") or {}) | wanted}


SOFT = "ScheduleAnyway"
