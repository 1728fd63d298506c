"""What the events of a round say: its state, its times, what was bought and answered.

A record is folded from the log alone, so a round looks the same after a crash, and its
score can be computed again from history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from breakfix.game.model import DiagnosisView, State
from breakfix.store.history import Event

STATES = {
    "created": State.PREPARING,
    "injecting": State.INJECTING,
    "injected": State.GATE,
    "started": State.RUNNING,
    "paused": State.PAUSED,
    "resumed": State.RUNNING,
    "solved": State.SOLVED,
    "given up": State.GIVEN_UP,
    "timed out": State.TIMED_OUT,
    "failed": State.FAILED,
    "restoring": State.RESTORING,
    "ended": State.ENDED,
}
OUTCOMES = (State.SOLVED, State.GIVEN_UP, State.TIMED_OUT, State.FAILED)


@dataclass(frozen=True)
class Record:
    """A round by its events. Times of day in UTC; `par` and `limit` in seconds."""

    events: tuple[Event, ...]
    state: State
    outcome: State | None
    par: float
    limit: float
    started_at: datetime | None
    stopped_at: datetime | None
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()
    hints: tuple[int, ...] = ()
    hint_cost: int = 0
    diagnosis: DiagnosisView | None = None
    wrong_verifies: int = 0
    unexpected_changes: int = 0
    looked: dict[int, datetime] = field(default_factory=dict)
    data: dict[str, object] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, str]:
        """What was known of the cluster when the round was set up: fills in `{{cluster.X}}`."""
        facts = self.data.get("facts")
        return {str(k): str(v) for k, v in facts.items()} if isinstance(facts, dict) else {}

    def elapsed(self, now: datetime) -> float:
        """Seconds of play until now or until the outcome, pauses left out, at most the limit."""
        if self.started_at is None:
            return 0.0
        return min(self.limit, self.play_time(self.stopped_at or now))

    def play_time(self, moment: datetime) -> float:
        """Seconds of play that had passed at a moment."""
        if self.started_at is None:
            return 0.0
        total = (moment - self.started_at).total_seconds()
        for begin, end in self.pauses:
            stop = min(end or moment, moment)
            total -= max(0.0, (stop - begin).total_seconds())
        return max(0.0, total)


def fold(events: Sequence[Event]) -> Record:
    """The record of a round's events; the first must be `created`."""
    by_kind: dict[str, list[Event]] = {}
    for event in events:
        by_kind.setdefault(event.kind, []).append(event)
    created = events[0].data
    states = [STATES[e.kind] for e in events if e.kind in STATES]
    outcome = next((s for s in states if s in OUTCOMES), None)
    stopped = next((e.at for e in events if STATES.get(e.kind) in OUTCOMES), None)
    for verify in by_kind.get("verify", []):
        if verify.data["passed"]:  # solved was it when everything began to hold
            stopped = verify.at - timedelta(seconds=float(verify.data["held"]))
    hints = by_kind.get("hint", [])
    return Record(
        events=tuple(events),
        state=states[-1],
        outcome=outcome,
        par=float(created["par"]),
        limit=float(created["limit"]),
        started_at=_first(by_kind, "started"),
        stopped_at=stopped,
        pauses=_pauses(events, stopped),
        hints=tuple(int(e.data["index"]) for e in hints),
        hint_cost=sum(int(e.data["price"]) for e in hints),
        diagnosis=_diagnosis(by_kind.get("diagnosis", [])),
        wrong_verifies=sum(not e.data["passed"] for e in by_kind.get("verify", [])),
        unexpected_changes=_unexpected(by_kind.get("changes", [])),
        looked={int(e.data["hint"]): e.at for e in reversed(by_kind.get("looked", []))},
        data=created,
    )


def _first(by_kind: dict[str, list[Event]], kind: str) -> datetime | None:
    found = by_kind.get(kind)
    return found[0].at if found else None


def _pauses(
    events: Sequence[Event], stopped: datetime | None
) -> tuple[tuple[datetime, datetime | None], ...]:
    """Begin and end of each pause; the last one may have no end yet."""
    found: list[tuple[datetime, datetime | None]] = []
    for event in events:
        if event.kind == "paused":
            found.append((event.at, stopped))
        elif event.kind == "resumed" and found:
            found[-1] = (found[-1][0], event.at)
    return tuple(found)


def _diagnosis(events: list[Event]) -> DiagnosisView | None:
    if not events:
        return None
    return DiagnosisView(**events[0].data)


def _unexpected(events: list[Event]) -> int:
    changes = events[-1].data["objects"] if events else []
    return sum(not change["expected"] for change in changes)
