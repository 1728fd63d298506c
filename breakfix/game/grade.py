"""The grade of a score: a letter, and which rounds of the history count for it at all.

Imports nothing: the terminal needs it before its first paint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from breakfix.game.model import Past

GRADES = (("A", 90), ("B", 75), ("C", 55), ("D", 0))
"""Letter and the least score for it, of solved rounds. Without a diagnosis 85 is the most."""
SOLVED = "solved"
PLAYED = (SOLVED, "given up", "timed out")
"""Outcomes of play, as a line of the history tells them (State in model.py)."""


def grade(score: int | None) -> str:
    """The letter of a solved round's score (0 to 100); empty where none was solved."""
    if score is None:
        return ""
    return next(letter for letter, least in GRADES if score >= least)


def was_played(past: Past) -> bool:
    """It came to an outcome of play: not in play still, nor failed in the set-up."""
    return past.outcome in PLAYED


def was_solved(past: Past) -> bool:
    """It was solved."""
    return past.outcome == SOLVED
