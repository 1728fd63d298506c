"""Going on with a pod that ran before this kubelet was started."""

from __future__ import annotations

from datetime import datetime

from breakfix.embedded.nodes.containers import ContainerRun
from breakfix.embedded.nodes.lifecycle import FIRST_BACKOFF, LAST_BACKOFF
from breakfix.embedded.nodes.pod_run import PodRun
from breakfix.embedded.objects import Object

_LISTS = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


def adopt(run: PodRun, pod: Object, now: float) -> None:
    """Take over what the pod's status says; nothing where it never started."""
    status = pod.get("status") or {}
    if not status.get("startTime") or not status.get("podIP"):
        return
    run.started = run.sandbox_at = _moment(status["startTime"])
    run.address, run.phase = status["podIP"], status.get("phase", "Pending")
    run.see(pod)
    known = {entry["name"]: entry for field in _LISTS for entry in status.get(field) or []}
    for container in run.all:
        if container.name in known:
            _container(container, known[container.name], now)
            run.images.add(container.spec.get("image", ""))


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _container(container: ContainerRun, entry: Object, now: float) -> None:
    container.state, container.last = entry["state"], entry.get("lastState") or {}
    container.restarts, container.id = entry["restartCount"], entry.get("containerID", "")
    container.image, container.ready = container.spec.get("image", ""), entry["ready"]
    if container.restarts:
        container.pause = min(FIRST_BACKOFF * 2 ** (container.restarts - 1), LAST_BACKOFF)
    if not container.running:
        container.again = now
        return
    plan = container.plan()
    if plan.seconds is not None:
        container.ends = _moment(container.state["running"]["startedAt"]) + plan.seconds
        container.code = plan.code
    container.ready_at = None if container.ready else now
