"""`breakfix stats`: what was learnt, what to repeat, and the best results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from breakfix.cli.daily import daily_data, daily_text
from breakfix.cli.output import emit, json_option, table
from breakfix.cli.setting import lobby
from breakfix.scenario.quantities import clock_text

if TYPE_CHECKING:
    from breakfix.game.home import Home
    from breakfix.game.mastery import Mastery
    from breakfix.game.model import Listing
    from breakfix.game.repetition import Due


@click.command()
@json_option
def stats(as_json: bool) -> None:
    """Mastery by track, what is due again, and the best result of each round."""
    home = lobby().home()
    emit(_data(home), as_json, lambda: _text(home))


def _data(home: Home) -> dict[str, Any]:
    return {
        "rounds": len(home.listings),
        "solved": home.solved,
        "tracks": [_track_data(track) for track in home.tracks],
        "due": [_due_data(due) for due in home.due],
        "best": [_best_data(x) for x in home.listings if x.best_score is not None],
        "daily": None if home.daily is None else daily_data(home.daily),
    }


def _track_data(track: Mastery) -> dict[str, Any]:
    return {
        "track": track.track,
        "mastery": round(track.value, 3),
        "word": track.word,
        "rounds": track.rounds,
        "solved": track.solved,
        "best": track.best,
    }


def _due_data(due: Due) -> dict[str, Any]:
    return {
        "scenario": due.scenario,
        "at": due.at,
        "days": due.days,
        "due": due.is_due,
        "lastOutcome": due.last.outcome,
        "lastScore": due.last.score,
    }


def _best_data(listing: Listing) -> dict[str, Any]:
    from breakfix.game.grade import grade

    return {
        "scenario": listing.scenario.metadata.name,
        "score": listing.best_score,
        "grade": grade(listing.best_score),
        "time": listing.best_time,
        "par": listing.scenario.spec.time.par,
    }


def _text(home: Home) -> str:
    parts = [f"{home.solved} of {len(home.listings)} rounds solved"]
    if home.daily is not None:
        parts.append(daily_text(home.daily))
    parts.append(_tracks(home))
    if home.due:
        parts += [_due(home), _best(home)] if home.solved else [_due(home)]
    else:
        parts.append("Nothing to repeat yet: breakfix play")
    return "\n\n".join(parts)


def _tracks(home: Home) -> str:
    from breakfix.game.mastery import bar

    rows = [
        (
            x.track, f"{bar(x.value)} {x.percent:>3} %", x.word, f"{x.solved}/{x.rounds}",
            "-" if x.best is None else x.best,
        )
        for x in home.tracks
    ]  # fmt: skip
    return table(("track", "mastery", "", "solved", "best"), rows)


def _due(home: Home) -> str:
    rows = [
        (due.words, due.scenario, f"{due.last.outcome} {due.last.at:%Y-%m-%d}") for due in home.due
    ]
    return table(("repeat", "name", "last"), rows)


def _best(home: Home) -> str:
    from breakfix.game.grade import grade

    rows = [
        (
            x.scenario.metadata.name, grade(x.best_score), x.best_score,
            "-" if x.best_time is None else clock_text(x.best_time),
            clock_text(x.scenario.spec.time.par),
        )
        for x in home.listings if x.best_score is not None
    ]  # fmt: skip
    return table(("name", "grade", "best", "time", "par"), rows)
