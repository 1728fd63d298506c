"""Going on with a pod that ran before this process: its programs are started anew, quietly.

Programs live in this process only. What the API says of the pod stays as it is: restart counts,
times, address; emptyDirs are empty again.
"""

from __future__ import annotations

from breakfix.embedded.clock import Clock
from breakfix.embedded.kubelet.container import Attempt, ContainerRun
from breakfix.embedded.kubelet.logs import Log
from breakfix.embedded.kubelet.words import moment
from breakfix.embedded.kubelet.worker import PodWorker
from breakfix.embedded.objects import Object

_LISTS = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


def adopt(worker: PodWorker, pod: Object, clock: Clock) -> bool:
    """Take over what the pod's status says; False where it never started."""
    status = pod.get("status") or {}
    if not status.get("startTime") or not status.get("podIP"):
        return False
    worker.state.begun, worker.state.address = moment(status["startTime"]), status["podIP"]
    known = {entry["name"]: entry for field in _LISTS for entry in status.get(field) or []}
    for container in worker.state.all:
        if container.name in known:
            _container(container, known[container.name], clock)
    return True


def _container(container: ContainerRun, entry: Object, clock: Clock) -> None:
    last = (entry.get("lastState") or {}).get("terminated")
    state = entry.get("state") or {}
    if "terminated" in state:
        container.current = _ended(container, entry, state["terminated"], clock)
        container.previous = _ended(container, entry, last, clock, -1) if last else None
    elif "running" in state:
        container.resumes = (entry, state["running"]["startedAt"])
        container.previous = _ended(container, entry, last, clock, -1) if last else None
    elif last:
        container.current = _ended(container, entry, last, clock)


def _ended(
    container: ContainerRun, entry: Object, state: Object, clock: Clock, back: int = 0
) -> Attempt:
    log = Log(clock)
    log.close()
    return Attempt(
        max(entry["restartCount"] + back, 0), container.spec, log, state.get("containerID", ""),
        entry.get("image", ""), entry.get("imageID", ""), entry.get("user"),
        begun=moment(state["startedAt"]) if state.get("startedAt") else 0.0,
        ended=moment(state["finishedAt"]) if state.get("finishedAt") else clock.now().timestamp(),
        code=state.get("exitCode", 0), reason=state.get("reason", ""),
        message=state.get("message", ""),
    )  # fmt: skip
