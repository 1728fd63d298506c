"""A pod's phase and conditions, from the states of its containers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from breakfix.embedded.kubelet.container import ContainerRun
from breakfix.embedded.objects import Object, condition, timestamp

# what the kubelet itself says of a pod, in the order in which it says it
CONDITIONS = (
    "PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled",
)  # fmt: skip
RESIZING = ("PodResizePending", "PodResizeInProgress")
DISRUPTED = "DisruptionTarget"
DONE = ("Succeeded", "Failed")


def phase(
    policy: str, inits: Sequence[ContainerRun], mains: Sequence[ContainerRun], terminal: bool
) -> str:
    """v1.PodPhase. `terminal`: nothing of it is started again."""
    plain = [c for c in inits if c.kind == "init"]
    if any(c.ended and not c.complete for c in plain) and (policy == "Never" or terminal):
        return "Failed"
    if not all(c.complete for c in plain) or _sidecars_begin(inits, mains):
        return "Failed" if terminal and not any(c.running for c in [*inits, *mains]) else "Pending"
    if any(c.seen is None for c in mains):
        return "Pending"
    if any(c.running for c in mains):
        return "Running"
    return _stopped(policy, mains, terminal)


def _sidecars_begin(inits: Sequence[ContainerRun], mains: Sequence[ContainerRun]) -> bool:
    sidecars = [c for c in inits if c.kind == "sidecar"]
    if any(c.seen is not None for c in mains):
        return any(c.seen is None for c in sidecars)
    return any(c.seen is None or (c.running and not c.started) for c in sidecars)


def _stopped(policy: str, mains: Sequence[ContainerRun], terminal: bool) -> str:
    if policy == "Always" and not terminal:
        return "Running"
    if all(c.complete for c in mains):
        return "Succeeded"
    return "Failed" if policy == "Never" or terminal else "Running"


def _incomplete(inits: Sequence[ContainerRun]) -> list[str]:
    return [c.name for c in inits if not (c.complete if c.kind == "init" else c.started)]


def _initialized(found: str, inits: Sequence[ContainerRun]) -> tuple[str, str, str]:
    names = _incomplete(inits)
    if found == "Succeeded":
        return "True", "PodCompleted", ""
    if names:
        text = f"containers with incomplete status: [{' '.join(names)}]"
        return "False", "ContainersNotInitialized", text
    return "True", "", ""


def _containers_ready(found: str, all_: Sequence[ContainerRun]) -> tuple[str, str, str]:
    if found == "Succeeded":
        return "False", "PodCompleted", ""
    if found == "Failed":
        return "False", "PodFailed", ""
    names = [c.name for c in all_ if not c.ready]
    if names:
        text = f"containers with unready status: [{' '.join(names)}]"
        return "False", "ContainersNotReady", text
    return "True", "", ""


def _ready(pod: Object, containers: tuple[str, str, str]) -> tuple[str, str, str]:
    if containers[0] != "True":
        return containers
    texts = []
    for gate in pod["spec"].get("readinessGates") or []:
        kind = gate["conditionType"]
        known = condition(pod, kind)
        if known is None:
            texts.append(f'corresponding condition of pod readiness gate "{kind}" does not exist.')
        elif known["status"] != "True":
            texts.append(
                f'the status of pod readiness gate "{kind}" is not "True", but {known["status"]}'
            )
    return ("False", "ReadinessGatesNotReady", ", ".join(texts)) if texts else containers


def conditions(
    pod: Object, found: str, sandbox: bool, inits: Sequence[ContainerRun],
    mains: Sequence[ContainerRun], now: datetime,
) -> list[Object]:  # fmt: skip
    """All of status.conditions: the kubelet's own, then those of others as they are."""
    sidecars = [c for c in inits if c.kind == "sidecar"]
    containers = _containers_ready(found, [*sidecars, *mains])
    said = {
        "PodReadyToStartContainers": ("True" if sandbox else "False", "", ""),
        "Initialized": _initialized(found, inits),
        "Ready": _ready(pod, containers),
        "ContainersReady": containers,
        "PodScheduled": ("True", "", ""),
    }
    known = (pod.get("status") or {}).get("conditions") or []
    others = [c for c in known if c["type"] not in CONDITIONS + RESIZING]
    return others + [_condition(pod, kind, *said[kind], now) for kind in CONDITIONS]


def disruption(pod: Object, message: str, now: datetime) -> list[Object]:
    """That the kubelet ended it; nothing where somebody has said so before."""
    if condition(pod, DISRUPTED):
        return []
    return [_condition(pod, DISRUPTED, "True", "TerminationByKubelet", message, now)]


def resizing(
    pod: Object, rows: Sequence[tuple[str, str, str]], now: datetime
) -> list[Object]:  # fmt: skip
    """What is said of a resize that is not done: type, reason, message."""
    found = []
    for kind, reason, message in rows:
        row = _condition(pod, kind, "True", reason, message, now)
        found.append(row | {"lastProbeTime": row["lastTransitionTime"]})
    return found


def _condition(
    pod: Object, kind: str, status: str, reason: str, message: str, now: datetime
) -> Object:
    known = condition(pod, kind) or {}
    same = known.get("status") == status
    found: Object = {
        "type": kind,
        "status": status,
        "lastProbeTime": None,
        "lastTransitionTime": known["lastTransitionTime"] if same else timestamp(now),
        "observedGeneration": pod["metadata"].get("generation", 1),
    }
    if reason:
        found["reason"] = reason
    if message:
        found["message"] = message
    return found
