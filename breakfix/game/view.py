"""A round as it is shown: the record joined with its scenario."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from breakfix.game.model import HintView, RoundView, State
from breakfix.game.record import Record
from breakfix.game.scoring import score
from breakfix.scenario.spec import Hint, Scenario
from breakfix.store.history import RoundRow


def round_view(
    row: RoundRow, scenario: Scenario, record: Record, now: datetime, has_audit: bool = True,
    changed: bool = False,
) -> RoundView:  # fmt: skip
    """The round now. What hints say is shown for bought ones, and for all when it is over."""
    return RoundView(
        id=row.id,
        scenario=scenario,
        seed=row.seed,
        cluster=row.cluster,
        state=record.state,
        created_at=row.created_at,
        started_at=record.started_at,
        elapsed=record.elapsed(now),
        outcome=record.outcome,
        hints=hint_views(scenario.spec.hints, record),
        diagnosis=record.diagnosis,
        wrong_verifies=record.wrong_verifies,
        score=score(record, now),
        has_audit=has_audit,
        pauses=record.pauses,
        changed=changed,
        nodes=int(record.facts.get("nodes") or 0),
    )


def hint_views(hints: Sequence[Hint], record: Record) -> tuple[HintView, ...]:
    """The ladder as far as the learner has paid for it or climbed it."""
    return tuple(_hint(index, hint, record) for index, hint in enumerate(hints))


def _hint(index: int, hint: Hint, record: Record) -> HintView:
    bought, seen = index in record.hints, index in record.looked
    open_ = bought or record.outcome is not None or record.state is State.ENDED
    return HintView(
        index=index,
        evidence=hint.evidence,
        price=hint.price,
        bought=bought,
        seen=seen,
        say=hint.say if open_ else "",
        run=hint.run if open_ else "",
    )
