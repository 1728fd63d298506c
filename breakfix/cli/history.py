"""`breakfix history`: the rounds that were played, and what was told of each."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from breakfix.cli import setting
from breakfix.cli.exporting import export_options, tell_debrief
from breakfix.cli.names import complete_round, complete_scenario
from breakfix.cli.output import emit, json_option, table
from breakfix.scenario.quantities import clock_text

LIST = "list"


class ListByDefault(click.Group):
    """A group that lists where none of its commands is named: `history NAME`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        word = next((each for each in args if not each.startswith("-")), "")
        asks_for_help = {*args} & {*ctx.help_option_names}
        completing = ctx.resilient_parsing and not args
        if word not in self.commands and not asks_for_help and not completing:
            args = [LIST, *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, and what the list takes."""
        name = self.commands[LIST].params[0]
        commands = super().shell_complete(ctx, incomplete)
        return [*commands, *complete_scenario(ctx, name, incomplete)]


@click.group(cls=ListByDefault, options_metavar="", subcommand_metavar="[NAME] | show ID")
def history() -> None:
    """The rounds that were played, and what was told of each."""


@history.command(LIST)
@click.argument("name", required=False, shell_complete=complete_scenario)
@click.option("--limit", default=20, show_default=True, help="So many rounds at most.")
@json_option
def list_command(name: str | None, limit: int, as_json: bool) -> None:
    """The rounds that were played, newest first."""
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


@history.command()
@click.argument("round_id", shell_complete=complete_round)
@export_options
@json_option
def show(round_id: str, ending: str | None, to: Path | None, force: bool, as_json: bool) -> None:
    """The debrief of a round, also as a file."""
    tell_debrief(setting.lobby().debrief_of(round_id), ending, to, force, as_json)
