"""One pod on a node: what has happened so far, and what is due next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from breakfix.embedded.client import Reader
from breakfix.embedded.nodes import statuses
from breakfix.embedded.nodes.containers import ContainerRun, Kind, shown
from breakfix.embedded.nodes.images import Images, image_size
from breakfix.embedded.nodes.lifecycle import (
    CONFIG,
    CRASHED,
    CREATING,
    DELAYS,
    FIRST_BACKOFF,
    INITIALIZING,
    LAST_BACKOFF,
    PULL_FAILED,
    PULL_LATER,
    SIGKILL_CODE,
    Delays,
)
from breakfix.embedded.nodes.needs import missing_env, missing_volume
from breakfix.embedded.nodes.stopping import stop_after
from breakfix.embedded.objects import Object, is_going, name_of, namespace_of

Say = Callable[[str, str, str, str], None]  # type, reason, message, field path
_TOO_LONG = "Pod was active on the node longer than the specified deadline"


def _kind(spec: Object) -> Kind:
    return "sidecar" if spec.get("restartPolicy") == "Always" else "init"


class PodRun:
    """`advance` moves it to a moment; `status` is what to write then."""

    def __init__(
        self, pod: Object, now: float, reader: Reader, images: Images, say: Say,
        delays: Delays = DELAYS,
    ) -> None:  # fmt: skip
        spec, uid = pod["spec"], pod["metadata"]["uid"]
        self.pod, self.reader, self.images, self.say, self.delays = pod, reader, images, say, delays
        self.uid: str = uid
        self.inits = [ContainerRun(c, _kind(c), uid) for c in spec.get("initContainers") or []]
        self.mains = [ContainerRun(c, "main", uid) for c in spec["containers"]]
        self.ephemerals: list[ContainerRun] = []
        self.started, self.address = now, ""
        self.sandbox_at: float | None = None
        self.reason = self.message = ""
        self.stopping: float | None = None  # when the stop began
        self.phase, self.rejected = "Pending", False
        for container in self.all:
            container.wait(INITIALIZING if self.inits and container.kind == "main" else CREATING)
        for container in self.inits:
            container.wait(INITIALIZING)

    @property
    def all(self) -> list[ContainerRun]:
        """Every container, init containers first."""
        return [*self.inits, *self.mains, *self.ephemerals]

    @property
    def stopped(self) -> bool:
        """Is it to go, with nothing of it running any more?"""
        return is_going(self.pod) and not any(c.running for c in self.all)

    def advance(self, pod: Object, now: float) -> float | None:
        """Go on to `now`; the moment at which something is due next."""
        self.see(pod)
        for container in self.all:
            if container.running and container.ends is not None and container.ends <= now:
                container.end(container.ends, container.code)
        if is_going(pod) or self.phase in statuses.DONE:
            self._stop(now)
        elif self._expired(now):
            self.reason, self.message = "DeadlineExceeded", _TOO_LONG
            self.say("Normal", "DeadlineExceeded", _TOO_LONG, "")
            self._stop(now, at_once=True)
        elif (due := self._prepare(now)) is not None:
            return due
        else:
            self._progress(now)
        self._settle()
        return self._next(now)

    def see(self, pod: Object) -> None:
        """Take over what may change in a spec: images, resources, ephemeral containers."""
        self.pod = pod
        spec = pod["spec"]
        known = {c.name: c for c in self.all}
        for item in (spec.get("initContainers") or []) + spec["containers"]:
            known[item["name"]].spec = item
        for item in spec.get("ephemeralContainers") or []:
            if item["name"] not in known:
                container = ContainerRun(item, "ephemeral", self.uid)
                container.wait(CREATING)
                self.ephemerals.append(container)

    def reject(self, reason: str, message: str) -> None:
        """It cannot be here: it fails without having started."""
        self.reason, self.message = reason, f"Pod was rejected: {message}"
        self.phase, self.rejected = "Failed", True

    def _expired(self, now: float) -> bool:
        limit = self.pod["spec"].get("activeDeadlineSeconds")
        return limit is not None and now >= self.started + limit

    # -- before the containers ---------------------------------------------------------

    def _prepare(self, now: float) -> float | None:
        """Volumes and the sandbox; when to look again, None when they are there."""
        if self.address and (self.sandbox_at or 0.0) <= now:
            return None
        if lack := missing_volume(self.pod, self.reader):
            text = f'MountVolume.SetUp failed for volume "{lack[0]}" : {lack[1]}'
            self.say("Warning", "FailedMount", text, "")
            return now + self.delays.mount_retry
        if self.sandbox_at is None:
            self.sandbox_at = now + self.delays.sandbox
        return self.sandbox_at if self.sandbox_at > now else now + 0.1

    @property
    def wants_address(self) -> bool:
        """Is the sandbox made, and its address still missing?"""
        return self.sandbox_at is not None and not self.address

    # -- the containers ----------------------------------------------------------------

    def _progress(self, now: float) -> None:
        for container in self.inits:
            if container.complete and container.kind == "init":
                continue
            self._drive(container, now)
            if container.kind == "init" or not container.running:
                return
        for container in [*self.mains, *self.ephemerals]:
            self._drive(container, now)

    def _drive(self, container: ContainerRun, now: float) -> None:
        if container.running:
            self._watch_over(container, now)
        elif container.ended:
            self._after_end(container, now)
        elif container.again is not None and container.again > now:
            pass
        else:
            self._start(container, now)

    def _watch_over(self, container: ContainerRun, now: float) -> None:
        if container.image != container.spec.get("image", ""):
            self._replace(container, now)
        elif container.ready_at is not None and container.ready_at <= now:
            container.ready, container.ready_at = container.kind != "ephemeral", None

    def _replace(self, container: ContainerRun, now: float) -> None:
        """Another image. The old program is shown until the new one runs, as a kubelet looks
        at its containers before it stops and starts any; but not where there is no image."""
        if container.begins is None:
            text = f"Container {container.name} definition changed, will be restarted"
            self.say("Normal", "Killing", text, container.field_path)
            if not (self.images.problem(container.spec) or self.images.refusal(_image(container))):
                container.begins = now + self._pull(container)
        if container.begins is None or container.begins <= now:
            container.end(now, 0)
            container.again = now
            self._start(container, now)

    def _restarts(self, container: ContainerRun) -> bool:
        policy = self.pod["spec"].get("restartPolicy", "Always")
        if container.kind == "ephemeral" or (container.kind == "init" and container.complete):
            return False
        if container.kind == "sidecar" or policy == "Always":
            return True
        return policy == "OnFailure" and not container.complete

    def _after_end(self, container: ContainerRun, now: float) -> None:
        if not self._restarts(container):
            return
        if container.again is None or container.again <= now:
            self._start(container, now)
            return
        if now < container.ended_at + self.delays.shown:
            return
        pod = f"{name_of(self.pod)}_{namespace_of(self.pod)}({self.uid})"
        pause = _go_duration(container.again - now)
        container.last = container.state
        container.wait(CRASHED, f"back-off {pause} restarting failed container={container.name}"
                                f" pod={pod}")  # fmt: skip
        text = f"Back-off restarting failed container {container.name} in pod {pod}"
        self.say("Warning", "BackOff", text, container.field_path)

    def _start(self, container: ContainerRun, now: float) -> None:
        if container.begins is None:
            if problem := self.images.problem(container.spec):
                self._cannot_pull(container, *problem)
                container.begins = None
                container.again = now + self.delays.mount_retry
                return
            if why := self.images.refusal(container.spec.get("image", "")):
                self._pull_refused(container, why, now)
                return
            container.begins = now + self._pull(container)
        if container.begins > now:
            return
        if lack := missing_env(container.spec, namespace_of(self.pod), self.reader):
            container.wait(CONFIG, lack)
            self.say("Warning", "Failed", f"Error: {lack}", container.field_path)
            container.begins = now + self.delays.mount_retry
            return
        container.start(now)
        path = container.field_path
        self.say("Normal", "Created", f"Created container: {container.name}", path)
        self.say("Normal", "Started", f"Started container {container.name}", path)
        self._watch_over(container, now)

    def _cannot_pull(self, container: ContainerRun, reason: str, message: str) -> None:
        container.wait(reason, message)
        kind = "InspectFailed" if reason == "InvalidImageName" else reason
        self.say("Warning", kind, message, container.field_path)
        self.say("Warning", "Failed", f"Error: {reason}", container.field_path)

    def _pull_refused(self, container: ContainerRun, why: str, now: float) -> None:
        """First the error is shown, then for a growing while that it is tried again later."""
        image, path = container.spec.get("image", ""), container.field_path
        if container.state.get("waiting", {}).get("reason") == PULL_FAILED:
            text = f'Back-off pulling image "{image}"'
            container.wait(PULL_LATER, f"{text}: {PULL_FAILED}: {why}")
            self.say("Normal", "BackOff", text, path)
            self.say("Warning", "Failed", f"Error: {PULL_LATER}", path)
            container.again = now + container.pull_pause
            return
        self.say("Normal", "Pulling", f'Pulling image "{image}"', path)
        self.say("Warning", "Failed", f'Failed to pull image "{image}": {why}', path)
        self.say("Warning", "Failed", f"Error: {PULL_FAILED}", path)
        container.wait(PULL_FAILED, why)
        container.pull_pause = min(max(container.pull_pause * 2, FIRST_BACKOFF), LAST_BACKOFF)
        container.again = now + self.delays.shown

    def _pull(self, container: ContainerRun) -> float:
        """The events of getting the image; the seconds that it takes."""
        image, path = container.spec.get("image", ""), container.field_path
        present = self.images.has(image)
        if present and container.spec.get("imagePullPolicy") != "Always":
            text = f'Container image "{image}" already present on machine'
            self.say("Normal", "Pulled", text, path)
            return self.delays.start
        self.say("Normal", "Pulling", f'Pulling image "{image}"', path)
        self.images.add(image)
        took = f"{max(round(self.delays.pull * 1000), 1)}ms"
        text = (
            f'Successfully pulled image "{image}" in {took} ({took} including waiting). '
            f"Image size: {image_size(image)} bytes."
        )
        self.say("Normal", "Pulled", text, path)
        return self.delays.pull + self.delays.start

    # -- the end -----------------------------------------------------------------------

    def _stop(self, now: float, at_once: bool = False) -> None:
        grace = self.pod["metadata"].get("deletionGracePeriodSeconds", 0)
        first, self.stopping = self.stopping is None, self.stopping or now
        for container in self.all:
            if not container.running:
                continue
            if first:
                text = f"Stopping container {container.name}"
                self.say("Normal", "Killing", text, container.field_path)
                after = 0.0 if at_once else stop_after(container, self.delays.stop)
                container.ends = min(container.ends or now + after, now + after)
            deadline = self.stopping + (0 if at_once else grace)
            if container.ends is None or container.ends >= deadline:
                container.ends, container.code = max(deadline, now), SIGKILL_CODE
            if container.ends <= now:
                container.end(now, container.code)

    def _settle(self) -> None:
        if self.phase in statuses.DONE:
            return
        policy = self.pod["spec"].get("restartPolicy", "Always")
        if self.reason == "DeadlineExceeded":
            self.phase = "Failed"
        elif is_going(self.pod) and self.stopped and self.address:
            self.phase = statuses.phase("Never", self.inits, self.mains)
        else:
            self.phase = statuses.phase(policy, self.inits, self.mains)

    def _next(self, now: float) -> float | None:
        if self.phase in statuses.DONE and not any(c.running for c in self.all):
            return None
        due = [c.ends for c in self.all if c.running and c.ends is not None]
        for container in self.all:
            waits = None if container.running else container.again
            shown = container.ended_at + self.delays.shown if container.ended else None
            planned = (container.ready_at, container.begins, waits, shown)
            due += [at for at in planned if at is not None and at > now]
        limit = self.pod["spec"].get("activeDeadlineSeconds")
        if limit is not None and self.phase not in statuses.DONE:
            due.append(self.started + limit)
        return min(due, default=None)

    # -- what the API shows ------------------------------------------------------------

    def status(self, host: str, now: float) -> Object:
        """Status of the pod, with what others have written kept."""
        going = not any(c.running for c in self.all) and self.phase in statuses.DONE
        sandbox = bool(self.address) and (self.sandbox_at or 0) <= now and not going
        at = datetime.fromtimestamp(now, UTC)
        keep = {k: v for k, v in (self.pod.get("status") or {}).items()
                if k in ("qosClass", "resize", "resourceClaimStatuses")}  # fmt: skip
        if self.rejected:
            return {**keep, "phase": self.phase, "reason": self.reason, "message": self.message,
                    "startTime": shown(self.started),
                    "observedGeneration": self.pod["metadata"].get("generation", 1)}  # fmt: skip
        found: Object = {
            **keep, "phase": self.phase, "startTime": shown(self.started), "hostIP": host,
            "hostIPs": [{"ip": host}],
            "observedGeneration": self.pod["metadata"].get("generation", 1),
            "conditions": statuses.conditions(
                self.pod, self.phase, sandbox, self.inits, self.mains, at),
            "containerStatuses": [c.status() for c in self.mains],
        }  # fmt: skip
        if self.reason:
            found |= {"reason": self.reason, "message": self.message}
        if self.address:
            found |= {"podIP": self.address, "podIPs": [{"ip": self.address}]}
        if self.inits:
            found["initContainerStatuses"] = [c.status() for c in self.inits]
        if self.ephemerals:
            found["ephemeralContainerStatuses"] = [c.status() for c in self.ephemerals]
        return found


def _image(container: ContainerRun) -> str:
    image: str = container.spec.get("image", "")
    return image


def _go_duration(seconds: float) -> str:
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
