"""`breakfix list` and `breakfix show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from breakfix.cli.names import scenario_argument
from breakfix.cli.output import dots, emit, json_option, table
from breakfix.cli.setting import catalogue, lobby
from breakfix.scenario.quantities import clock_text

if TYPE_CHECKING:
    from breakfix.game.model import Listing


@click.command("list")
@click.option("--track", default="", help="Only this track.")
@json_option
def list_command(track: str, as_json: bool) -> None:
    """The rounds there are, by track."""
    found = [x for x in lobby().listings() if not track or track in x.scenario.metadata.tracks]
    emit([_data(x) for x in found], as_json, lambda: _table(found))
    for problem in catalogue().problems:
        click.echo(f"breakfix: left out: {problem.message}", err=True)


def _table(found: list[Listing]) -> str:
    head = ("track", "name", "difficulty", "par", "best", "title")
    rows = [
        (
            x.scenario.metadata.tracks[0],
            x.scenario.metadata.name,
            dots(x.scenario.metadata.difficulty),
            clock_text(x.scenario.spec.time.par),
            "-" if x.best_score is None else x.best_score,
            x.scenario.metadata.title,
        )
        for x in found
    ]
    return table(head, rows) if rows else "no rounds"


def _data(listing: Listing) -> dict[str, Any]:
    meta, time = listing.scenario.metadata, listing.scenario.spec.time
    return {
        "name": meta.name,
        "title": meta.title,
        "tracks": meta.tracks,
        "difficulty": meta.difficulty,
        "par": time.par,
        "limit": time.limit,
        "plays": listing.plays,
        "bestScore": listing.best_score,
        "bestTime": listing.best_time,
    }


@click.command()
@scenario_argument
@json_option
def show(name: str, as_json: bool) -> None:
    """One round: its page, what it teaches, what it needs, and your results."""
    catalogue().get(name)
    found = next(x for x in lobby().listings() if x.scenario.metadata.name == name)
    meta, spec = found.scenario.metadata, found.scenario.spec
    extra = {
        "brief": spec.brief,
        "objectives": meta.objectives,
        "requires": spec.requires,
        "hints": [{"evidence": h.evidence, "price": h.price} for h in spec.hints],
    }
    emit(_data(found) | extra, as_json, lambda: _page(found))


def _page(found: Listing) -> str:
    meta, spec = found.scenario.metadata, found.scenario.spec
    best = "never solved" if found.best_score is None else f"best {found.best_score}"
    lines = [
        f"{meta.title}  {dots(meta.difficulty)}  ({', '.join(meta.tracks)})",
        f"par {clock_text(spec.time.par)}, limit {clock_text(spec.time.limit)}, "
        f"played {found.plays} times, {best}",
        "",
        *(f"  {line}" for line in spec.brief.rstrip().splitlines()),
        "",
        "You will practise:",
        *(f"  - {objective}" for objective in meta.objectives),
        "",
        f"Play it: breakfix play {meta.name}",
    ]
    return "\n".join(lines)
