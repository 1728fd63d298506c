"""A pod's status, from what its kubelet knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from breakfix.embedded.kubelet import conditions
from breakfix.embedded.kubelet.container import ContainerRun
from breakfix.embedded.kubelet.words import shown
from breakfix.embedded.objects import Object, is_going

KEPT = ("qosClass", "resize", "resourceClaimStatuses", "nominatedNodeName")


@dataclass
class PodState:
    """What is not of one container. Times are in seconds since 1970."""

    begun: float
    host: str
    address: str = ""
    sandbox: bool = False
    reason: str = ""
    message: str = ""
    failed: bool = False  # by the kubelet's decision: rejected, deadline
    rejected: bool = False
    disrupted: str = ""  # why it had to go for the sake of its node
    over: bool = False  # nothing is started again
    resizing: list[tuple[str, str, str]] = field(default_factory=list)  # of its conditions
    inits: list[ContainerRun] = field(default_factory=list)
    mains: list[ContainerRun] = field(default_factory=list)
    ephemerals: list[ContainerRun] = field(default_factory=list)

    @property
    def all(self) -> list[ContainerRun]:
        """Every container, init containers first."""
        return [*self.inits, *self.mains, *self.ephemerals]

    @property
    def running(self) -> bool:
        """Does any program run?"""
        return any(c.running for c in self.all)


def phase_of(pod: Object, state: PodState) -> str:
    """Its phase; a terminal one only once nothing runs any more."""
    policy = pod["spec"].get("restartPolicy", "Always")
    if state.failed:
        found = "Failed"
    else:
        found = conditions.phase(policy, state.inits, state.mains, state.over)
    known: str = (pod.get("status") or {}).get("phase", "Pending")
    if known in conditions.DONE:
        return known
    if found in conditions.DONE and state.running:
        return known
    if state.over and not state.running and found not in conditions.DONE:
        return "Failed"  # it was stopped before it could end by itself
    return found


def status_of(pod: Object, state: PodState, now: float) -> Object:
    """v1.PodStatus, with what others have written kept."""
    known = pod.get("status") or {}
    keep = {k: v for k, v in known.items() if k in KEPT}
    phase = phase_of(pod, state)
    generation = pod["metadata"].get("generation", 1)
    if state.rejected:
        return {**keep, "phase": phase, "reason": state.reason, "message": state.message,
                "startTime": shown(state.begun), "observedGeneration": generation}  # fmt: skip
    found: Object = {
        **keep, "phase": phase, "startTime": shown(state.begun), "hostIP": state.host,
        "hostIPs": [{"ip": state.host}], "observedGeneration": generation,
        "conditions": _conditions(pod, phase, state, now), **_containers(pod, state),
    }  # fmt: skip
    if state.reason and phase == "Failed":
        found |= {"reason": state.reason, "message": state.message}
    elif known.get("reason") and known.get("phase") == phase:
        found |= {k: known[k] for k in ("reason", "message") if k in known}
    if state.address:
        found |= {"podIP": state.address, "podIPs": [{"ip": state.address}]}
    return found


def _conditions(pod: Object, phase: str, state: PodState, now: float) -> list[Object]:
    sandbox = state.sandbox and phase not in conditions.DONE
    at = datetime.fromtimestamp(now, UTC)
    found = conditions.conditions(pod, phase, sandbox, state.inits, state.mains, at)
    found += conditions.disruption(pod, state.disrupted, at) if state.disrupted else []
    return conditions.resizing(pod, state.resizing, at) + found


def _containers(pod: Object, state: PodState) -> Object:
    policy, going = pod["spec"].get("restartPolicy", "Always"), is_going(pod) or state.over
    mains = sorted(state.mains, key=lambda c: c.name)
    found: Object = {"containerStatuses": [c.status(policy, going) for c in mains]}
    if state.inits:
        found["initContainerStatuses"] = [c.status(policy, going) for c in state.inits]
    if state.ephemerals:
        found["ephemeralContainerStatuses"] = [c.status(policy, going) for c in state.ephemerals]
    return found
