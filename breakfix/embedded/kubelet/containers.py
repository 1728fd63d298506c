"""The containers of one pod: started, watched, probed, and killed when they must be."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from breakfix.embedded.kubelet.container import Attempt, ContainerRun
from breakfix.embedded.kubelet.ending import record
from breakfix.embedded.kubelet.images import StartError
from breakfix.embedded.kubelet.killing import Killer, grace_of
from breakfix.embedded.kubelet.logs import Say
from breakfix.embedded.kubelet.node import Node
from breakfix.embedded.kubelet.preparing import Preparing
from breakfix.embedded.kubelet.probes import Probes
from breakfix.embedded.kubelet.starting import Starter
from breakfix.embedded.kubelet.status import PodState
from breakfix.embedded.kubelet.words import duration, pod_text
from breakfix.embedded.objects import Object, name_of

log = logging.getLogger("breakfix.embedded")
CRASHED = "CrashLoopBackOff"
KILLED = 137


class Containers:
    """`changed`: what the API shows has changed; `wake`: something is to be done."""

    def __init__(
        self, pod: Object, node: Node, state: PodState, preparing: Preparing, say: Say,
        changed: Callable[[], None], wake: Callable[[], None],
    ) -> None:  # fmt: skip
        self.pod, self.node, self.state, self.preparing = pod, node, state, preparing
        self.say, self._changed, self._wake = say, changed, wake
        self._probes: dict[str, Probes] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._lookers: dict[str, asyncio.Task[None]] = {}

    def named(self, name: str) -> ContainerRun | None:
        """One of them."""
        return next((c for c in self.state.all if c.name == name), None)

    @property
    def policy(self) -> str:
        """RestartPolicy of the pod."""
        policy: str = self.pod["spec"].get("restartPolicy", "Always")
        return policy

    def is_due(self, container: ContainerRun) -> bool:
        """Is it to be started, now or after a pause?"""
        if container.running:
            return False
        return (
            container.current is None or container.forced or container.restarts_on_end(self.policy)
        )

    async def stop_all(self, grace: float) -> None:
        """To the end of all of them."""
        for probes in self._probes.values():
            probes.stop("startup", "liveness")
        await self.killer().kill_all(self.state.all, grace)
        for container in self.state.all:
            await self.watched(container)
        await self.stop_probing()

    async def stop_probing(self) -> None:
        """No more probes."""
        for probes in list(self._probes.values()):
            await probes.over()
        self._probes.clear()

    async def kill_unwanted(self) -> None:
        for container in [*self.state.inits, *self.state.mains]:
            if not container.running:
                continue
            message, probe = self._unwanted(container)
            if message:
                self._stop_probes(container)
                grace = grace_of(self.pod, container, probe)
                container.forced = not probe
                if container.forced and container.current is not None:
                    before = container.status(self.policy, going=False)
                    container.exchanged = (container.current, before)
                await self.killer().kill(container, grace, message)
                await self.watched(container)

    def _unwanted(self, container: ContainerRun) -> tuple[str, str]:
        """Why a container that runs is to be killed, and by which probe."""
        assert container.current is not None  # noqa: S101 - it runs
        kind = "Init container" if container.kind != "main" else "Container"
        again = ", will be restarted" if self.policy != "Never" or kind != "Container" else ""
        if container.spec.get("image") != container.current.spec.get("image"):
            return f"{kind} {container.name} definition changed, will be restarted", ""
        if container.resizes:
            return f"Container {container.name} resize requires restart", ""
        if probe := container.failed_probe:
            if self.policy == "Never" and not self._others(container):  # the pod itself ends
                return f"Stopping container {container.name}", probe
            return f"{kind} {container.name} failed {probe} probe{again}", probe
        return "", ""

    def _others(self, container: ContainerRun) -> bool:
        """Does another one go on?"""
        return any(c.running and not c.failed_probe for c in self.state.all if c is not container)

    # -- starting ----------------------------------------------------------------------

    def killer(self) -> Killer:
        return Killer(self.node.caller, self.state.address, self.say)

    def _starter(self) -> Starter:
        assert self.preparing.sandbox is not None  # noqa: S101 - it comes first
        node = self.node
        return Starter(
            self.pod, node.client, node.runtime, node.images, self.preparing.volumes,
            self.preparing.sandbox, node.caller, node.delays, self.say, self.named,
        )  # fmt: skip

    async def start(self, container: ContainerRun) -> float | None:
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
        container.applied, container.resizes = container.allocated, False
        if not attempt.alive:
            container.why = ("RunContainerError", attempt.message)
            self._changed()
            return self.node.delays.shown
        self._watchers[container.name] = asyncio.create_task(self._watch(container, attempt))
        if refused := await starter.post_start(container, attempt):
            await self.killer().kill(container, grace_of(self.pod), "FailedPostStartHook")
            await self.watched(container)
            attempt.is_shown = True
            container.why = (refused.reason, refused.message)
            self._changed()
            return None
        container.why = None
        self.probe(container)
        self._show(container, attempt)
        return None

    def _show(self, container: ContainerRun, attempt: Attempt) -> None:
        """A program that may end by itself is seen with the next look, and so is another
        image's."""
        plain = self.policy == "Always" and container.exchanged is None
        attempt.is_shown = plain or not attempt.alive
        if not attempt.is_shown:
            self._lookers[container.name] = asyncio.create_task(self._look(attempt))
        self._changed()

    async def _next_look(self, attempt: Attempt) -> None:
        """The first after its start."""
        left = attempt.begun + self.node.delays.looks - self.node.now()
        await self.node.client.clock.sleep(max(left, 0))

    async def _look(self, attempt: Attempt) -> None:
        await self._next_look(attempt)
        if not attempt.is_shown:
            attempt.is_shown = True
            self._changed()

    def _failed(self, container: ContainerRun, error: StartError) -> float:
        text = error.message if error.again is None and _is_config(error) else error.reason
        self.say("Warning", "Failed", f"Error: {text}", container.field_path)
        container.why = (error.reason, error.message)
        self._changed()
        now, resync = self.node.now(), self.node.delays.resync
        return resync if error.again is None else min(max(error.again - now, 0.001), resync)

    def _key(self, container: ContainerRun) -> str:
        """Another image begins with the first pause again."""
        uid, image = self.pod["metadata"]["uid"], container.spec.get("image")
        return f"{uid}_{container.name}_{image}"

    def _backs_off(self, container: ContainerRun) -> float | None:
        """The seconds that a container has to wait that has ended; None for none."""
        attempt = container.ended
        if attempt is None or attempt.ended is None:
            return None
        key, now = self._key(container), self.node.now()
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
            log.exception("container %s of %s", container.name, name_of(self.pod))
            code = KILLED
        record(attempt, code, self.node.now())
        if looker := self._lookers.pop(container.name, None):
            looker.cancel()
            if container.exchanged is not None:  # nobody has seen yet that there is another one
                await self._next_look(attempt)
            attempt.is_shown = True
        if container.current is attempt:
            # one that is only exchanged is shown as it was until the next one is there
            container.ready = container.started = container.forced and container.ready
            self._stop_probes(container)
        if not container.forced:  # else the next one is there before anybody looks
            self._changed()
        self._wake()

    async def watched(self, container: ContainerRun) -> None:
        """Until the end of a container has been taken down."""
        if task := self._watchers.get(container.name):
            await asyncio.shield(task)

    def probe(self, container: ContainerRun) -> None:
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
            self._wake()

    def _stop_probes(self, container: ContainerRun) -> None:
        if probes := self._probes.pop(container.name, None):
            probes.stop()


def _is_config(error: StartError) -> bool:
    return error.reason in ("CreateContainerConfigError", "CreateContainerError")
