"""Nodes that fall silent or are not well: their conditions, taints, and pods' readiness."""

from __future__ import annotations

from breakfix.embedded.client import Client
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.objects import (
    Object,
    condition,
    name_of,
    namespace_of,
    parse_time,
    timestamp,
)

GRACE = 50.0  # seconds of silence after which a node counts as unreachable
START_GRACE = 60.0  # the same for one whose kubelet has never been heard
_SOON = 0.1  # seconds beyond the end of the grace
NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
_TAINTS = {
    ("Ready", "False"): NOT_READY,
    ("Ready", "Unknown"): UNREACHABLE,
    ("MemoryPressure", "True"): "node.kubernetes.io/memory-pressure",
    ("DiskPressure", "True"): "node.kubernetes.io/disk-pressure",
    ("PIDPressure", "True"): "node.kubernetes.io/pid-pressure",
    ("NetworkUnavailable", "True"): "node.kubernetes.io/network-unavailable",
}
_OURS = frozenset((*_TAINTS.values(), UNSCHEDULABLE))
_WATCHED = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
_LEASES, _LEASE_NAMESPACE = "leases.coordination.k8s.io", "kube-node-lease"


class NodeLifecycle(Controller):
    """One key for each node; a node that is heard costs one look in `GRACE` seconds."""

    name = "node-lifecycle-controller"
    component = "node-controller"
    account = "node-controller"

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._known: dict[str, str] = {}  # node: its Ready status as last seen
        self._objects: dict[str, Object] = {}

    def watch(self) -> None:
        """Hear of nodes."""
        self.on("nodes", itself)

    async def sync(self, key: Key) -> None:
        """Bring one node's conditions and taints in line with what is heard of it."""
        node = self.client.get("nodes", key[1])
        if node is None:
            self._left(key[1])
            return
        if key[1] not in self._known:
            text = f"Registered Node {key[1]} in Controller"
            self.event(node, "Normal", "RegisteredNode", f"Node {key[1]} event: {text}")
        self._objects[key[1]] = node
        node = await self._listen(key, node)
        node = await self._taint(node)
        await self._tell(node)

    def _left(self, name: str) -> None:
        if node := self._objects.pop(name, None):
            text = f"Node {name} event: Removing Node {name} from Controller"
            self.event(node, "Normal", "RemovingNode", text)
        self._known.pop(name, None)

    # -- is it heard? ------------------------------------------------------------------

    def _last_heard(self, node: Object) -> float:
        """The moment of the last sign of life, in seconds since 1970."""
        lease = self.client.get(_LEASES, name_of(node), _LEASE_NAMESPACE) or {}
        ready = condition(node, "Ready") or {}
        texts = [(lease.get("spec") or {}).get("renewTime"), ready.get("lastHeartbeatTime"),
                 node["metadata"].get("creationTimestamp")]  # fmt: skip
        return max((parse_time(t).timestamp() for t in texts if t), default=0.0)

    async def _listen(self, key: Key, node: Object) -> Object:
        grace = GRACE if condition(node, "Ready") else START_GRACE
        left = self._last_heard(node) + grace - self.clock.now().timestamp()
        if left > 0:
            self.add_after(key, left + _SOON)
            return node
        conditions = _silent(node, timestamp(self.clock.now()))
        if conditions is None:
            self.add_after(key, GRACE)
            return node
        status = {**(node.get("status") or {}), "conditions": conditions}
        return await self.client.update_status("nodes", {**node, "status": status})

    # -- taints ------------------------------------------------------------------------

    async def _taint(self, node: Object) -> Object:
        spec = node.get("spec") or {}
        known = spec.get("taints") or []
        wanted = _wanted(node)
        keep = [t for t in known if not _mine(t) or (t["key"], t["effect"]) in wanted]
        held = {(t["key"], t["effect"]) for t in keep}
        now = timestamp(self.clock.now())
        added = [{"key": k, "effect": e, "timeAdded": now} for k, e in wanted if (k, e) not in held]
        if not added and len(keep) == len(known):
            return node
        return await self.client.update("nodes", {**node, "spec": {**spec, "taints": keep + added}})

    # -- its pods ----------------------------------------------------------------------

    async def _tell(self, node: Object) -> None:
        """When a node stops being ready: an event, and its pods are not ready either."""
        name = name_of(node)
        ready = (condition(node, "Ready") or {}).get("status", "")
        before, self._known[name] = self._known.get(name), ready
        if before != "True" or ready == "True":
            return
        text = f"Node {name} status is now: NodeNotReady"
        self.event(node, "Normal", "NodeNotReady", text)
        for pod in list(self.client.list("pods")):
            if pod["spec"].get("nodeName") == name:
                await self._not_ready(pod)

    async def _not_ready(self, pod: Object) -> None:
        ready = condition(pod, "Ready")
        if ready is None or ready["status"] == "False":
            return
        now = timestamp(self.clock.now())
        changed = {**ready, "status": "False", "lastTransitionTime": now}
        conditions = [changed if c is ready else c for c in pod["status"]["conditions"]]
        body = {"status": {"conditions": conditions}}
        await self.client.patch("pods", name_of(pod), namespace_of(pod), body, "status")
        self.event(pod, "Warning", "NodeNotReady", "Node is not ready")


def _silent(node: Object, now: str) -> list[Object] | None:
    """The conditions of a node that nobody hears; None where they say so already."""
    known = (node.get("status") or {}).get("conditions") or []
    if all((condition(node, kind) or {}).get("status") == "Unknown" for kind in _WATCHED):
        return None
    found = [c for c in known if c["type"] not in _WATCHED]
    for kind in _WATCHED:
        old = condition(node, kind)
        said = ("NodeStatusUnknown", "Kubelet stopped posting node status.")
        if old is None:
            said = ("NodeStatusNeverUpdated", "Kubelet never posted node status.")
        heard = (old or {}).get("lastHeartbeatTime") or node["metadata"].get("creationTimestamp")
        found.append({
            "type": kind, "status": "Unknown", "reason": said[0], "message": said[1],
            "lastHeartbeatTime": heard, "lastTransitionTime": now,
        })  # fmt: skip
    return found


def _mine(taint: Object) -> bool:
    """Is it a taint that this controller sets and takes away?"""
    if taint["effect"] == "NoExecute":
        return taint["key"] in (NOT_READY, UNREACHABLE)
    return taint["effect"] == "NoSchedule" and taint["key"] in _OURS


def _wanted(node: Object) -> list[tuple[str, str]]:
    """(key, effect) of the taints that a node should have from here."""
    found = []
    for entry in (node.get("status") or {}).get("conditions") or []:
        if key := _TAINTS.get((entry["type"], entry["status"])):
            found.append((key, "NoSchedule"))
            if key in (NOT_READY, UNREACHABLE):
                found.append((key, "NoExecute"))
    if (node.get("spec") or {}).get("unschedulable"):
        found.append((UNSCHEDULABLE, "NoSchedule"))
    return found
