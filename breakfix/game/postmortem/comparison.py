"""A round beside the best other one and a round at par: points by part, and times."""

from __future__ import annotations

from dataclasses import dataclass

from breakfix.game.model import Debrief, Score, State


@dataclass(frozen=True)
class Part:
    """Points of one part: this round's with why, the best other round's and par's."""

    name: str
    points: int
    best: int | None
    par: int | None
    why: str


@dataclass(frozen=True)
class Time:
    """Seconds of play to something: this round's and the best other round's; None: never."""

    name: str
    at: float | None
    best: float | None


def parts(debrief: Debrief) -> tuple[Part, ...]:
    """The score by part; the total is not among them."""
    best = _points(debrief.best_round.score if debrief.best_round else None)
    par = _points(debrief.at_par)
    return tuple(
        Part(name, points, best.get(name), par.get(name), why)
        for name, points, why in debrief.view.score.parts
    )


def totals(debrief: Debrief) -> Part:
    """The whole score in the same form."""
    best, par = debrief.best_round, debrief.at_par
    return Part(
        "total", debrief.view.score.total, best.score.total if best else None,
        par.total if par else None, f"of 100, rules version {debrief.view.score.version}",
    )  # fmt: skip


def times(debrief: Debrief) -> tuple[Time, ...]:
    """Time to detect, to locate, to mitigate, as incident people count."""
    best = debrief.best_round
    return (
        Time("detect", debrief.detect, best.detect if best else None),
        Time("locate", debrief.locate, best.locate if best else None),
        Time("mitigate", debrief.mitigate, best.elapsed if best else None),
    )


def is_best(debrief: Debrief) -> bool:
    """Is this the best round of its scenario, with another one to be better than?"""
    best, view = debrief.best_round, debrief.view
    if best is None or view.outcome is not State.SOLVED:
        return False
    return (view.score.total, -view.elapsed) > (best.score.total, -best.elapsed)


def _points(score: Score | None) -> dict[str, int]:
    return {name: points for name, points, _ in score.parts} if score else {}
