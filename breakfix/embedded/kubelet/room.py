"""What a node has left for pods, by what those on it ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from breakfix.embedded.client import Client
from breakfix.embedded.kubelet.resizing import infeasible
from breakfix.embedded.nodes.admit import lack, refusal
from breakfix.embedded.objects import Object
from breakfix.embedded.scheduling.state import NodeInfo, pod_info

Refusal = tuple[str, str]  # reason and message


class Room:
    """Of the node that `node` gives the object of."""

    def __init__(self, client: Client, node: Callable[[], Object]) -> None:
        self._client, self._node = client, node
        self._load = NodeInfo(node())

    def see(self, node: Object) -> None:
        """The node's object has changed."""
        self._load.see(node)

    @property
    def allocatable(self) -> Mapping[str, str]:
        """What all its pods together may ask for."""
        found: Mapping[str, str] = (self._node().get("status") or {}).get("allocatable", {})
        return found

    def refusal(self, pod: Object) -> Refusal | None:
        """Why a pod cannot be here."""
        return refusal(pod_info(pod, self._client), self._load)

    def add(self, pod: Object) -> None:
        """A pod is here."""
        self._load.add(pod_info(pod, self._client))

    def remove(self, uid: str) -> None:
        """Nothing of a pod runs any more."""
        self._load.remove(uid)

    def resize(self, pod: Object) -> Refusal | None:
        """Set apart what a pod here asks for now; why it cannot be had."""
        if never := infeasible(pod, self.allocatable):
            return never
        before = self._load.remove(pod["metadata"]["uid"])
        info = pod_info(pod, self._client)
        missing = lack(info, self._load)
        if missing is not None and before is not None:
            self._load.add(before)
            return "Deferred", missing[1]
        self._load.add(info)
        return None
