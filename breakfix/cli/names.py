"""Options and arguments that several commands share, with their completion."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def complete_scenario(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    """Scenario names with their titles."""
    from breakfix.cli.setting import catalogue

    return [
        CompletionItem(loaded.name, help=loaded.scenario.metadata.title)
        for loaded in catalogue().all()
        if loaded.name.startswith(incomplete)
    ]


def complete_round(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    """Ids of the rounds that were played, newest first, with what they were."""
    from breakfix.cli.setting import lobby

    return [
        CompletionItem(past.id, help=f"{past.scenario}, {past.at:%Y-%m-%d %H:%M}, {past.outcome}")
        for past in lobby().past("")
        if past.id.startswith(incomplete)
    ]


def complete_cluster(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[str]:
    """The forms of a cluster's name."""
    return [
        c
        for c in ("auto", "embedded", "embedded:", "kind", "kind:", "context:")
        if c.startswith(incomplete)
    ]


cluster_option = click.option(
    "--cluster",
    "cluster_name",
    default="auto",
    show_default=True,
    metavar="auto|embedded[:NAME]|kind[:NAME]|context:NAME",
    shell_complete=complete_cluster,
    help="Where to play. A context must have been adopted.",
)
seed_option = click.option(
    "--seed", default="", metavar="SEED", help="The same seed gives the same incident."
)
scenario_argument = click.argument("name", shell_complete=complete_scenario)
