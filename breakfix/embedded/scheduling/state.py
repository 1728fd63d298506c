"""The cluster as the scheduler counts it: nodes with running sums of what is on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object, is_going, labels_of, name_of, namespace_of
from breakfix.embedded.scheduling.affinity import PodTerm, pod_terms
from breakfix.embedded.scheduling.requests import (
    Amounts,
    amounts,
    host_ports,
    pod_requests,
    pod_weight,
)

LabelKey = tuple[tuple[str, str], ...]


@dataclass(eq=False)
class PodInfo:
    """A pod, read once."""

    pod: Object
    uid: str
    namespace: str
    name: str
    labels: dict[str, str]
    group: tuple[str, LabelKey]
    priority: int
    requests: Amounts
    weight: tuple[int, int]
    ports: tuple[tuple[str, str, int], ...]
    affinity: tuple[list[PodTerm], list[PodTerm]]
    anti: tuple[list[PodTerm], list[PodTerm]]

    @property
    def going(self) -> bool:
        """Is it being deleted?"""
        return is_going(self.pod)

    @property
    def has_terms(self) -> bool:
        """Does it say anything about other pods?"""
        return any((*self.affinity, *self.anti))


def pod_info(pod: Object, reader: Reader) -> PodInfo:
    """Read a pod."""
    spec, labels, namespace = pod["spec"], labels_of(pod), namespace_of(pod)
    terms: list[tuple[list[PodTerm], list[PodTerm]]] = [
        pod_terms(pod, kind, reader) if spec.get("affinity") else ([], [])
        for kind in ("podAffinity", "podAntiAffinity")
    ]
    return PodInfo(
        pod, pod["metadata"]["uid"], namespace, name_of(pod), labels,
        (namespace, tuple(sorted(labels.items()))), spec.get("priority") or 0,
        pod_requests(spec), pod_weight(spec), tuple(host_ports(spec)), terms[0], terms[1],
    )  # fmt: skip


@dataclass(eq=False)
class NodeInfo:
    """A node and its pods; `add` and `remove` keep the sums."""

    node: Object
    pods: dict[str, PodInfo] = field(default_factory=dict)
    requested: Amounts = field(default_factory=dict)
    cpu: int = 0  # sums of the pods' weights
    memory: int = 0
    groups: Counter[tuple[str, LabelKey]] = field(default_factory=Counter)
    going: Counter[tuple[str, LabelKey]] = field(default_factory=Counter)
    ports: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    with_terms: dict[str, PodInfo] = field(default_factory=dict)
    allocatable: Amounts = field(default_factory=dict)
    name: str = ""

    def __post_init__(self) -> None:
        self.see(self.node)

    def see(self, node: Object) -> None:
        """The node's object has changed."""
        self.node, self.name = node, name_of(node)
        self.allocatable = amounts((node.get("status") or {}).get("allocatable"))

    def add(self, info: PodInfo) -> None:
        """A pod is here."""
        self.pods[info.uid] = info
        self._count(info, 1)
        if info.has_terms:
            self.with_terms[info.uid] = info

    def remove(self, uid: str) -> PodInfo | None:
        """It is not any more."""
        info = self.pods.pop(uid, None)
        if info:
            self._count(info, -1)
            self.with_terms.pop(uid, None)
        return info

    def _count(self, info: PodInfo, sign: int) -> None:
        requested = self.requested
        for key, value in info.requests.items():
            requested[key] = requested.get(key, 0) + sign * value
        self.cpu += sign * info.weight[0]
        self.memory += sign * info.weight[1]
        counter = self.going if info.going else self.groups
        counter[info.group] += sign
        if not counter[info.group]:
            del counter[info.group]
        for port in info.ports:
            self.ports[port] += sign

    def copy(self) -> NodeInfo:
        """Another one with the same pods, to try something with."""
        found = NodeInfo(self.node)
        for info in self.pods.values():
            found.add(info)
        return found


class Cluster:
    """All nodes, and where every pod is (or is about to be)."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.nodes: dict[str, NodeInfo] = {}
        self._places: dict[str, str] = {}  # pod uid: node name
        self._homeless: dict[str, dict[str, PodInfo]] = {}  # pods of nodes that are not there

    def see_node(self, node: Object) -> None:
        """A node is new or has changed."""
        known = self.nodes.get(name_of(node))
        if known:
            known.see(node)
            return
        info = self.nodes[name_of(node)] = NodeInfo(node)
        for pod in self._homeless.pop(name_of(node), {}).values():
            info.add(pod)

    def drop_node(self, name: str) -> None:
        """A node is gone; its pods may still be there."""
        info = self.nodes.pop(name, None)
        if info:
            self._homeless[name] = dict(info.pods)

    def place(self, info: PodInfo, node: str) -> None:
        """A pod is on a node, in this state."""
        self.drop_pod(info.uid)
        self._places[info.uid] = node
        if node in self.nodes:
            self.nodes[node].add(info)
        else:
            self._homeless.setdefault(node, {})[info.uid] = info

    def drop_pod(self, uid: str) -> None:
        """A pod holds no place any more."""
        node = self._places.pop(uid, None)
        if node is None:
            return
        if node in self.nodes:
            self.nodes[node].remove(uid)
        else:
            self._homeless.get(node, {}).pop(uid, None)

    def where(self, uid: str) -> str | None:
        """The node that a pod is counted on."""
        return self._places.get(uid)
