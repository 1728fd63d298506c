"""What becomes of the containers of a pod that run: their probes, their ends, and when
the kubelet sees them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from breakfix.embedded.kubelet.container import KILLED, Attempt, ContainerRun
from breakfix.embedded.kubelet.ending import record
from breakfix.embedded.kubelet.logs import Say
from breakfix.embedded.kubelet.node import Node
from breakfix.embedded.kubelet.probes import Probes
from breakfix.embedded.kubelet.status import PodState

log = logging.getLogger("breakfix.embedded")


class Watching:
    """`changed`: what the API shows has changed; `wake`: something is to be done."""

    def __init__(
        self, node: Node, state: PodState, say: Say,
        changed: Callable[[], None], wake: Callable[[], None],
    ) -> None:  # fmt: skip
        self._node, self._state, self._say = node, state, say
        self._changed, self._wake = changed, wake
        self._probes: dict[str, Probes] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._lookers: dict[str, asyncio.Task[None]] = {}

    # -- ends --------------------------------------------------------------------------

    def begin(self, container: ContainerRun, attempt: Attempt) -> None:
        """Watch a run until it has ended."""
        self._watchers[container.name] = asyncio.create_task(self._watch(container, attempt))

    async def over(self, container: ContainerRun) -> None:
        """Until the end of a container has been taken down."""
        if task := self._watchers.get(container.name):
            await asyncio.shield(task)

    async def _watch(self, container: ContainerRun, attempt: Attempt) -> None:
        record(attempt, await self._code(attempt), self._node.now())
        if looker := self._lookers.pop(container.name, None):
            looker.cancel()
            if container.exchanged is not None:  # nobody has seen yet that there is another one
                await self._next_look(attempt)
            attempt.is_shown = True
        if container.current is attempt:
            # one that is only exchanged is shown as it was until the next one is there
            container.ready = container.started = container.forced and container.ready
            self.stop_probes(container)
        if not container.forced:  # else the next one is there before anybody looks
            self._changed()
        self._wake()

    async def _code(self, attempt: Attempt) -> int:
        """Its exit code, once it has ended."""
        assert attempt.running is not None  # noqa: S101 - it was started
        try:
            return await attempt.running.wait()
        except Exception:
            log.exception("container %s", attempt.id)
            return KILLED

    # -- looks -------------------------------------------------------------------------

    def show(self, container: ContainerRun, attempt: Attempt, policy: str) -> None:
        """A program that may end by itself is seen with the next look, and so is another
        image's."""
        plain = policy == "Always" and container.exchanged is None
        attempt.is_shown = plain or not attempt.alive
        if not attempt.is_shown:
            self._lookers[container.name] = asyncio.create_task(self._look(attempt))
        self._changed()

    async def _look(self, attempt: Attempt) -> None:
        await self._next_look(attempt)
        if not attempt.is_shown:
            attempt.is_shown = True
            self._changed()

    async def _next_look(self, attempt: Attempt) -> None:
        """The first after its start."""
        left = attempt.begun + self._node.delays.looks - self._node.now()
        await self._node.client.clock.sleep(max(left, 0))

    # -- probes ------------------------------------------------------------------------

    def probe(self, container: ContainerRun) -> None:
        """Begin its probes."""
        if container.current is None or not container.current.alive:
            return
        self.stop_probes(container)
        probes = Probes(
            container, self._state.address, self._node.caller, self._say, self._probed
        )  # fmt: skip
        self._probes[container.name] = probes
        probes.start()

    def _probed(self, urgent: bool) -> None:
        self._changed()
        if urgent:
            self._wake()

    def stop_probes(self, container: ContainerRun) -> None:
        """No more probes of one."""
        if probes := self._probes.pop(container.name, None):
            probes.stop()

    def let_end(self) -> None:
        """They are all to end: only readiness is still asked for."""
        for probes in self._probes.values():
            probes.stop("startup", "liveness")

    async def stop_probing(self) -> None:
        """No more probes."""
        for probes in list(self._probes.values()):
            await probes.over()
        self._probes.clear()
