"""The containers of one pod: started, and killed when they must be."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.kubelet.container import Attempt, ContainerRun
from breakfix.embedded.kubelet.images import StartError
from breakfix.embedded.kubelet.killing import Killer, grace_of
from breakfix.embedded.kubelet.logs import Say
from breakfix.embedded.kubelet.node import Node
from breakfix.embedded.kubelet.preparing import Preparing
from breakfix.embedded.kubelet.starting import Starter
from breakfix.embedded.kubelet.status import PodState
from breakfix.embedded.kubelet.unwanted import why_unwanted
from breakfix.embedded.kubelet.watching import Watching
from breakfix.embedded.kubelet.words import duration, pod_text
from breakfix.embedded.objects import Object

CRASHED = "CrashLoopBackOff"


class Containers:
    """`changed`: what the API shows has changed; `wake`: something is to be done."""

    def __init__(
        self, pod: Object, node: Node, state: PodState, preparing: Preparing, say: Say,
        changed: Callable[[], None], wake: Callable[[], None],
    ) -> None:  # fmt: skip
        self.pod, self.node, self.state, self.preparing = pod, node, state, preparing
        self.say, self._changed = say, changed
        self.watching = Watching(node, state, say, changed, wake)

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
        self.watching.let_end()
        await self.killer().kill_all(self.state.all, grace)
        for container in self.state.all:
            await self.watching.over(container)
        await self.watching.stop_probing()

    async def kill_unwanted(self) -> None:
        """Those that run and may not go on."""
        for container in [*self.state.inits, *self.state.mains]:
            if not container.running:
                continue
            message, probe = why_unwanted(container, self.policy, not self._others(container))
            if message:
                await self._kill(container, message, probe)

    async def _kill(self, container: ContainerRun, message: str, probe: str) -> None:
        self.watching.stop_probes(container)
        container.forced = not probe
        if container.forced and container.current is not None:
            before = container.status(self.policy, going=False)
            container.exchanged = (container.current, before)
        await self.killer().kill(container, grace_of(self.pod, container, probe), message)
        await self.watching.over(container)

    def _others(self, container: ContainerRun) -> bool:
        """Does another one go on?"""
        return any(c.running and not c.failed_probe for c in self.state.all if c is not container)

    def killer(self) -> Killer:
        """Who ends them."""
        return Killer(self.node.caller, self.state.address, self.say)

    # -- starting ----------------------------------------------------------------------

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
        starter = self._starter()
        try:
            attempt = await starter.start(container)
        except StartError as error:
            return self._failed(container, error)
        container.begin(attempt)
        container.applied, container.resizes = container.allocated, False
        if not attempt.alive:
            container.why = ("RunContainerError", attempt.message)
            self._changed()
            return self.node.delays.shown
        self.watching.begin(container, attempt)
        if refused := await starter.post_start(container, attempt):
            await self._refuse(container, attempt, refused)
            return None
        container.why = None
        self.watching.probe(container)
        self.watching.show(container, attempt, self.policy)
        return None

    async def _refuse(self, container: ContainerRun, attempt: Attempt, why: StartError) -> None:
        """Its postStart hook has failed."""
        await self.killer().kill(container, grace_of(self.pod), "FailedPostStartHook")
        await self.watching.over(container)
        attempt.is_shown = True
        container.why = (why.reason, why.message)
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


def _is_config(error: StartError) -> bool:
    return error.reason in ("CreateContainerConfigError", "CreateContainerError")
