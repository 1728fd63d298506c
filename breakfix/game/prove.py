"""The proof of a scenario: baseline passes, broken fails, every fix passes, every cheat
fails, and nothing is left behind.

Between the cases the cluster is put back to the healthy base and broken again, so each
repair meets the same incident.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from breakfix.clusters.pace import Pace
from breakfix.clusters.restore import restore
from breakfix.clusters.snapshot import Difference, Snapshot
from breakfix.clusters.workloads import unfinished
from breakfix.errors import BreakfixError
from breakfix.game import keeping
from breakfix.game.model import VerifyUpdate
from breakfix.game.stage import Stage
from breakfix.scenario.spec import Case
from breakfix.store.history import History

Kind = Literal["baseline", "broken", "fix", "cheat", "restore"]
FIX_PATIENCE = 45.0
QUIET = 3.0
QUIET_TIMEOUT = 25.0


@dataclass(frozen=True)
class Verdict:
    """One line of a proof: what was tried, whether it went as it must, and in words what
    was seen. `seconds` is how long it took, with its preparation."""

    scenario: str
    kind: Kind
    name: str
    ok: bool
    seen: str
    seconds: float


@dataclass(frozen=True)
class Share:
    """A part of a proof: each `of`-th case from `number` on."""

    number: int
    of: int


WHOLE = Share(0, 1)


class Proof:
    """Proves one scenario on one cluster; `watch` is told each verdict as it comes."""

    def __init__(
        self, stage: Stage, history: History, cluster: str, watch: Callable[[Verdict], object]
    ) -> None:
        self._stage = stage
        self._history = history
        self._cluster = cluster
        self._watch = watch
        self._verdicts: list[Verdict] = []
        self._began = 0.0
        self._bare: Snapshot | None = None

    async def run(self, share: Share = WHOLE) -> list[Verdict]:
        """The verdicts of all cases, or of a share of them. The healthy base stays on the
        cluster for the next proof; see keeping.remove. A cluster that stops answering fails
        every case from there."""
        try:
            warm = await self._baseline()
        except BreakfixError as error:
            self._say("baseline", "healthy before the fault", False, error.message)
            await self._clear()
            return self._verdicts
        proof = self._stage.spec.proof
        for number, case in enumerate(proof.cases[share.number :: share.of]):
            await self._case(case, "fix" if case in proof.fixes else "cheat", warm, number == 0)
        return self._verdicts

    async def _baseline(self) -> Snapshot:
        stage = self._stage
        self._began = stage.clock.monotonic()
        self._bare = empty = await keeping.bare(stage, self._history, self._cluster)
        await stage.apply_base()
        await stage.baseline()
        warm = await stage.snapshot()
        keeping.remember(self._history, self._cluster, stage, empty, warm)
        self._say("baseline", "healthy before the fault", True, "all checks pass")
        return warm

    async def _clear(self) -> None:
        """Take a base away that never became healthy."""
        if self._bare is None:
            return
        try:
            left = await restore(self._stage.api, self._bare, self._stage.clock)
        except BreakfixError as error:
            self._say("restore", "after the base", False, error.message)
            return
        self._history.keep(self._cluster, None)
        self._say("restore", "after the base", not left, told(left))

    async def _case(
        self, case: Case, kind: Literal["fix", "cheat"], warm: Snapshot, first: bool
    ) -> None:
        self._began = self._stage.clock.monotonic()
        try:
            await self._break(warm, first)
            await self._stage.repair(case.steps)
            await self._quiet()
            patience = FIX_PATIENCE if kind == "fix" else None
            update = await self._stage.verify(lambda _: None, patience, watched=False)
            self._judge(case, kind, update)
        except BreakfixError as error:
            self._say(kind, case.name, False, error.message)
        await self._restore(case, warm)

    async def _break(self, warm: Snapshot, first: bool) -> None:
        stage = self._stage
        stage.remember(warm, None)
        await stage.inject()
        await stage.symptom()
        stage.remember(warm, await stage.snapshot())
        if first:
            self._say("broken", "the symptom is seen", True, "all of it, twice in a row")

    async def _quiet(self) -> None:
        """Wait until nothing moves, or moves on: an endless rollout is quiet too."""
        clock = self._stage.clock
        began = same_since = clock.monotonic()
        last: list[str] | None = None
        pace = Pace()
        while (moving := await self._moving()) and clock.monotonic() - began < QUIET_TIMEOUT:
            if moving != last:
                last, same_since = moving, clock.monotonic()
            if clock.monotonic() - same_since > QUIET:
                return
            await clock.sleep(pace.after(moving))

    async def _moving(self) -> list[str]:
        return await unfinished(self._stage.api, self._stage.namespaces() | {"kube-system"})

    def _judge(self, case: Case, kind: Literal["fix", "cheat"], update: VerifyUpdate) -> None:
        failing = [r for r in (*update.checks, *update.guards) if not r.ok]
        words = "; ".join(f"{r.name}: {r.seen}" for r in failing) or "all hold"
        if kind == "fix":
            self._say(kind, case.name, update.passed, words)
            return
        missed = set(case.caught_by) - {r.name for r in failing}
        if missed and not update.passed:
            words = f"failed, but not by {', '.join(sorted(missed))}: {words}"
        self._say(kind, case.name, not update.passed and not missed, words)

    async def _restore(self, case: Case, warm: Snapshot) -> None:
        self._began = self._stage.clock.monotonic()
        try:
            left = await restore(self._stage.api, warm, self._stage.clock)
            if not left:
                await self._stage.baseline()
        except BreakfixError as error:
            self._say("restore", f"after {case.name}", False, error.message)
            return
        self._say("restore", f"after {case.name}", not left, told(left))

    def _say(self, kind: Kind, name: str, ok: bool, seen: str) -> None:
        seconds = self._stage.clock.monotonic() - self._began
        scenario = self._stage.scenario.metadata.name
        verdict = Verdict(scenario, kind, name, ok, seen, round(seconds, 2))
        self._verdicts.append(verdict)
        self._watch(verdict)


def told(left: list[Difference]) -> str:
    """What was left behind, in words."""
    if not left:
        return "nothing left behind"
    return "left: " + ", ".join(f"{d.key.kind} {d.key.name} {d.what}" for d in left)
