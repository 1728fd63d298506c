"""One container of a pod on a node: its state, and what the API shows of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from breakfix.embedded.nodes.images import full_name, image_id
from breakfix.embedded.nodes.lifecycle import BACKOFF_RESET, FIRST_BACKOFF, LAST_BACKOFF
from breakfix.embedded.nodes.programs import Outcome, image_outcome, outcome
from breakfix.embedded.objects import Object, timestamp

Kind = Literal["init", "sidecar", "main", "ephemeral"]
FIELD_PATHS = {"init": "initContainers", "sidecar": "initContainers", "main": "containers",
               "ephemeral": "ephemeralContainers"}  # fmt: skip


def shown(at: float) -> str:
    """Seconds since 1970 as metav1.Time."""
    return timestamp(datetime.fromtimestamp(at, UTC))


@dataclass(eq=False)
class ContainerRun:
    """Times are in seconds since 1970; None where nothing is planned."""

    spec: Object
    kind: Kind
    pod_uid: str
    state: Object = field(default_factory=dict)
    last: Object = field(default_factory=dict)
    restarts: int = 0
    id: str = ""
    image: str = ""
    ready: bool = False
    begins: float | None = None
    ends: float | None = None
    ready_at: float | None = None
    again: float | None = None
    ended_at: float = 0.0
    code: int = 0
    pause: float = 0.0  # before the next restart
    pull_pause: float = 0.0  # before the next pull of an image that could not be had

    @property
    def name(self) -> str:
        """The container's name."""
        name: str = self.spec["name"]
        return name

    @property
    def field_path(self) -> str:
        """As the events on it say where it is."""
        return f"spec.{FIELD_PATHS[self.kind]}{{{self.name}}}"

    @property
    def running(self) -> bool:
        """Does its program run?"""
        return "running" in self.state

    @property
    def ended(self) -> Object | None:
        """Its terminated state."""
        return self.state.get("terminated")

    @property
    def complete(self) -> bool:
        """Did it end well?"""
        ended = self.ended
        return ended is not None and ended["exitCode"] == 0

    def plan(self) -> Outcome:
        """What its program does."""
        command, args = self.spec.get("command") or [], self.spec.get("args") or []
        if not command and not args:
            return image_outcome(self.spec.get("image", ""), stdin=bool(self.spec.get("stdin")))
        return outcome(command, args)

    def wait(self, reason: str, message: str = "") -> None:
        """Show why it does not run yet."""
        text = {"message": message} if message else {}
        self.state = {"waiting": {**text, "reason": reason}}

    def start(self, now: float) -> None:
        """Its program runs from now on."""
        if "terminated" in self.state:
            self.last = {"terminated": self.state["terminated"]}
        if self.last or self.id:
            self.restarts += 1
        plan = self.plan()
        self.state = {"running": {"startedAt": shown(now)}}
        text = f"{self.pod_uid}/{self.name}/{self.restarts}"
        self.id = "containerd://" + hashlib.sha256(text.encode()).hexdigest()
        self.image = self.spec.get("image", "")
        self.ends = None if plan.seconds is None else now + plan.seconds
        self.code, self.begins, self.again = plan.code, None, None
        self.ready_at = now + _ready_delay(self.spec)
        self.ready = False

    def end(self, now: float, code: int) -> None:
        """Its program has ended."""
        started = self.state["running"]["startedAt"]
        self.state = {"terminated": {
            "exitCode": code, "reason": "Error" if code else "Completed", "startedAt": started,
            "finishedAt": shown(now), "containerID": self.id,
        }}  # fmt: skip
        self.ready, self.ends, self.ready_at = False, None, None
        if now - datetime.fromisoformat(started).timestamp() > BACKOFF_RESET:
            self.pause = 0.0
        self.again, self.ended_at = now + self.pause, now
        self.pause = min(max(self.pause * 2, FIRST_BACKOFF), LAST_BACKOFF)

    def status(self) -> Object:
        """As a v1.ContainerStatus."""
        image = self.image or self.spec.get("image", "")
        found: Object = {
            "name": self.name, "state": self.state, "lastState": self.last, "ready": self.ready,
            "restartCount": self.restarts, "image": full_name(image) if self.id else image,
            "imageID": image_id(image) if self.id else "", "started": self.running,
        }  # fmt: skip
        if self.id:
            found["containerID"] = self.id
        if self.kind == "init":
            found["ready"], found["started"] = self.complete, self.running
        if self.id and self.kind in ("main", "sidecar", "init"):
            found["resources"] = self.spec.get("resources") or {}
            if requests := found["resources"].get("requests"):
                found["allocatedResources"] = requests
        if mounts := self.spec.get("volumeMounts"):
            found["volumeMounts"] = [_mount(m) for m in mounts]
        return found


def _mount(mount: Object) -> Object:
    found = {"mountPath": mount["mountPath"], "name": mount["name"]}
    if mount.get("readOnly"):
        return found | {"readOnly": True, "recursiveReadOnly": "Disabled"}
    return found


def _ready_delay(spec: Object) -> float:
    """Seconds until the probes have succeeded once: they are taken to succeed."""
    probes = [spec.get("startupProbe"), spec.get("readinessProbe")]
    return float(sum(p.get("initialDelaySeconds") or 0 for p in probes if p))
