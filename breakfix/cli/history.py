"""`breakfix history`: the rounds that were played."""

from __future__ import annotations

from dataclasses import asdict

import click

from breakfix.cli import setting
from breakfix.cli.names import complete_scenario
from breakfix.cli.output import emit, json_option, table
from breakfix.scenario.quantities import clock_text


@click.command()
@click.argument("name", required=False, shell_complete=complete_scenario)
@click.option("--limit", default=20, show_default=True, help="So many rounds at most.")
@json_option
def history(name: str | None, limit: int, as_json: bool) -> None:
    """The rounds that were played, newest first; scores are computed from the log."""
    found = setting.lobby().past(name or "")[:limit]
    head = ("when", "round", "scenario", "seed", "outcome", "time", "score")
    rows = [
        (f"{p.at:%Y-%m-%d %H:%M}", p.id, p.scenario, p.seed, p.outcome, clock_text(p.time), p.score)
        for p in found
    ]
    emit(
        [asdict(p) for p in found],
        as_json,
        lambda: table(head, rows) if rows else "no rounds yet: breakfix play",
    )
