"""The score, version 1: documented in docs/scoring.md, computed from the record alone."""

from __future__ import annotations

from datetime import datetime

from breakfix.game.model import Score, State
from breakfix.game.record import Record
from breakfix.scenario.quantities import clock_text

VERSION = 1
REPAIR = 40
SPEED = 30
COMPONENT = 5
FAULT = 5
BEFORE_CHANGE = 5
CARE = 15
WRONG_VERIFY = 5
UNEXPECTED_CHANGE = 3


def score(record: Record, now: datetime) -> Score:
    """The score of a round that is over; of one in play, what solving it now would give."""
    solved = record.outcome in (None, State.SOLVED)
    parts = (
        _repair(solved),
        _speed(record, solved, now),
        _diagnosis(record),
        _care(record, solved),
        ("hints", -record.hint_cost, f"{len(record.hints)} bought"),
    )
    total = max(0, min(100, sum(points for _, points, _ in parts)))
    if record.outcome is State.FAILED:
        total = 0
    return Score(VERSION, total, parts)


def at_par(par: float) -> Score:
    """What a round gives that is solved within par, with everything right and no hint."""
    parts = (
        ("repair", REPAIR, "verified by behaviour"),
        ("speed", SPEED, f"within par {clock_text(par)}"),
        ("diagnosis", COMPONENT + FAULT + BEFORE_CHANGE, "right, before anything was changed"),
        ("care", CARE, "first verify, no object too many"),
        ("hints", 0, "none bought"),
    )
    return Score(VERSION, sum(points for _, points, _ in parts), parts)


def _repair(solved: bool) -> tuple[str, int, str]:
    words = "verified by behaviour" if solved else "not verified"
    return "repair", REPAIR if solved else 0, words


def _speed(record: Record, solved: bool, now: datetime) -> tuple[str, int, str]:
    """All points until par, none at the limit, in a straight line between."""
    elapsed = record.elapsed(now)
    left = (record.limit - elapsed) / (record.limit - record.par)
    points = round(SPEED * max(0.0, min(1.0, left))) if solved else 0
    return "speed", points, f"{clock_text(elapsed)}, par {clock_text(record.par)}"


def _diagnosis(record: Record) -> tuple[str, int, str]:
    found = record.diagnosis
    if found is None:
        return "diagnosis", 0, "none given"
    points = COMPONENT * found.component_right + FAULT * found.fault_right
    early = found.before_change and points == COMPONENT + FAULT
    points += BEFORE_CHANGE if early else 0
    component = "right" if found.component_right else "wrong"
    fault = "right" if found.fault_right else "wrong"
    when = ", before anything was changed" if found.before_change else ""
    return "diagnosis", points, f"component {component}, fault {fault}{when}"


def _care(record: Record, solved: bool) -> tuple[str, int, str]:
    lost = WRONG_VERIFY * record.wrong_verifies + UNEXPECTED_CHANGE * record.unexpected_changes
    verifies = "verify" if record.wrong_verifies == 1 else "verifies"
    objects = "object" if record.unexpected_changes == 1 else "objects"
    words = (
        f"{record.wrong_verifies} wrong {verifies}, {record.unexpected_changes} {objects} too many"
    )
    return "care", max(0, CARE - lost) if solved else 0, words
