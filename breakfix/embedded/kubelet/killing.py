"""Stopping containers: hooks, order, signals, patience."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from breakfix.embedded.clock import within
from breakfix.embedded.kubelet import handlers
from breakfix.embedded.kubelet.container import ContainerRun
from breakfix.embedded.kubelet.delays import MINIMUM_GRACE
from breakfix.embedded.kubelet.handlers import HandlerError
from breakfix.embedded.kubelet.logs import Say
from breakfix.embedded.kubelet.requests import Caller
from breakfix.embedded.objects import Object


def grace_of(pod: Object, container: ContainerRun | None = None, probe: str = "") -> float:
    """Seconds that a container is given to end."""
    deletion = pod["metadata"].get("deletionGracePeriodSeconds")
    if deletion is not None:
        return float(deletion)
    own = pod["spec"].get("terminationGracePeriodSeconds", 30)
    if container is not None and probe:
        spec = container.spec.get(f"{probe}Probe") or {}
        own = spec.get("terminationGracePeriodSeconds", own)
    return float(own if own is not None else 30)


@dataclass
class Order:
    """Sidecars end after the main containers, the last first."""

    before: dict[str, list[asyncio.Event]] = field(default_factory=dict)
    done: dict[str, asyncio.Event] = field(default_factory=dict)

    @classmethod
    def of(cls, containers: Sequence[ContainerRun]) -> Order:
        """For those that run."""
        found = cls(done={c.name: asyncio.Event() for c in containers})
        later: list[asyncio.Event] = []
        mains = [c for c in containers if c.kind != "sidecar"]
        later += [found.done[c.name] for c in mains]
        for container in reversed([c for c in containers if c.kind == "sidecar"]):
            found.before[container.name] = list(later)
            later.append(found.done[container.name])
        return found

    async def turn(self, name: str) -> None:
        """Until it is this one's turn."""
        for event in self.before.get(name, []):
            await event.wait()


@dataclass
class Killer:
    """Ends containers of one pod."""

    caller: Caller
    address: str
    say: Say

    async def kill(
        self, container: ContainerRun, grace: float, message: str = "", order: Order | None = None
    ) -> None:
        """To its end."""
        attempt = container.current
        if attempt is None or not attempt.alive or attempt.running is None:
            return
        text = message or f"Stopping container {container.name}"
        self.say("Normal", "Killing", text, container.field_path)
        clock = self.caller.clock
        begun = clock.monotonic()
        await self._pre_stop(container, grace)
        left = grace - int(clock.monotonic() - begun)
        if order is not None and left > 0:
            with contextlib.suppress(TimeoutError):
                await within(clock, left, order.turn(container.name))
            left = grace - int(clock.monotonic() - begun)
        if attempt.alive:
            await attempt.running.stop(max(left, MINIMUM_GRACE))
        if order is not None:
            order.done[container.name].set()

    async def _pre_stop(self, container: ContainerRun, grace: float) -> None:
        action = (container.spec.get("lifecycle") or {}).get("preStop")
        attempt = container.current
        if not action or grace <= 0 or attempt is None:
            return
        try:
            work = handlers.hook(action, attempt, self.address, self.caller)
            await within(self.caller.clock, grace, work)
        except TimeoutError:
            return
        except HandlerError:
            self.say("Warning", "FailedPreStopHook", "PreStopHook failed", container.field_path)

    async def kill_all(self, containers: Sequence[ContainerRun], grace: float) -> None:
        """All at once, sidecars behind the others."""
        running = [c for c in containers if c.running]
        order = Order.of(running) if any(c.kind == "sidecar" for c in running) else None
        async with asyncio.TaskGroup() as group:
            for container in running:
                group.create_task(self.kill(container, grace, order=order))
