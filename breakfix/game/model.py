"""What the game shows to whatever displays it: plain frozen data and two protocols.

The command line and the terminal know these types only. `Playable` is a round in play,
`Lobby` everything before and after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from breakfix.checks.result import CheckResult
from breakfix.clusters.base import Progress
from breakfix.scenario.spec import Scenario

if TYPE_CHECKING:
    from breakfix.game.home import Home
    from breakfix.game.learnt import Learnt


class State(StrEnum):
    """Where a round is in its life; the order is the order of the life."""

    PREPARING = "preparing"  # base applied, baseline awaited
    INJECTING = "injecting"  # the fault goes in
    GATE = "gate"  # waiting until the symptom is seen
    RUNNING = "running"  # the clock runs
    PAUSED = "paused"
    SOLVED = "solved"
    GIVEN_UP = "given up"
    TIMED_OUT = "timed out"
    FAILED = "failed"  # could not be set up; nothing is scored
    RESTORING = "restoring"
    ENDED = "ended"  # restored; only history is left

    @property
    def in_play(self) -> bool:
        """The learner has the round: the clock runs, or is paused."""
        return self in (State.RUNNING, State.PAUSED)

    @property
    def is_over(self) -> bool:
        """The outcome stands."""
        return self in (State.SOLVED, State.GIVEN_UP, State.TIMED_OUT, State.FAILED)


@dataclass(frozen=True)
class HintView:
    """A rung of the ladder. `say` and `run` are empty until it is bought; `seen` is
    true when the audit trail shows that the learner has looked there already."""

    index: int
    evidence: str
    price: int
    bought: bool
    seen: bool
    say: str = ""
    run: str = ""


@dataclass(frozen=True)
class DiagnosisView:
    """What was answered, and whether it was right."""

    component: str
    fault: str
    component_right: bool
    fault_right: bool
    before_change: bool


@dataclass(frozen=True)
class Score:
    """Points by part, each with a line that explains it; the total is 0 to 100."""

    version: int
    total: int
    parts: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True)
class RoundView:
    """A round at one moment. Times are seconds of play, pauses left out; `pauses` are the
    begin and the end of each, the last one maybe without an end yet. `changed` is true when
    the audit trail has a write of the learner, `nodes` how many the cluster had (0: unknown)."""

    id: str
    scenario: Scenario
    seed: str
    cluster: str
    state: State
    created_at: datetime
    started_at: datetime | None
    elapsed: float
    outcome: State | None
    hints: tuple[HintView, ...]
    diagnosis: DiagnosisView | None
    wrong_verifies: int
    score: Score
    has_audit: bool = True
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()
    changed: bool = False
    nodes: int = 0

    @property
    def next_hint(self) -> HintView | None:
        """The next rung that is neither bought nor seen."""
        return next((h for h in self.hints if not h.bought and not h.seen), None)


@dataclass(frozen=True)
class VerifyUpdate:
    """A verify under way or done: the newest result of each check and guard, for how
    long all have held (s), and how long they must. `holding` is for how long each of the
    checks, then each of the guards, has held (s); `left` how long a verify that does not
    hold goes on (s)."""

    checks: tuple[CheckResult, ...]
    guards: tuple[CheckResult, ...]
    held: float
    settle: float
    done: bool = False
    passed: bool = False
    holding: tuple[float, ...] = ()
    left: float = 0.0


@dataclass(frozen=True)
class Moment:
    """A point on the timeline of a round: seconds of play, what kind, in words; `good` says
    how it came out where that can be said (a diagnosis, a verify)."""

    at: float
    kind: str
    text: str
    good: bool | None = None


@dataclass(frozen=True)
class Change:
    """How one object differs between injection and the end: created, changed or deleted,
    with a unified diff of its YAML. `expected` is false outside of what fixes touch."""

    what: str
    kind: str
    namespace: str
    name: str
    diff: str
    expected: bool = True


@dataclass(frozen=True)
class RepairStep:
    """One thing that a repair does: in words, and as a command where there is one."""

    text: str
    command: str = ""


@dataclass(frozen=True)
class Repair:
    """A valid fix: its name, its steps, and how many of the objects that the learner changed
    it changes too."""

    name: str
    steps: tuple[RepairStep, ...]
    shared: int = 0


@dataclass(frozen=True)
class BestRound:
    """The best other solved round of a scenario; times in seconds of play."""

    id: str
    seed: str
    at: datetime
    elapsed: float
    score: Score
    detect: float | None
    locate: float | None


@dataclass(frozen=True)
class Debrief:
    """All that is told after a round. The three times are seconds of play or None.

    `best` is the best score of all solved rounds with this one, `best_round` the best of the
    others; `at_par` what a round within par without a mistake gives. `typed` are the commands
    of breakfix's shell; `one_command` shows the fault the next time, by the words
    `one_command_shows` of its answer where they are known. `stock_taken` is false where the
    cluster could not be read at the end: what was changed is then not known.
    `learnt` is what the round did for the mastery of its track, and when it is due again.
    """

    view: RoundView
    detect: float | None
    locate: float | None
    mitigate: float | None
    timeline: tuple[Moment, ...]
    changes: tuple[Change, ...]
    fixes: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    best: int | None
    best_round: BestRound | None = None
    at_par: Score | None = None
    repairs: tuple[Repair, ...] = ()
    typed: tuple[Moment, ...] = ()
    one_command: str = ""
    one_command_shows: str = ""
    stock_taken: bool = True
    learnt: Learnt | None = None


@dataclass(frozen=True)
class Listing:
    """A scenario in the lobby; `lacking` says why it cannot be played here, if so."""

    scenario: Scenario
    path: Path
    plays: int = 0
    best_score: int | None = None
    best_time: float | None = None
    lacking: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Past:
    """A round of the history in a line. `time` in seconds of play."""

    id: str
    scenario: str
    seed: str
    at: datetime
    outcome: str
    time: float
    score: int


class Playable(Protocol):
    """A round that is open. Every change is in the history before it takes effect."""

    @property
    def kubeconfig(self) -> Path: ...

    def view(self) -> RoundView: ...

    async def refresh(self) -> RoundView:
        """Read the audit trail, notice a time-out; then the view."""

    async def verify(self, watch: Callable[[VerifyUpdate], None]) -> VerifyUpdate: ...

    def buy_hint(self) -> HintView:
        """Buy the next rung. Raises RoundError when there is none."""

    async def diagnose(self, component: str, fault: str) -> DiagnosisView: ...

    async def enforced_level(self, namespace: str) -> str:
        """The level of Pod Security that a namespace enforces; empty where it names none,
        and where the cluster does not answer at once."""

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def give_up(self) -> None: ...

    async def debrief(self) -> Debrief: ...

    async def end(self, progress: Progress) -> tuple[str, ...]:
        """Restore the cluster; the round is closed. Returns what could not be put back."""

    async def leave(self) -> None:
        """Let go of the round without ending it; it can be resumed."""


class Lobby(Protocol):
    """What can be played, and the way into a round."""

    def home(self) -> Home:
        """All that home shows, the history read once."""

    def listings(self) -> list[Listing]: ...

    def title(self, name: str) -> str:
        """What a scenario is called where its name would tell too much."""

    def open_round(self) -> RoundView | None: ...

    async def start(self, scenario: str, seed: str, progress: Progress) -> Playable: ...

    async def resume(self, progress: Progress) -> Playable | None:
        """The open round of this history, restored instead where it was never started."""
