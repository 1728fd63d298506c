"""The cells of a pod: what its containers' states come to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from breakfix.embedded.objects import Object, condition, is_going, name_of
from breakfix.embedded.tables.durations import age, since

_DONE = {
    "Succeeded": "The pod has completed successfully.",
    "Failed": "The pod failed.",
}


class _Summary:
    """The sums over a pod's containers while they are gone through."""

    def __init__(self, pod: Object) -> None:
        self.pod, self.spec = pod, pod.get("spec") or {}
        self.status: Object = pod.get("status") or {}
        self.reason: str = self.status.get("reason") or self.status.get("phase") or ""
        self.restarts = self.ready = 0
        self.last = ""
        inits = self.spec.get("initContainers") or []
        self.sidecars = {c["name"] for c in inits if c.get("restartPolicy") == "Always"}
        self.total = len(self.spec.get("containers") or []) + len(self.sidecars)
        if (condition(pod, "PodScheduled") or {}).get("reason") == "SchedulingGated":
            self.reason = "SchedulingGated"

    def count(self, container: Object) -> None:
        """Add one container's restarts."""
        self.restarts += container.get("restartCount", 0)
        ended = ((container.get("lastState") or {}).get("terminated") or {}).get("finishedAt")
        self.last = max(self.last, ended or "")

    def init(self) -> bool:
        """Go through the init containers; is one of them still in the way?"""
        statuses = self.status.get("initContainerStatuses") or []
        for at, container in enumerate(statuses):
            self.count(container)
            terminated = container["state"].get("terminated")
            if terminated and not terminated.get("exitCode"):
                continue
            if container["name"] in self.sidecars and container.get("started"):
                self.ready += bool(container.get("ready"))
                continue
            self.reason = "Init:" + self._init_reason(container["state"], at)
            return True
        return False

    def _init_reason(self, state: Object, at: int) -> str:
        if terminated := state.get("terminated"):
            return ended_reason(terminated)
        waiting: str = (state.get("waiting") or {}).get("reason") or ""
        if waiting not in ("", "PodInitializing"):
            return waiting
        return f"{at}/{len(self.spec.get('initContainers') or [])}"

    def main(self) -> None:
        """Go through the containers proper; only sidecars' restarts stay counted."""
        self.restarts, self.last = 0, ""
        for container in self.status.get("initContainerStatuses") or []:
            if container["name"] in self.sidecars:
                self.count(container)
        running = False
        for container in reversed(self.status.get("containerStatuses") or []):
            self.count(container)
            running |= self._one(container)
        if self.reason == "Completed" and running:
            ready = (condition(self.pod, "Ready") or {}).get("status") == "True"
            self.reason = "Running" if ready else "NotReady"

    def _one(self, container: Object) -> bool:
        state = container.get("state") or {}
        if (state.get("waiting") or {}).get("reason"):
            self.reason = state["waiting"]["reason"]
        elif "terminated" in state:
            self.reason = ended_reason(state["terminated"])
        elif container.get("ready") and "running" in state:
            self.ready += 1
            return True
        return False

    def deleted(self) -> None:
        """What the deletion makes of the reason."""
        if not is_going(self.pod):
            return
        if self.status.get("reason") == "NodeLost":
            self.reason = "Unknown"
        elif self.status.get("phase") not in _DONE:
            self.reason = "Terminating"


def ended_reason(terminated: Object) -> str:
    """In one word, why a container ended."""
    if terminated.get("reason"):
        return str(terminated["reason"])
    signal = terminated.get("signal")
    return f"Signal:{signal}" if signal else f"ExitCode:{terminated.get('exitCode', 0)}"


def cells(pod: Object, now: datetime) -> list[Any]:
    """A pod's row."""
    found = _Summary(pod)
    initialized = (condition(pod, "Initialized") or {}).get("status") == "True"
    if not found.init() or initialized:
        found.main()
    found.deleted()
    restarts = str(found.restarts)
    if found.restarts and found.last:
        restarts = f"{restarts} ({since(found.last, now)} ago)"
    ips = found.status.get("podIPs") or []
    return [
        name_of(pod), f"{found.ready}/{found.total}", found.reason, restarts, age(pod, now),
        ips[0]["ip"] if ips else "<none>", found.spec.get("nodeName") or "<none>",
        found.status.get("nominatedNodeName") or "<none>", _gates(pod, found.spec),
    ]  # fmt: skip


def _gates(pod: Object, spec: Object) -> str:
    gates = spec.get("readinessGates") or []
    met = [(condition(pod, g["conditionType"]) or {}).get("status") == "True" for g in gates]
    return f"{sum(met)}/{len(gates)}" if gates else "<none>"


def row_conditions(pod: Object) -> list[Object]:
    """The row's own conditions: a pod that is done."""
    phase = (pod.get("status") or {}).get("phase")
    if phase not in _DONE:
        return []
    return [{"type": "Completed", "status": "True", "reason": phase, "message": _DONE[phase]}]
