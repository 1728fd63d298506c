"""One container of a pod on a node: its runs, and what the API shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from breakfix.embedded.kubelet.logs import Log
from breakfix.embedded.kubelet.words import shown
from breakfix.embedded.machine.types import Running
from breakfix.embedded.objects import Object

Kind = Literal["init", "sidecar", "main", "ephemeral"]
FIELDS = {"init": "initContainers", "sidecar": "initContainers", "main": "containers",
          "ephemeral": "ephemeralContainers"}  # fmt: skip


KILLED = 137


@dataclass(eq=False)
class Attempt:
    """One run of a container, as the runtime knows it. Times are in seconds since 1970."""

    number: int  # restartCount while it runs
    spec: Object  # of the container, as it was started
    log: Log
    id: str = ""
    image: str = ""
    image_id: str = ""
    user: Object | None = None
    running: Running | None = None
    begun: float = 0.0
    ended: float | None = None
    code: int = 0
    reason: str = ""
    message: str = ""
    is_shown: bool = True  # not while its postStart hook runs

    @property
    def alive(self) -> bool:
        """Does its program run?"""
        return self.ended is None

    def state(self) -> Object:
        """v1.ContainerState."""
        if self.ended is None:
            return {"running": {"startedAt": shown(self.begun)}}
        text = {"message": self.message} if self.message else {}
        return {"terminated": {
            "exitCode": self.code, "reason": self.reason, **text, "startedAt": shown(self.begun),
            "finishedAt": shown(self.ended), "containerID": self.id,
        }}  # fmt: skip


@dataclass(eq=False)
class ContainerRun:
    """A container over all its runs."""

    spec: Object
    kind: Kind
    default_reason: str = "ContainerCreating"
    current: Attempt | None = None
    previous: Attempt | None = None
    why: tuple[str, str] | None = None  # reason and message of what keeps it from starting
    started: bool = False  # the startup probe has succeeded, or there is none
    ready: bool = False
    failed_probe: str = ""  # "liveness" or "startup": it is to be killed
    forced: bool = False  # to be started whatever the restart policy says: its spec has changed
    lost: bool = False  # removed while it ran, so nothing is known of its end
    allocated: Object | None = None  # resources that its node has set apart for it
    applied: Object | None = None  # resources that it runs with
    resizes: bool = False  # it is restarted to get other resources
    resumes: tuple[Object, str] | None = None  # status and start of a run to go on with
    exchanged: tuple[Attempt, Object] | None = None  # a run that another image ends; its status

    @property
    def name(self) -> str:
        """The container's name."""
        name: str = self.spec["name"]
        return name

    @property
    def field_path(self) -> str:
        """As the events on it say where it is."""
        return f"spec.{FIELDS[self.kind]}{{{self.name}}}"

    @property
    def seen(self) -> Attempt | None:
        """The run that the API shows."""
        if self.current is not None and not self.current.is_shown:
            return self.previous
        return self.current

    @property
    def running(self) -> bool:
        """Does its program run?"""
        return self.current is not None and self.current.alive

    @property
    def ended(self) -> Attempt | None:
        """Its last run, where that has ended."""
        return self.current if self.current is not None and not self.current.alive else None

    @property
    def complete(self) -> bool:
        """Did it end well?"""
        return self.ended is not None and self.ended.code == 0

    @property
    def restarts(self) -> int:
        """RestartCount."""
        seen = self.seen
        return seen.number if seen else 0

    def restarts_on_end(self, policy: str) -> bool:
        """Is it to be started again, now that it has ended?"""
        if self.kind == "ephemeral" or (self.kind == "init" and self.complete):
            return False
        if self.kind == "sidecar":
            return True
        if self.kind == "init":
            return policy != "Never"
        return policy == "Always" or (policy == "OnFailure" and not self.complete)

    def begin(self, attempt: Attempt) -> None:
        """Another run."""
        self.previous, self.current = self.current or self.previous, attempt
        # exchanged for another image, it is shown as before until something says otherwise
        self.started = self.ready = self.forced and self.ready
        self.forced = False
        self.failed_probe = ""

    def states(self, policy: str, going: bool) -> tuple[Object, Object]:
        """State and lastState."""
        seen = self.seen
        if seen is None:
            reason, message = self.why or (self.default_reason, "")
            return _waiting(reason, message), {}
        last = self.previous.state() if self.previous and self.previous is not seen else {}
        if not seen.alive and self.why and not going and self.restarts_on_end(policy):
            return _waiting(*self.why), seen.state()
        return seen.state(), last

    def status(self, policy: str, going: bool) -> Object:
        """v1.ContainerStatus."""
        if self.resumes is not None:
            return self.resumes[0]
        if self.lost and not self.running:
            return self._vanished()
        if self.exchanged is not None and self._in_between(going):
            return self.exchanged[1]
        state, last = self.states(policy, going)
        seen = self.seen
        found: Object = {
            "name": self.name, "state": state, "lastState": last,
            "ready": self.complete if self.kind == "init" else self.ready and "running" in state,
            "restartCount": self.restarts, "image": seen.image if seen else self.spec["image"],
            "imageID": seen.image_id if seen else "",
        }  # fmt: skip
        if self.kind != "ephemeral":
            found["started"] = "running" in state and (self.started or self.kind == "init")
        if seen is not None:
            found["containerID"] = seen.id
            self._add_resources(found)
        if self.spec.get("volumeMounts"):
            found["volumeMounts"] = [_mount(m) for m in self.spec["volumeMounts"]]
        return found

    def _in_between(self, going: bool) -> bool:
        """Has the run that is exchanged ended, and is the next one not there yet? Then it is
        shown as it was: a real kubelet does not look in between."""
        assert self.exchanged is not None  # noqa: S101 - who asks has looked
        if self.current is self.exchanged[0] and self.running:
            return False
        if going or self.why or self.seen not in (self.exchanged[0], None):
            self.exchanged = None
        return self.exchanged is not None

    def _vanished(self) -> Object:
        """Of a container that was removed before anybody looked."""
        words = "The container could not be located when the pod was"
        found: Object = {
            "name": self.name, "state": _unknown(f"{words} terminated"),
            "lastState": _unknown(f"{words} deleted.  The container used to be Running"),
            "ready": False, "restartCount": self.restarts + 1, "image": self.spec["image"],
            "imageID": "", "started": False,
        }  # fmt: skip
        if self.spec.get("volumeMounts"):
            found["volumeMounts"] = [_mount(m) for m in self.spec["volumeMounts"]]
        return found

    @property
    def resources(self) -> Object:
        """What its node has set apart for it: the spec's, until that is resized."""
        if self.allocated is not None:
            return self.allocated
        found: Object = self.spec.get("resources") or {}
        return found

    def _add_resources(self, found: Object) -> None:
        found["resources"] = self.resources if self.applied is None else self.applied
        if requests := self.resources.get("requests"):
            found["allocatedResources"] = requests


def _waiting(reason: str, message: str) -> Object:
    text = {"message": message} if message else {}
    return {"waiting": {**text, "reason": reason}}


def _unknown(message: str) -> Object:
    return {"terminated": {"exitCode": KILLED, "reason": "ContainerStatusUnknown",
                           "message": message, "startedAt": None, "finishedAt": None}}  # fmt: skip


def _mount(mount: Object) -> Object:
    found = {"mountPath": mount["mountPath"], "name": mount["name"]}
    if mount.get("readOnly"):
        return found | {"readOnly": True, "recursiveReadOnly": "Disabled"}
    return found
