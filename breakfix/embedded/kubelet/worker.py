"""One pod on a node: the loop that brings it to what its spec says, and its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from breakfix.embedded.kubelet.container import ContainerRun, Kind
from breakfix.embedded.kubelet.containers import Containers
from breakfix.embedded.kubelet.killing import grace_of
from breakfix.embedded.kubelet.node import Node
from breakfix.embedded.kubelet.preparing import Preparing
from breakfix.embedded.kubelet.resizing import Resizing
from breakfix.embedded.kubelet.status import PodState
from breakfix.embedded.kubelet.timing import ended
from breakfix.embedded.objects import Object, is_going, name_of, namespace_of

log = logging.getLogger("breakfix.embedded")
EVICTION_GRACE = 1.0  # seconds
TOO_LONG = "Pod was active on the node longer than the specified deadline"


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
        self.containers = Containers(
            pod, node, self.state, self.preparing, self.say, changed, self.wake
        )
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self._grace: float | None = None  # that the present termination was begun with
        self.resizing = Resizing(node, self.state, self.say)
        self.resizing.keep()
        self.finished = False
        self.is_old = False  # it had ended before this kubelet was there
        self.see(pod)

    def _say(self, type: str, reason: str, message: str, path: str) -> None:
        self.node.say(self.pod, type, reason, message, path)

    # -- from outside ------------------------------------------------------------------

    def see(self, pod: Object) -> None:
        """The pod's object, as it is now."""
        self.pod = self.containers.pod = self.preparing.volumes.pod = pod
        spec, known = pod["spec"], {c.name: c for c in self.state.all}
        for item in [*(spec.get("initContainers") or []), *spec["containers"]]:
            if item["name"] in known:
                known[item["name"]].spec = item
        for item in spec.get("ephemeralContainers") or []:
            if item["name"] not in known:
                self.state.ephemerals.append(ContainerRun(item, "ephemeral"))

    def start(self) -> None:
        """Begin, or go on after `pause`."""
        if self._grace is not None:
            grace, self._grace = self._grace, None
            self.end(grace)
            return
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._guarded())
        for container in self.state.all:
            if container.running:
                self.containers.watching.probe(container)

    async def pause(self) -> None:
        """The kubelet stops: programs go on, nobody looks after them."""
        tasks = [self._task, self._refreshing]
        self._task = self._refreshing = None
        await ended(*tasks)
        await self.containers.watching.stop_probing()

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

    def evict(self, message: str, disrupted: bool = False) -> None:
        """It has to leave the node: it fails, and its containers are removed at once.

        `disrupted`: for the node's sake, which is a condition of the pod.
        """
        if self.finished or self.state.over:
            return
        self.say("Warning", "Evicted", message, "")
        self.state.reason, self.state.message, self.state.failed = "Evicted", message, True
        self.state.disrupted = message if disrupted else ""
        for container in self.state.all:
            container.lost = container.running
        self.end(EVICTION_GRACE)

    def container(self, name: str) -> ContainerRun | None:
        """One of its containers."""
        return self.containers.named(name)

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
        self.resizing.step(self.pod)
        due = [await self._work()]
        self.resizing.apply()
        if self.resizing.waits:
            due.append(self.node.delays.resync)
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
        policy = self.containers.policy
        inits = [c for c in self.state.inits if c.kind == "init"]
        if policy == "Never" and any(c.ended and not c.complete for c in inits):
            return True
        return all(c.ended and not c.restarts_on_end(policy) for c in self.state.mains)

    async def _work(self) -> float | None:
        wait = await self.preparing.step(self.pod, self.state.address)
        if wait is not None or self.preparing.sandbox is None:
            return wait
        if not self.state.sandbox:
            self.state.sandbox, self.state.address = True, self.preparing.sandbox.address
            self._changed()
        await self.containers.kill_unwanted()
        due = [await self.containers.start(c) for c in self.state.ephemerals if c.current is None]
        if not await self._initialize(due):
            return _soonest(due)
        for container in filter(self.containers.is_due, self.state.mains):
            due += [await self.containers.start(container)]
        return _soonest(due)

    async def _initialize(self, due: list[float | None]) -> bool:
        """Init containers and sidecars in order; may the others start?"""
        begun = any(c.current is not None for c in self.state.mains)
        for container in self.state.inits:
            if container.kind == "init" and (container.complete or begun):
                continue
            if self.containers.is_due(container):
                due.append(await self.containers.start(container))
            if not begun and not (container.kind == "sidecar" and container.started):
                return False
        return True

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
        self._changed()
        await self.containers.stop_all(grace)
        for container in self.state.all:
            if container.current is not None:
                container.current.is_shown = True
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
