"""One attempt to find a node for one pod."""

from __future__ import annotations

from functools import cached_property

from breakfix.embedded.client import Reader
from breakfix.embedded.scheduling.affinity import named_nodes, required
from breakfix.embedded.scheduling.filters import FILTERS, Refusal
from breakfix.embedded.scheduling.interpod import OtherPods
from breakfix.embedded.scheduling.spread import Spread
from breakfix.embedded.scheduling.state import NodeInfo, PodInfo
from breakfix.embedded.scheduling.volumes import PodVolumes, pod_volumes


class Cycle:
    """A pod against the nodes as they are; made anew for every attempt."""

    def __init__(self, info: PodInfo, nodes: dict[str, NodeInfo], reader: Reader) -> None:
        self.info, self.nodes, self.reader = info, nodes, reader
        self.spec = info.pod["spec"]
        self.wants_nodes = bool(self.spec.get("nodeSelector") or required(self.spec))

    @cached_property
    def others(self) -> OtherPods:
        """What the other pods' places mean."""
        return OtherPods(self.info, self.nodes.values())

    @cached_property
    def spread(self) -> Spread:
        """The pod's topology spread."""
        return Spread(self.info, self.nodes.values(), self.reader)

    @cached_property
    def volumes(self) -> PodVolumes | None:
        """The pod's claims; None where it has none."""
        return pod_volumes(self.info, self.reader)

    @cached_property
    def pre_refusal(self) -> str:
        """Why no node at all needs to be asked; empty where nothing is wrong."""
        if named_nodes(self.spec) == set():
            return "pod affinity terms conflict"
        return self.volumes.problem if self.volumes else ""

    def refuses(self, info: NodeInfo) -> Refusal | None:
        """Why this node cannot take the pod."""
        for filter_ in FILTERS:
            refusal = filter_(self, info)
            if refusal is not None:
                return refusal
        return None

    def with_node(self, info: NodeInfo) -> Cycle:
        """The same attempt with one node as it would be."""
        other = Cycle(self.info, {**self.nodes, info.name: info}, self.reader)
        if "volumes" in self.__dict__:
            other.__dict__["volumes"] = self.volumes
        return other
