"""The probes of a container that runs: one task for each kind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from breakfix.embedded.kubelet import handlers
from breakfix.embedded.kubelet.container import ContainerRun
from breakfix.embedded.kubelet.delays import EARLY_PROBES, FIRST_PROBE
from breakfix.embedded.kubelet.handlers import HandlerError
from breakfix.embedded.kubelet.logs import Say
from breakfix.embedded.kubelet.requests import Caller
from breakfix.embedded.kubelet.timing import ended
from breakfix.embedded.objects import Object

Probe = Literal["startup", "liveness", "readiness"]
KINDS: tuple[Probe, ...] = ("startup", "liveness", "readiness")
RETRIES = 3  # of a probe that could not be carried out


class Probes:
    """Of one run of a container. `changed(urgent)`: what is known of it has changed; urgent
    where something must be done now."""

    def __init__(
        self, container: ContainerRun, address: str, caller: Caller, say: Say,
        changed: Callable[[bool], None],
    ) -> None:  # fmt: skip
        assert container.current is not None  # noqa: S101 - it was just started
        self._container, self._attempt = container, container.current
        self._address, self._caller, self._say, self._changed = address, caller, say, changed
        self._tasks: dict[Probe, asyncio.Task[None]] = {}
        self._started = asyncio.Event()

    def start(self) -> None:
        """Begin to look, and say what is known without looking."""
        spec = self._container.spec
        if not spec.get("startupProbe"):
            self._pass_startup()
        for kind in KINDS:
            if spec.get(f"{kind}Probe"):
                self._tasks[kind] = asyncio.create_task(self._watch(kind))

    def stop(self, *kinds: Probe) -> None:
        """No more of these kinds, or of all."""
        for kind in kinds or KINDS:
            if task := self._tasks.pop(kind, None):
                task.cancel()

    async def over(self) -> None:
        """Stop all, and wait for it."""
        tasks, self._tasks = list(self._tasks.values()), {}
        await ended(*tasks)

    def _pass_startup(self) -> None:
        self._container.started = True
        self._started.set()
        if not self._container.spec.get("readinessProbe"):
            self._container.ready = self._container.kind != "ephemeral"

    async def _watch(self, kind: Probe) -> None:
        spec: Object = self._container.spec[f"{kind}Probe"]
        if kind != "startup":
            await self._started.wait()
        since = self._caller.clock.now().timestamp() - self._attempt.begun
        delay = float(spec.get("initialDelaySeconds") or 0) - since
        early = await self._early(kind, spec, delay)
        last: bool | None = None
        count = 0
        while True:
            begun = self._caller.clock.monotonic()
            found = early or await self._try(kind, spec)
            early = False
            if found is not None:
                count = count + 1 if found is last else 1
                last = found
                limit = spec.get("successThreshold" if found else "failureThreshold")
                if count >= int(limit or (1 if found else 3)) and self._settle(kind, found):
                    return
            took = self._caller.clock.monotonic() - begun
            period = float(spec.get("periodSeconds") or 10)
            await self._caller.clock.sleep(max(period - took, 0.001))

    async def _early(self, kind: Probe, spec: Object, delay: float) -> bool:
        """Wait for the first look. A server that has begun sooner is seen sooner, as by a real
        kubelet, which also looks when a container has just started; nothing is said of one
        that has not."""
        clock = self._caller.clock
        until = clock.monotonic() + max(delay, FIRST_PROBE)
        if kind != "liveness" and delay <= 0 and "exec" not in spec:
            for pause in EARLY_PROBES:
                await clock.sleep(pause)
                left = until - clock.monotonic()
                if left > 0 and await self._succeeds(spec | {"timeoutSeconds": left}):
                    return True
        await clock.sleep(max(until - clock.monotonic(), 0))
        return False

    async def _succeeds(self, spec: Object) -> bool:
        try:
            found = await handlers.probe(spec, self._attempt, self._address, self._caller)
        except HandlerError:
            return False
        return found.ok and not found.warning

    async def _try(self, kind: Probe, spec: Object) -> bool | None:
        """One look; None where it could not be carried out."""
        name, path = kind.capitalize(), self._container.field_path
        for attempt in range(RETRIES):
            try:
                found = await handlers.probe(spec, self._attempt, self._address, self._caller)
                break
            except HandlerError as error:
                if not self._attempt.alive:
                    return None
                if attempt == RETRIES - 1:
                    text = f"{name} probe errored and resulted in unknown state: {error}"
                    self._say("Warning", "Unhealthy", text, path)
                    return None
        if not self._attempt.alive:
            return None
        if found.warning:
            self._say("Warning", "ProbeWarning", f"{name} probe warning: {found.output}", path)
        elif not found.ok:
            self._say("Warning", "Unhealthy", f"{name} probe failed: {found.output}", path)
        return found.ok

    def _settle(self, kind: Probe, ok: bool) -> bool:
        """Take over a result; is this probe over?"""
        container = self._container
        if container.current is not self._attempt or not self._attempt.alive:
            return True
        if kind == "readiness":
            if container.ready != ok:
                container.ready = ok
                self._changed(False)
            return False
        if not ok:
            container.failed_probe = kind
            self._changed(True)
            return True
        if kind == "startup":
            self._pass_startup()
            self._changed(True)
            return True
        return False
