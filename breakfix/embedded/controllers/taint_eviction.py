"""Pods leave nodes whose NoExecute taints they do not bear, or not for longer."""

from __future__ import annotations

from collections.abc import Iterable

from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Controller, Key, key_of
from breakfix.embedded.objects import Object, condition, is_going, name_of, timestamp
from breakfix.embedded.scheduling.taints import tolerates

_MESSAGE = "Taint manager: deleting due to NoExecute taint"


def _taints(node: Object | None) -> list[Object]:
    taints = ((node or {}).get("spec") or {}).get("taints") or []
    return [t for t in taints if t.get("effect") == "NoExecute"]


def seconds_left(taints: list[Object], tolerations: list[Object]) -> float | None:
    """How long a pod may stay beside these taints; None: for ever."""
    limits = []
    for taint in taints:
        used = [t for t in tolerations if tolerates(t, taint)]
        if not used:
            return 0.0
        limits += [float(t["tolerationSeconds"]) for t in used
                   if t.get("tolerationSeconds") is not None]  # fmt: skip
    return max(min(limits), 0.0) if limits else None


class TaintEviction(Controller):
    """One key for each pod on a tainted node."""

    name = "taint-eviction-controller"
    account = "node-controller"

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._since: dict[Key, tuple[str, float, float]] = {}  # uid, when it began, due

    def watch(self) -> None:
        """Pods that come to a node, and nodes whose taints change."""
        self.on("pods", self._pod)
        self.on("nodes", self._node)

    def _pod(self, change: Change) -> Iterable[Key]:
        new, old = change.new, change.old
        key = key_of(new)
        if change.type == "DELETED":
            return [key] if key in self._since else []
        node = new["spec"].get("nodeName")
        if not node or (key not in self._since and not _taints(self.client.get("nodes", node))):
            return []
        same = old is not None and all(
            old["spec"].get(f) == new["spec"].get(f) for f in ("nodeName", "tolerations")
        )
        return [] if same else [key]

    def _node(self, change: Change) -> Iterable[Key]:
        if change.old is not None and _taints(change.new) == _taints(change.old):
            return []
        if change.old is None and not _taints(change.new):
            return []
        name = name_of(change.new)
        return [key_of(p) for p in self.client.list("pods") if p["spec"].get("nodeName") == name]

    async def sync(self, key: Key) -> None:
        """Let one pod stay, set its time, or send it away."""
        pod = self.client.get("pods", key[1], key[0])
        known = self._since.get(key)
        if pod is None or is_going(pod) or (known and known[0] != pod["metadata"]["uid"]):
            known = self._since.pop(key, None) and None
            if pod is None or is_going(pod):
                return
        node = self.client.get("nodes", pod["spec"].get("nodeName") or "")
        taints = _taints(node)
        left = seconds_left(taints, pod["spec"].get("tolerations") or []) if taints else None
        if left is None:
            self._cancel(key, pod)
            return
        now = self.clock.monotonic()
        begun = known[1] if known else now
        self._since[key] = pod["metadata"]["uid"], begun, begun + left
        if begun + left > now:
            self.add_after(key, begun + left - now)
            return
        await self._evict(key, pod)

    def _cancel(self, key: Key, pod: Object) -> None:
        if self._since.pop(key, None):
            text = f"Cancelling deletion of Pod {key[0]}/{key[1]}"
            self.event(pod, "Normal", "TaintManagerEviction", text)

    async def _evict(self, key: Key, pod: Object) -> None:
        text = f"Marking for deletion Pod {key[0]}/{key[1]}"
        self.event(pod, "Normal", "TaintManagerEviction", text)
        if condition(pod, "DisruptionTarget") is None:
            said = {
                "type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager",
                "message": _MESSAGE, "lastProbeTime": None,
                "lastTransitionTime": timestamp(self.clock.now()),
                "observedGeneration": pod["metadata"].get("generation", 1),
            }  # fmt: skip
            conditions = ((pod.get("status") or {}).get("conditions") or []) + [said]
            body = {"status": {"conditions": conditions}}
            await self.client.patch("pods", key[1], key[0], body, "status")
        await self.client.delete("pods", key[1], key[0], uid=pod["metadata"]["uid"])
        self._since.pop(key, None)
