"""One pod on a node: the loop that brings it to what its spec says, and its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from breakfix.embedded.kubelet.container import Attempt, ContainerRun, Kind
from breakfix.embedded.kubelet.ending import record
from breakfix.embedded.kubelet.images import StartError
from breakfix.embedded.kubelet.killing import Killer, grace_of
from breakfix.embedded.kubelet.node import Node
from breakfix.embedded.kubelet.preparing import Preparing
from breakfix.embedded.kubelet.probes import Probes
from breakfix.embedded.kubelet.starting import Starter
from breakfix.embedded.kubelet.status import PodState
from breakfix.embedded.kubelet.timing import ended
from breakfix.embedded.kubelet.words import duration, pod_text
from breakfix.embedded.objects import Object, is_going, name_of, namespace_of

log = logging.getLogger("breakfix.embedded")
TOO_LONG = "Pod was active on the node longer than the specified deadline"
CRASHED = "CrashLoopBackOff"


def _kind(spec: Object) -> Kind:
    return "sidecar" if spec.get("restartPolicy") == "Always" else "init"


def _containers(specs: Sequence[Object] | None, kind: Kind, reason: str) -> list[ContainerRun]:
    return [ContainerRun(s, kind, reason) for s in specs or []]


class PodWorker:
    """`changed` is called when its status may have; `over` once nothing of it runs any more."""

    def __init__(
        self, pod: Object, node: Node, changed: Callable[[], None], over: Callable[[], None]
    ) -> None:
        self.pod, self.node = pod, node
        self.uid: str = pod["metadata"]["uid"]
        self.key = namespace_of(pod), name_of(pod)
        self._changed, self._over = changed, over
        inits = pod["spec"].get("initContainers")
        reason = "PodInitializing" if inits else "ContainerCreating"
        self.state = PodState(node.now(), node.address)
        self.state.inits = [ContainerRun(s, _kind(s), reason) for s in inits or []]
        self.state.mains = _containers(pod["spec"]["containers"], "main", reason)
        self.say = partial(self._say)
        self.preparing = Preparing(pod, node)
        self._probes: dict[str, Probes] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self._grace: float | None = None  # that the present termination was begun with
        self.finished = False
        self.is_old = False  # it had ended before this kubelet was there
        self.see(pod)

    def _say(self, type: str, reason: str, message: str, path: str) -> None:
        self.node.say(self.pod, type, reason, message, path)

    # -- from outside ------------------------------------------------------------------

    def see(self, pod: Object) -> None:
        """The pod's object, as it is now."""
        self.pod = pod
        self.preparing.volumes.pod = pod
        spec, known = pod["spec"], {c.name: c for c in self.state.all}
        for item in [*(spec.get("initContainers") or []), *spec["containers"]]:
            if item["name"] in known:
                known[item["name"]].spec = item
        for item in spec.get("ephemeralContainers") or []:
            if item["name"] not in known:
                self.state.ephemerals.append(ContainerRun(item, "ephemeral"))

    def start(self) -> None:
        """Begin, or go on after `pause`."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._guarded())
        for container in self.state.all:
            if container.running:
                self._probe(container)

    async def pause(self) -> None:
        """The kubelet stops: programs go on, nobody looks after them."""
        tasks = [self._task, self._refreshing]
        self._task = self._refreshing = None
        await ended(*tasks)
        for probes in self._probes.values():
            await probes.over()
        self._probes.clear()

    def wake(self) -> None:
        """Something is to be done."""
        self._wake.set()

    def end(self, grace: float | None = None) -> None:
        """It is to go, or to stop: begin its termination, or hasten it."""
        grace = grace_of(self.pod) if grace is None else grace
        if self.finished or (self._grace is not None and grace >= self._grace):
            return
        self._grace = grace
        before, self._task = self._task, None
        self._task = asyncio.create_task(self._terminate(before, grace))

    def reject(self, reason: str, message: str) -> None:
        """It cannot be here: it fails without having started."""
        self.state.reason, self.state.message = reason, f"Pod was rejected: {message}"
        self.state.failed = self.state.rejected = self.finished = True
        self._changed()

    def container(self, name: str) -> ContainerRun | None:
        """One of its containers."""
        return next((c for c in self.state.all if c.name == name), None)

    # -- the loop ----------------------------------------------------------------------

    async def _guarded(self) -> None:
        self._refreshing = asyncio.create_task(self._refresh())
        self._changed()
        while True:
            self._wake.clear()
            try:
                due = await self._turn()
            except Exception:
                log.exception("pod %s", self.key)
                due = self.node.delays.resync
            if self.state.over:
                self.end()
                return
            await self._rest(due)

    async def _rest(self, due: float | None) -> None:
        """Until it is woken, or for so many seconds."""
        if due is None:
            await self._wake.wait()
            return
        timer = asyncio.ensure_future(self.node.client.clock.sleep(max(due, 0.001)))
        waker = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait((timer, waker), return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            waker.cancel()

    async def _turn(self) -> float | None:
        """Do what is to be done now; the seconds until the next turn at the latest."""
        if self._expired():
            return None
        due = [await self._work()]
        limit = self.pod["spec"].get("activeDeadlineSeconds")
        if limit is not None:
            due.append(self.state.begun + limit - self.node.now())
        self.state.over = self.state.over or self._is_done()
        self._changed()
        return min((d for d in due if d is not None), default=None)

    def _expired(self) -> bool:
        limit = self.pod["spec"].get("activeDeadlineSeconds")
        if limit is None or self.node.now() < self.state.begun + limit:
            return False
        self.say("Normal", "DeadlineExceeded", TOO_LONG, "")
        self.state.reason, self.state.message = "DeadlineExceeded", TOO_LONG
        self.state.failed = self.state.over = True
        return True

    def _is_done(self) -> bool:
        """Has everything ended that is not started again?"""
        policy = self._policy
        inits = [c for c in self.state.inits if c.kind == "init"]
        if policy == "Never" and any(c.ended and not c.complete for c in inits):
            return True
        return all(c.ended and not c.restarts_on_end(policy) for c in self.state.mains)

    @property
    def _policy(self) -> str:
        policy: str = self.pod["spec"].get("restartPolicy", "Always")
        return policy

    async def _work(self) -> float | None:
        wait = await self.preparing.step(self.pod, self.state.address)
        if wait is not None or self.preparing.sandbox is None:
            return wait
        if not self.state.sandbox:
            self.state.sandbox, self.state.address = True, self.preparing.sandbox.address
            self._changed()
        await self._kill_unwanted()
        due = [await self._start(c) for c in self.state.ephemerals if c.current is None]
        if not await self._initialize(due):
            return _soonest(due)
        for container in self.state.mains:
            if self._is_due(container):
                due.append(await self._start(container))
        return _soonest(due)

    def _is_due(self, container: ContainerRun) -> bool:
        if container.running:
            return False
        return container.current is None or container.restarts_on_end(self._policy)

    async def _initialize(self, due: list[float | None]) -> bool:
        """Init containers and sidecars in order; may the others start?"""
        begun = any(c.current is not None for c in self.state.mains)
        for container in self.state.inits:
            if container.kind == "init" and (container.complete or begun):
                continue
            if self._is_due(container):
                due.append(await self._start(container))
            if not begun and not (container.kind == "sidecar" and container.started):
                return False
        return True

    async def _kill_unwanted(self) -> None:
        for container in [*self.state.inits, *self.state.mains]:
            if not container.running:
                continue
            message, probe = self._unwanted(container)
            if message:
                self._stop_probes(container)
                grace = grace_of(self.pod, container, probe)
                await self._killer().kill(container, grace, message)
                await self._watched(container)

    def _unwanted(self, container: ContainerRun) -> tuple[str, str]:
        """Why a container that runs is to be killed, and by which probe."""
        assert container.current is not None  # noqa: S101 - it runs
        kind = "Init container" if container.kind != "main" else "Container"
        again = ", will be restarted" if self._policy != "Never" or kind != "Container" else ""
        if container.spec.get("image") != container.current.spec.get("image"):
            return f"{kind} {container.name} definition changed, will be restarted", ""
        if probe := container.failed_probe:
            return f"{kind} {container.name} failed {probe} probe{again}", probe
        return "", ""

    # -- containers --------------------------------------------------------------------

    def _killer(self) -> Killer:
        return Killer(self.node.caller, self.state.address, self.say)

    def _starter(self) -> Starter:
        assert self.preparing.sandbox is not None  # noqa: S101 - it comes first
        node = self.node
        return Starter(
            self.pod, node.client, node.runtime, node.images, self.preparing.volumes,
            self.preparing.sandbox, node.caller, node.delays, self.say, self.container,
        )  # fmt: skip

    async def _start(self, container: ContainerRun) -> float | None:
        """Start it, unless it has to wait; the seconds until the next try."""
        wait = self._backs_off(container)
        if wait is not None:
            return wait
        try:
            starter = self._starter()
            attempt = await starter.start(container)
        except StartError as error:
            return self._failed(container, error)
        container.begin(attempt)
        if not attempt.alive:
            container.why = ("RunContainerError", attempt.message)
            self._changed()
            return self.node.delays.shown
        self._watchers[container.name] = asyncio.create_task(self._watch(container, attempt))
        if refused := await starter.post_start(container, attempt):
            await self._killer().kill(container, grace_of(self.pod), "FailedPostStartHook")
            await self._watched(container)
            attempt.is_shown = True
            container.why = (refused.reason, refused.message)
            self._changed()
            return None
        attempt.is_shown, container.why = True, None
        self._probe(container)
        self._changed()
        return None

    def _failed(self, container: ContainerRun, error: StartError) -> float:
        text = error.message if error.again is None and _is_config(error) else error.reason
        self.say("Warning", "Failed", f"Error: {text}", container.field_path)
        container.why = (error.reason, error.message)
        self._changed()
        now, resync = self.node.now(), self.node.delays.resync
        return resync if error.again is None else min(max(error.again - now, 0.001), resync)

    def _backs_off(self, container: ContainerRun) -> float | None:
        """The seconds that a container has to wait that has ended; None for none."""
        attempt = container.ended
        if attempt is None or attempt.ended is None:
            return None
        key, now = f"{self.uid}_{container.name}_{container.spec.get('image')}", self.node.now()
        until = self.node.backoff.until(key, attempt.ended)
        if until <= now:
            self.node.backoff.next(key, attempt.ended, now)
            return None
        shown = attempt.ended + self.node.delays.shown
        if now < shown and container.why is None:
            return min(shown, until) - now
        text = f"Back-off restarting failed container {container.name} in pod {pod_text(self.pod)}"
        self.say("Warning", "BackOff", text, container.field_path)
        pause = duration(self.node.backoff.pause(key))
        container.why = (CRASHED, f"back-off {pause} restarting failed container={container.name}"
                                  f" pod={pod_text(self.pod)}")  # fmt: skip
        self._changed()
        return min(until - now, self.node.delays.resync)

    async def _watch(self, container: ContainerRun, attempt: Attempt) -> None:
        """Until it has ended."""
        assert attempt.running is not None  # noqa: S101 - it was started
        try:
            code = await attempt.running.wait()
        except Exception:
            log.exception("container %s of %s", container.name, self.key)
            code = 137
        record(attempt, code, self.node.now())
        if container.current is attempt:
            container.ready = container.started = False
            self._stop_probes(container)
        self._changed()
        self.wake()

    async def _watched(self, container: ContainerRun) -> None:
        """Until the end of a container has been taken down."""
        if task := self._watchers.get(container.name):
            await asyncio.shield(task)

    def _probe(self, container: ContainerRun) -> None:
        if container.current is None or not container.current.alive:
            return
        self._stop_probes(container)
        probes = Probes(
            container, self.state.address, self.node.caller, self.say, self._probed
        )  # fmt: skip
        self._probes[container.name] = probes
        probes.start()

    def _probed(self, urgent: bool) -> None:
        self._changed()
        if urgent:
            self.wake()

    def _stop_probes(self, container: ContainerRun) -> None:
        if probes := self._probes.pop(container.name, None):
            probes.stop()

    async def _refresh(self) -> None:
        """Mounted ConfigMaps and the like follow what they show, a while later."""
        while True:
            await self.node.client.clock.sleep(self.node.delays.refresh)
            await self.preparing.volumes.refresh()

    # -- the end -----------------------------------------------------------------------

    async def _terminate(self, before: asyncio.Task[None] | None, grace: float) -> None:
        """Stop everything; then nothing of it is left on the node."""
        await ended(before, self._refreshing)
        self.state.over = True
        for probes in self._probes.values():
            probes.stop("startup", "liveness")
        self._changed()
        await self._killer().kill_all(self.state.all, grace)
        for container in self.state.all:
            await self._watched(container)
        for probes in self._probes.values():
            await probes.over()
        for container in self.state.all:
            if container.current is not None:
                container.current.is_shown = True
        self._probes.clear()
        self.preparing.close()
        self.state.sandbox = False
        self.finished = True
        self.node.give_back(self.state.address)
        self._over()

    @property
    def is_going(self) -> bool:
        """Has its deletion been asked for?"""
        return is_going(self.pod)


def _soonest(due: list[float | None]) -> float | None:
    return min((d for d in due if d is not None), default=None)


def _is_config(error: StartError) -> bool:
    return error.reason in ("CreateContainerConfigError", "CreateContainerError")
