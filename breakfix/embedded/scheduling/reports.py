"""What the scheduler writes about pods: events, conditions, nominations, victims."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.client import Client
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, condition, name_of, namespace_of, timestamp
from breakfix.embedded.scheduling.failure import shortened
from breakfix.embedded.scheduling.preemption import BY_SCHEDULER
from breakfix.embedded.scheduling.state import PodInfo


class Reports:
    """Writes as one scheduler."""

    def __init__(self, client: Client, name: str, host: str = "") -> None:
        self.client, self.name, self.host = client, name, host

    def event(self, pod: Object, type: str, reason: str, action: str, message: str) -> None:
        """An event on a pod."""
        self.client.event(
            pod, type, reason, message, component=self.name, host=self.host, action=action
        )

    def scheduled(self, pod: Object, node: str) -> None:
        """It has its node."""
        text = f"Successfully assigned {namespace_of(pod)}/{name_of(pod)} to {node}"
        self.event(pod, "Normal", "Scheduled", "Binding", text)

    async def failed(
        self, pod: Object, message: str, nominated: str | None, reason: str = "Unschedulable"
    ) -> None:
        """No node was found; `nominated` is "" to clear it, None to leave it."""
        self.event(pod, "Warning", "FailedScheduling", "Scheduling", shortened(message))
        said = {"status": "False", "reason": reason, "message": message}
        body = self._changed(pod, "PodScheduled", said)
        before = (pod.get("status") or {}).get("nominatedNodeName") or ""
        if nominated is not None and nominated != before:
            body["nominatedNodeName"] = nominated or None
        if body:
            await self._patch(pod, body)

    def _changed(self, pod: Object, kind: str, said: dict[str, str]) -> dict[str, Any]:
        """The conditions with one of them changed; nothing where it says so already."""
        known = condition(pod, kind) or {}
        if all(known.get(k) == v for k, v in said.items()):
            return {}
        same = known.get("status") == said["status"]
        now = timestamp(self.client.clock.now())
        others = (pod.get("status") or {}).get("conditions") or []
        entry = {
            "type": kind,
            "lastProbeTime": None,
            "lastTransitionTime": known["lastTransitionTime"] if same else now,
            "observedGeneration": pod["metadata"].get("generation", 1),
            **said,
        }
        return {"conditions": [c for c in others if c["type"] != kind] + [entry]}

    async def _patch(self, pod: Object, status: dict[str, Any]) -> None:
        try:
            await self.client.patch(
                "pods", name_of(pod), namespace_of(pod), {"status": status}, "status"
            )
        except StatusError as error:
            if error.code != 404:  # noqa: PLR2004
                raise

    async def forget_nomination(self, info: PodInfo) -> None:
        """A more important pod takes the place that was promised."""
        await self._patch(info.pod, {"nominatedNodeName": None})

    async def preempt(self, by: PodInfo, victim: PodInfo, node: str) -> None:
        """Send one pod away for another."""
        pod = self.client.get("pods", victim.name, victim.namespace)
        if pod is None or pod["metadata"]["uid"] != victim.uid:
            return
        text = f"{self.name}: preempting to accommodate a higher priority pod"
        said = {"status": "True", "reason": BY_SCHEDULER, "message": text}
        try:
            if body := self._changed(pod, "DisruptionTarget", said):
                await self._patch(pod, body)
            await self.client.delete("pods", victim.name, victim.namespace, uid=victim.uid)
        except StatusError:  # the preemptor is tried again and finds out anew
            return
        self.client.event(
            victim.pod, "Normal", "Preempted", f"Preempted by pod {by.uid} on node {node}",
            component=self.name, host=self.host, action="Preempting", related=by.pod,
        )  # fmt: skip
