"""Pods that no kubelet will ever end: those of nodes that are gone or out of service."""

from __future__ import annotations

from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Controller, Key, key_of
from breakfix.embedded.objects import (
    Object,
    condition,
    is_going,
    name_of,
    namespace_of,
    timestamp,
)

QUARANTINE = 40.0  # seconds that a node may be away before its pods count as orphans
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
_ORPHANED = {"reason": "DeletionByPodGC", "message": "PodGC: node no longer exists"}
_DONE = ("Succeeded", "Failed")


class PodGC(Controller):
    """One key for each node that pods are bound to and that is missing or out of service."""

    name = "pod-garbage-collector-controller"
    account = "pod-garbage-collector"

    def watch(self) -> None:
        """Nodes that go, and pods of nodes that are not there."""
        self.on("nodes", self._node)
        self.on("pods", self._pod)

    def _node(self, change: Change) -> list[Key]:
        if change.type == "DELETED":
            self.add_after(("", name_of(change.new)), QUARANTINE)
            return []
        return [("", name_of(change.new))] if _out_of_service(change.new) else []

    def _pod(self, change: Change) -> list[Key]:
        pod = change.new
        name = pod["spec"].get("nodeName")
        if change.type == "DELETED":
            return []
        if not name:
            return [key_of(pod)] if is_going(pod) else []
        node = self.client.get("nodes", name)
        if node is None:
            self.add_after(("", name), QUARANTINE)
            return []
        return [("", name)] if is_going(pod) and _out_of_service(node) else []

    async def sync(self, key: Key) -> None:
        """See to the pods of one node, or to one pod that never got a node."""
        if key[0]:
            pod = self.client.get("pods", key[1], key[0])
            if pod and is_going(pod) and not pod["spec"].get("nodeName"):
                await self._end(pod, None)
            return
        node = self.client.get("nodes", key[1])
        for pod in list(self.client.list("pods")):
            if pod["spec"].get("nodeName") != key[1]:
                continue
            if node is None:
                await self._end(pod, _ORPHANED)
            elif is_going(pod) and _out_of_service(node):
                await self._end(pod, None)

    async def _end(self, pod: Object, why: dict[str, str] | None) -> None:
        """Mark it as failed and delete it at once."""
        status = pod.get("status") or {}
        if status.get("phase") not in _DONE:
            body: Object = {"phase": "Failed"}
            if why:
                others = [c for c in status.get("conditions") or []
                          if c["type"] != "DisruptionTarget"]  # fmt: skip
                said = {
                    "type": "DisruptionTarget", "status": "True", "lastProbeTime": None,
                    "lastTransitionTime": timestamp(self.clock.now()),
                    "observedGeneration": pod["metadata"].get("generation", 1), **why,
                }  # fmt: skip
                body["conditions"] = [*others, said]
            await self.client.patch(
                "pods", name_of(pod), namespace_of(pod), {"status": body}, "status"
            )
        uid = pod["metadata"]["uid"]
        await self.client.delete("pods", name_of(pod), namespace_of(pod), uid=uid, grace=0)


def _out_of_service(node: Object) -> bool:
    ready = (condition(node, "Ready") or {}).get("status") == "True"
    taints = (node.get("spec") or {}).get("taints") or []
    return not ready and any(t["key"] == OUT_OF_SERVICE for t in taints)
