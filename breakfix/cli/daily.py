"""`breakfix daily`: today's incident, the same for everybody."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from breakfix.cli.names import cluster_option
from breakfix.cli.output import dots, emit, json_option
from breakfix.cli.setting import lobby
from breakfix.errors import RoundError, SetUpError
from breakfix.scenario.quantities import clock_text

if TYPE_CHECKING:
    from breakfix.game.daily import Daily


@click.command()
@cluster_option
@click.option("--plain", is_flag=True, help="Line by line, for screen readers and pipes.")
@json_option
@click.pass_context
def daily(context: click.Context, cluster_name: str, plain: bool, as_json: bool) -> None:
    """Play today's incident, in the terminal; with --json only tell which it is.

    The date (UTC) alone gives the round and the seed. The first time you play it that day
    counts.
    """
    found = lobby(cluster_name).home().daily
    if found is None:
        raise RoundError("there is no round to choose from", "`breakfix list` says why.")
    if as_json:
        emit(daily_data(found), as_json, str)
        return
    _refuse_lacking(found)
    if found.played is not None:
        click.echo(daily_text(found), err=True)
    from breakfix.cli.play import play

    name = found.scenario.metadata.name
    context.invoke(play, name=name, cluster_name=cluster_name, seed=found.seed, plain=plain)


def _refuse_lacking(found: Daily) -> None:
    if found.lacking:
        reasons = "; ".join(f"{name}: {why}" for name, why in found.lacking.items())
        raise SetUpError(
            f"today's incident cannot be played here: {reasons}",
            "It is the same for everybody; try another cluster: `breakfix daily --cluster kind`.",
        )


def daily_data(found: Daily) -> dict[str, Any]:
    """Today's incident as JSON."""
    meta, time = found.scenario.metadata, found.scenario.spec.time
    return {
        "day": found.day.isoformat(),
        "scenario": meta.name,
        "seed": found.seed,
        "title": meta.title,
        "difficulty": meta.difficulty,
        "par": time.par,
        "variants": found.variants,
        "lacking": dict(found.lacking),
        "played": None if found.played is None else asdict(found.played),
    }


def daily_text(found: Daily) -> str:
    """Today's incident in a line; its name only when it was played."""
    line = (
        f"daily incident of {found.day:%Y-%m-%d}: {dots(found.scenario.metadata.difficulty)}, "
        f"par {clock_text(found.scenario.spec.time.par)}, seed {found.seed}"
    )
    if found.played is None:
        return f"{line}, not played yet"
    played = found.played
    result = f"{played.outcome} in {clock_text(played.time)}, {played.score} points"
    return f"{line}, {found.scenario.metadata.name}: {result}"
