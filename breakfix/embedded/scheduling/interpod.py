"""Pod affinity and anti-affinity: what the other pods' places mean for this one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from breakfix.embedded.objects import labels_of
from breakfix.embedded.scheduling.affinity import PodTerm
from breakfix.embedded.scheduling.filters import Refusal
from breakfix.embedded.scheduling.state import NodeInfo, PodInfo

Place = tuple[str, str]  # topology key and value
_EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"
_AFFINITY = "node(s) didn't match pod affinity rules"
_ANTI = "node(s) didn't match pod anti-affinity rules"


def _groups(info: NodeInfo) -> Iterable[tuple[str, dict[str, str], int]]:
    """(namespace, labels, how many pods) on a node."""
    for counter in (info.groups, info.going):
        for (namespace, labels), count in counter.items():
            yield namespace, dict(labels), count


class OtherPods:
    """Counted once for a pod, over all nodes."""

    def __init__(self, info: PodInfo, nodes: Iterable[NodeInfo]) -> None:
        self.info = info
        self.nodes = list(nodes)
        self.hard, self.soft = info.affinity
        self.anti, self.soft_anti = info.anti
        self.existing = self._existing()
        self.near: Counter[Place] = Counter()
        self.far: Counter[Place] = Counter()
        if self.hard or self.anti:
            self._incoming()
        self.matters = bool(self.existing or self.hard or self.anti)

    def _existing(self) -> Counter[Place]:
        """Places where pods are that do not want this one beside them."""
        found: Counter[Place] = Counter()
        for node in self.nodes:
            for other in node.with_terms.values():
                for term in other.anti[0]:
                    value = labels_of(node.node).get(term.topology)
                    if value is not None and term.matches(self.info.namespace, self.info.labels):
                        found[term.topology, value] += 1
        return found

    def _incoming(self) -> None:
        for node in self.nodes:
            labels = labels_of(node.node)
            for namespace, pod_labels, count in _groups(node):
                if self.hard and all(t.matches(namespace, pod_labels) for t in self.hard):
                    _mark(self.near, self.hard, labels, count)
                met = [t for t in self.anti if t.matches(namespace, pod_labels)]
                _mark(self.far, met, labels, count)

    def refuses(self, info: NodeInfo) -> Refusal | None:
        """Why the pods that are there keep this one from a node."""
        labels = labels_of(info.node)
        if not self._near_enough(labels):
            return Refusal((_AFFINITY,), False)
        if any((t.topology, labels.get(t.topology)) in self.far for t in self.anti):
            return Refusal((_ANTI,), True)
        if any(labels.get(key) == value for key, value in self.existing):
            return Refusal((_EXISTING,), True)
        return None

    def _near_enough(self, labels: dict[str, str]) -> bool:
        if not self.hard:
            return True
        if any(t.topology not in labels for t in self.hard):
            return False
        if all((t.topology, labels[t.topology]) in self.near for t in self.hard):
            return True
        # the first pod of a group that wants to be with its own kind may go anywhere
        mine = self.info.namespace, self.info.labels
        return not self.near and all(t.matches(*mine) for t in self.hard)

    # -- scores ------------------------------------------------------------------------

    def scores(self) -> Counter[Place] | None:
        """How much each place is liked; None where nothing is said."""
        if not (self.soft or self.soft_anti or any(n.with_terms for n in self.nodes)):
            return None
        found: Counter[Place] = Counter()
        for node in self.nodes:
            labels = labels_of(node.node)
            if self.soft or self.soft_anti:
                for namespace, pod_labels, count in _groups(node):
                    self._own(found, labels, namespace, pod_labels, count)
            for other in node.with_terms.values():
                self._theirs(found, labels, other)
        return found

    def _own(
        self, found: Counter[Place], labels: dict[str, str], namespace: str,
        pod_labels: dict[str, str], count: int,
    ) -> None:  # fmt: skip
        for terms, sign in ((self.soft, 1), (self.soft_anti, -1)):
            met = [t for t in terms if t.matches(namespace, pod_labels)]
            _mark(found, met, labels, sign * count, weighted=True)

    def _theirs(self, found: Counter[Place], labels: dict[str, str], other: PodInfo) -> None:
        mine = self.info.namespace, self.info.labels
        for terms, sign in ((other.affinity[0], 1), (other.affinity[1], 1), (other.anti[1], -1)):
            met = [t for t in terms if t.matches(*mine)]
            _mark(found, met, labels, sign, weighted=True)


def _mark(
    found: Counter[Place], terms: Iterable[PodTerm], labels: dict[str, str], count: int,
    weighted: bool = False,
) -> None:  # fmt: skip
    for term in terms:
        value = labels.get(term.topology)
        if value is not None:
            found[term.topology, value] += count * (term.weight if weighted else 1)
