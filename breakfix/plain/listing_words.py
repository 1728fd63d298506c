"""Rounds and tracks of the list in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from breakfix.plain.words import HARDEST, counted, sentence, spoken
from breakfix.scenario.prose import slug

if TYPE_CHECKING:
    from breakfix.game.mastery import Mastery
    from breakfix.game.model import Listing


def listing_line(number: int, listing: Listing) -> str:
    """A round of the list, with its number and what it is like."""
    meta, times = listing.scenario.metadata, listing.scenario.spec.time
    parts = [
        f"{number}: {sentence(meta.title)}",
        f"Difficulty {meta.difficulty} of {HARDEST}, par {spoken(times.par)}.", _played(listing),
    ]  # fmt: skip
    if listing.lacking:
        parts.append("It cannot be played here.")
    return " ".join(parts)


def _played(listing: Listing) -> str:
    if not listing.plays:
        return "Not played yet."
    if listing.best_score is None or listing.best_time is None:
        return f"Played {counted(listing.plays, 'time')}, not solved yet."
    return f"Solved, best score {listing.best_score}, best time {spoken(listing.best_time)}."


def show_lines(number: int, listing: Listing) -> list[str]:
    """What a round teaches and needs; its name, which tells the cause, when it was solved."""
    meta = listing.scenario.metadata
    name = [] if listing.best_score is None else [f"Its name is {meta.name}."]
    goals = [f"Objective: {sentence(goal)}" for goal in meta.objectives]
    return [listing_line(number, listing), *name, *goals, *lacking_lines(listing)]


def lacking_lines(listing: Listing) -> list[str]:
    """Why a round cannot be played here; nothing where it can."""
    return [f"It needs {name}: {sentence(why)}" for name, why in listing.lacking.items()]


def short_name(listing: Listing) -> str:
    """The title as one word to type; a name would tell the cause."""
    return slug(listing.scenario.metadata.title)


def searched(listing: Listing) -> str:
    """What a search looks at, in small letters."""
    meta = listing.scenario.metadata
    return " ".join((meta.name, meta.title, *meta.tracks, *meta.objectives)).lower()


def mastery_line(mastery: Mastery) -> str:
    """How far a track is."""
    best = "" if mastery.best is None else f", best score {mastery.best}"
    return (
        f"Track {mastery.track}: {mastery.word}, {mastery.percent} percent, "
        f"{mastery.solved} of {mastery.rounds} solved{best}."
    )
