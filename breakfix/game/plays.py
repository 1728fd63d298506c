"""The rounds of a history, a line each: what mastery and repetition are computed from."""

from __future__ import annotations

from datetime import datetime

from breakfix.game.model import Past
from breakfix.game.record import Record, fold
from breakfix.game.scoring import score
from breakfix.store.history import History, RoundRow


def plays(history: History, now: datetime, scenario: str = "") -> list[Past]:
    """The rounds of one scenario or of all, newest first; the history is read once."""
    rows, events = history.rounds(scenario), history.all_events()
    return [_past(row, fold(events[row.id]), now) for row in rows]


def _past(row: RoundRow, record: Record, now: datetime) -> Past:
    words, points = str(record.outcome or record.state), score(record, now).total
    time = record.elapsed(now)
    return Past(row.id, row.scenario, row.seed, row.created_at, words, time, points)
