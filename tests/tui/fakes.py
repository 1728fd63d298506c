"""A lobby and a round without a cluster: same protocols, time that a test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from breakfix.checks.result import CheckResult
from breakfix.clock import VirtualClock
from breakfix.clusters.base import Progress
from breakfix.clusters.customers import Customers
from breakfix.clusters.live_picture import Picture
from breakfix.errors import BreakfixError, RoundError
from breakfix.game.daily import Daily, played_on, utc_day
from breakfix.game.grade import was_solved
from breakfix.game.home import Home
from breakfix.game.mastery import masteries
from breakfix.game.model import (
    Debrief,
    DiagnosisView,
    HintView,
    Listing,
    Past,
    Playable,
    RoundView,
    Score,
    State,
    VerifyUpdate,
)
from breakfix.game.repetition import schedule
from breakfix.scenario.spec import Scenario
from tests.tui.debriefs import debrief_of
from tests.tui.samples import PICTURE, SCENARIOS, customers, dns

START = datetime(2026, 1, 1, 14, 2, tzinfo=UTC)
SET_UP = timedelta(minutes=6)
SEED = "7F3K"
DAILY, DAILY_SEED = "token-for-somebody-else", "D4LY"
PAST = tuple(
    Past(f"past-{n}", name, SEED, START - timedelta(days=days), str(outcome), time, score)
    for n, (name, days, outcome, time, score) in enumerate((
        ("dns-rewrite-eats-a-name", 1, State.SOLVED, 331.0, 91),
        ("claim-waits-forever", 4, State.GIVEN_UP, 400.0, 5),
        ("dns-rewrite-eats-a-name", 9, State.SOLVED, 360.0, 76),
        ("dns-rewrite-eats-a-name", 12, State.TIMED_OUT, 900.0, 0),
    ))
)  # fmt: skip
"""What the learner of the tests has played."""
DAILY_PLAYED = Past("past-daily", DAILY, DAILY_SEED, START, "solved", 400.0, 84)


def passing() -> tuple[CheckResult, ...]:
    """Results of a fixed shop."""
    return (
        CheckResult("Customers get products", True, '200 "products"', '200 "products"', 0.2),
        CheckResult("Other names resolve", True, "an address", "10.96.0.41", 0.1),
        CheckResult("The catalogue resolves by its name", True, "10.96.0.50", "10.96.0.50", 0.1),
    )


def failing() -> tuple[CheckResult, ...]:
    """Results of a broken shop."""
    bad = CheckResult(
        "Customers get products", False, '200 "products"', "502 name does not resolve"
    )
    name = CheckResult("The catalogue resolves by its name", False, "10.96.0.50", "NXDOMAIN", 0.1)
    return (bad, passing()[1], name)


def guards(ok: bool = True) -> tuple[CheckResult, ...]:
    """Results of the guards."""
    return (
        CheckResult("CoreDNS serves with two replicas", ok, "2 ready", "2 ready" if ok else "0"),
        CheckResult("The shop's own objects are as they were", True, "unchanged", "unchanged"),
    )


@dataclass
class FakeRound:
    """A Playable in memory. `solvable` says what a verify finds."""

    scenario: Scenario
    kubeconfig: Path
    clock: VirtualClock
    seed: str = SEED
    state: State = State.RUNNING
    solvable: bool = False
    seen: frozenset[str] = frozenset({"events"})
    bought: list[int] = field(default_factory=list)
    diagnosis: DiagnosisView | None = None
    wrong: int = 0
    changed: bool = False
    ended: bool = False
    let_go: bool = False
    left_over: tuple[str, ...] = ()
    restore_error: BreakfixError | None = None
    verify_steps: int = 2
    refreshes: int = 0
    hold: asyncio.Event | None = None
    levels: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._began = self.clock.monotonic()
        self._stopped: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds of play; the limit ends them."""
        end = self._stopped if self._stopped is not None else self.clock.monotonic()
        return end - self._began

    def view(self) -> RoundView:
        over = self.state.is_over or self.ended
        return RoundView(
            id="round-1", scenario=self.scenario, seed=self.seed, cluster="kind:breakfix",
            state=State.ENDED if self.ended else self.state, created_at=START - SET_UP,
            started_at=START, elapsed=self.elapsed, outcome=self.state if over else None,
            hints=self._hints(), diagnosis=self.diagnosis, wrong_verifies=self.wrong,
            score=self._score(), changed=self.changed, nodes=3,
        )  # fmt: skip

    def _hints(self) -> tuple[HintView, ...]:
        found = []
        for index, hint in enumerate(self.scenario.spec.hints):
            mine = index in self.bought
            found.append(
                HintView(
                    index, hint.evidence, hint.price, mine, hint.evidence in self.seen,
                    hint.say if mine else "", hint.run if mine else "",
                )
            )  # fmt: skip
        return tuple(found)

    def _score(self) -> Score:
        hints = -sum(self.scenario.spec.hints[i].price for i in self.bought)
        diagnosis = 10 if self.diagnosis and self.diagnosis.component_right else 0
        parts = (
            ("solved", 60, "behaviour held for the settle window"),
            ("time", 20, "within par"),
            ("hints", hints, f"{len(self.bought)} bought"),
            ("diagnosis", diagnosis, "component and fault named before a change"),
            ("verify", -5 * self.wrong, f"{self.wrong} without success"),
        )
        return Score(1, max(0, min(100, sum(points for _, points, _ in parts))), parts)

    async def refresh(self) -> RoundView:
        self.refreshes += 1
        if self.state is State.RUNNING and self.elapsed > self.scenario.spec.time.limit:
            self._stop(State.TIMED_OUT)
        return self.view()

    def _stop(self, state: State) -> None:
        self.state = state
        self._stopped = self.clock.monotonic()

    async def verify(self, watch: Callable[[VerifyUpdate], None]) -> VerifyUpdate:
        settle = self.scenario.spec.verify.settle
        checks = passing() if self.solvable else failing()

        def each(held: float) -> tuple[float, ...]:
            return tuple(r.ok * (held if self.solvable else 8.2) for r in (*checks, *guards()))

        for step in range(self.verify_steps):
            held = settle * step / self.verify_steps if self.solvable else 0.0
            left = self.scenario.spec.verify.patience - step
            watch(VerifyUpdate(checks, guards(), held, settle, holding=each(held), left=left))
            await asyncio.sleep(0)
            if self.hold is not None:
                await self.hold.wait()
        if self.solvable:
            self._stop(State.SOLVED)
        else:
            self.wrong += 1
        held = settle if self.solvable else 0.0
        return VerifyUpdate(
            checks, guards(), held, settle, done=True, passed=self.solvable, holding=each(held)
        )

    def buy_hint(self) -> HintView:
        hint = self.view().next_hint
        if hint is None:
            raise RoundError("there is no hint left")
        self.bought.append(hint.index)
        return self._hints()[hint.index]

    async def diagnose(self, component: str, fault: str) -> DiagnosisView:
        wanted = self.scenario.spec.diagnosis
        self.diagnosis = DiagnosisView(
            component, fault, component == wanted.component.is_, fault == wanted.fault.is_, True
        )
        return self.diagnosis

    async def enforced_level(self, namespace: str) -> str:
        return self.levels.get(namespace, "")

    def pause(self) -> None:
        self._stop(State.PAUSED)

    def resume(self) -> None:
        if self._stopped is not None:
            self._began += self.clock.monotonic() - self._stopped
            self._stopped = None
        self.state = State.RUNNING

    def give_up(self) -> None:
        self._stop(State.GIVEN_UP)

    async def debrief(self) -> Debrief:
        return debrief_of(self.view(), self.elapsed, self.state is State.SOLVED)

    async def leave(self) -> None:
        self.let_go = True

    async def end(self, progress: Progress) -> tuple[str, ...]:
        with progress("Putting ConfigMap kube-system/coredns back"):
            await asyncio.sleep(0)
        if self.restore_error is not None:
            error, self.restore_error = self.restore_error, None
            raise error
        with progress("Comparing with the snapshot"):
            await asyncio.sleep(0)
        self.ended = True
        return self.left_over


@dataclass
class FakeLobby:
    """A Lobby in memory. `start_error` is raised once; `gate` holds the set-up open."""

    clock: VirtualClock
    folder: Path
    solvable: bool = False
    start_error: BreakfixError | None = None
    gate: asyncio.Event | None = None
    open: FakeRound | None = None
    half_set_up: Scenario | None = None
    started: list[tuple[str, str]] = field(default_factory=list)
    restored: int = 0
    past: tuple[Past, ...] = PAST
    lacking_daily: bool = False
    nothing_playable: bool = False

    def home(self) -> Home:
        listings, today = self.listings(), utc_day(START)
        scenario = next(s for s in SCENARIOS() if s.metadata.name == DAILY)
        lacking = {"audit": "this cluster keeps no audit log"} if self.lacking_daily else {}
        played = played_on(today, DAILY, DAILY_SEED, self.past)
        return Home(
            listings=tuple(listings),
            open_round=self.open_round(),
            daily=Daily(today, scenario, DAILY_SEED, 3, lacking, played),
            tracks=masteries(SCENARIOS(), self.past, START),
            due=schedule(self.past, START),
            first_run=not self.past and self.open_round() is None,
        )

    def listings(self) -> list[Listing]:
        found = []
        for scenario in SCENARIOS():
            mine = [p for p in self.past if p.scenario == scenario.metadata.name]
            solved = [p for p in mine if was_solved(p)]
            count = len(mine)
            score = max((p.score for p in solved), default=None)
            time = min((p.time for p in solved), default=None)
            lacking = (
                {"pod-security": "this cluster has Pod Security admission off"}
                if self.nothing_playable or "pod-security" in scenario.spec.requires
                else {}
            )
            path = self.folder / scenario.metadata.name / "scenario.yaml"
            found.append(Listing(scenario, path, count, score, time, lacking))
        return found

    def title(self, name: str) -> str:
        return next(s.metadata.title for s in SCENARIOS() if s.metadata.name == name)

    def open_round(self) -> RoundView | None:
        if self.open is not None and not self.open.ended:
            return self.open.view()
        if self.half_set_up is not None:
            fake = self._round(self.half_set_up, SEED)
            return replace(fake.view(), state=State.PREPARING, started_at=None)
        return None

    async def start(self, scenario: str, seed: str, progress: Progress) -> Playable:
        self.started.append((scenario, seed))
        found = next(s for s in SCENARIOS() if s.metadata.name == scenario)
        self.half_set_up = found
        with progress("Checking the cluster kind:breakfix"):
            await asyncio.sleep(0)
        with progress("Applying the shop"):
            if self.gate is not None:
                await self.gate.wait()
            if self.start_error is not None:
                error, self.start_error = self.start_error, None
                raise error
        with progress("Waiting until the symptom can be seen"):
            await asyncio.sleep(0)
        self.half_set_up = None
        self.open = self._round(found, seed or SEED)
        return self.open

    async def resume(self, progress: Progress) -> Playable | None:
        if self.half_set_up is not None:
            with progress("Putting the cluster back as it was"):
                await asyncio.sleep(0)
            self.half_set_up = None
            self.restored += 1
            return None
        with progress("Reading the history"):
            await asyncio.sleep(0)
        return self.open

    def _round(self, scenario: Scenario, seed: str) -> FakeRound:
        return FakeRound(
            scenario, self.folder / "kubeconfig", self.clock, seed, solvable=self.solvable
        )


@dataclass
class FakeWatcher:
    """Tells one picture, then whatever a test gives it."""

    picture: Picture = PICTURE
    customers: Customers = field(default_factory=customers)
    changed: Callable[[Picture], None] | None = None

    async def run(self, changed: Callable[[Picture], None]) -> None:
        self.changed = changed
        changed(self.picture)
        await asyncio.Event().wait()


def later(seconds: float) -> datetime:
    """A time of day after the start."""
    return START + timedelta(seconds=seconds)


def open_round(clock: VirtualClock, folder: Path, elapsed: float = 0.0) -> FakeRound:
    """A round that has been played for so long."""
    fake = FakeRound(dns(), folder / "kubeconfig", clock)
    clock.advance(elapsed)
    return fake
