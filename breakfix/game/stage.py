"""One scenario on one cluster: base, baseline, fault, symptom gate, verify, restore.

The stage changes the cluster and keeps no record; rounds (with history, clock and score)
and proofs (with repairs tried one after the other) both stand on it.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from breakfix.actions import changes
from breakfix.actions.runner import carry_out
from breakfix.checks.context import CheckContext, in_namespace
from breakfix.checks.result import CheckResult
from breakfix.checks.runner import ask, ask_all
from breakfix.clock import Clock
from breakfix.clusters import snapshot as snapshots
from breakfix.clusters.api import KubeApi
from breakfix.clusters.base import Object
from breakfix.clusters.pace import Pace
from breakfix.clusters.snapshot import Snapshot
from breakfix.clusters.workloads import unfinished
from breakfix.errors import SetUpError
from breakfix.game.model import VerifyUpdate
from breakfix.game.symptom import Gate, until_seen
from breakfix.game.verifying import Questions, Verifying
from breakfix.scenario import manifests, variants
from breakfix.scenario.checks_spec import Check
from breakfix.scenario.loading import LoadedScenario
from breakfix.scenario.steps_spec import Step

BASELINE_TIMEOUT = 120.0


class Stage:
    """A scenario, rendered for a seed and a cluster, on that cluster."""

    def __init__(
        self, api: KubeApi, loaded: LoadedScenario, seed: str, facts: Mapping[str, str],
        clock: Clock, tools_image: str = "busybox:1.36",
    ) -> None:  # fmt: skip
        self.api = api
        self.clock = clock
        self._hidden = 0.0  # s from the fault until its symptom was seen, the last time
        self.loaded = loaded
        self.scenario = variants.render(loaded, seed, facts)
        self.spec = self.scenario.spec
        source = variants.source(loaded, seed, facts)
        self._source = source
        self.context = CheckContext(
            api, self.spec.namespace, lambda what: manifests.applied(source, what), tools_image,
            clock=clock,
        )  # fmt: skip

    def at(self, clock: Clock) -> Stage:
        """The same stage by another clock."""
        found = copy.copy(self)
        found.clock, found.context = clock, replace(self.context, clock=clock)
        return found

    # -- base -------------------------------------------------------------------------

    def base_objects(self) -> tuple[Object, ...]:
        """The objects of the base, in the order to apply them."""
        return manifests.objects(self._source, self.spec.base)

    async def apply_base(self) -> None:
        """Make the base; returns when the API server has it, not when it is ready."""
        for item in self.base_objects():
            placed = await in_namespace(item, self.context)
            await self.api.apply(changes.as_kubectl_applies(placed))

    def namespaces(self) -> set[str]:
        """The namespaces that the base uses."""
        named = {o["metadata"].get("namespace") for o in self.base_objects()}
        return {n for n in named if n} | {self.spec.namespace}

    async def baseline(self) -> tuple[CheckResult, ...]:
        """Wait until all is healthy. Raises SetUpError with what is not."""
        deadline, pace = self.clock.monotonic() + BASELINE_TIMEOUT, Pace(longest=0.5)
        while True:
            moving = await unfinished(self.api, self.namespaces())
            results = () if moving else await self._ask(self.spec.baseline)
            if not moving and all(r.ok for r in results):
                return results
            if self.clock.monotonic() > deadline:
                raise SetUpError(
                    "the cluster does not become healthy before anything is broken: "
                    + "; ".join([*moving, *(f"{r.name}: {r.seen}" for r in results if not r.ok)]),
                    "Look at it with `kubectl get pods -A`; `breakfix round end` restores it.",
                )
            await self.clock.sleep(pace.after([*moving, *(r.ok for r in results)]))

    def remember(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """Tell the checks how the cluster was before and after the fault."""
        self.context = self.context.knowing(before, after)

    # -- fault ------------------------------------------------------------------------

    async def inject(self) -> None:
        """Break it. Raises StepError."""
        await self.forget_events()
        await carry_out(self.spec.fault, self.context)

    async def forget_events(self) -> None:
        """Events of before would tell of earlier rounds: the fault's alone are evidence."""
        events = await self.api.resource("Event", "v1")
        await asyncio.gather(
            *(self.api.request("DELETE", events.path(n)) for n in self._namespaces_with_system())
        )

    def _namespaces_with_system(self) -> list[str]:
        return sorted(self.namespaces() | {"kube-system"})

    async def symptom(self) -> Gate:
        """Wait until the symptom is seen, twice in a row; the last look. Raises SetUpError if
        it is not. The next time it is looked for when it was seen this time."""
        fault = self.clock.monotonic()
        first, last = await until_seen(self._gate, self.clock, self._hidden)
        self._hidden = first.began - fault
        return last

    async def _gate(self) -> Gate:
        began = self.clock.monotonic()
        symptom = self.spec.symptom
        failing, passing = (self._named(n) for n in (symptom.failing, symptom.passing))
        look = self.context.one_look()
        proofs = [ask(f"evidence: {e.check_kind}", e, look) for e in symptom.evidence]
        wrong, right, seen = await asyncio.gather(
            ask_all(failing, look), ask_all(passing, look), asyncio.gather(*proofs)
        )
        judged = [(r, not r.ok) for r in wrong] + [(r, r.ok) for r in (*right, *seen)]
        return Gate(tuple(judged), began)

    # -- verify -----------------------------------------------------------------------

    async def verify(
        self, watch: Callable[[VerifyUpdate], None], patience: float | None = None, *,
        watched: bool = True,
    ) -> VerifyUpdate:  # fmt: skip
        """Ask all checks and guards until they hold together for the settle time, or
        until patience (s) is out. Every look is shown to `watch`; see Verifying."""
        asked = self.spec.verify
        patience = asked.patience if patience is None else patience
        questions = Questions(self.spec.checks, self.spec.guards, asked.settle, patience)
        return await Verifying(self._ask, questions, self.clock, watched=watched).run(watch)

    async def repair(self, steps: Sequence[Step]) -> None:
        """Carry out the steps of a fix or a cheat."""
        await carry_out(steps, self.context)

    async def snapshot(self) -> Snapshot:
        """The cluster now."""
        self.api.forget_resources()
        return await snapshots.take(self.api)

    # -- names ------------------------------------------------------------------------

    async def _ask(self, checks: Sequence[Check]) -> tuple[CheckResult, ...]:
        return await ask_all([self._resolved(c) for c in checks], self.context)

    def _resolved(self, check: Check) -> Check:
        return self._named((check.use,))[0] if check.use else check

    def _named(self, names: Sequence[str]) -> list[Check]:
        known = {
            check.name: check
            for check in (*self.spec.baseline, *self.spec.checks, *self.spec.guards)
            if check.name
        }
        return [known[name] for name in names]
