"""`breakfix scenario ...`: for those who write rounds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from breakfix.cli import setting
from breakfix.cli.names import complete_cluster, complete_scenario, seed_option
from breakfix.cli.output import emit, json_option, progress
from breakfix.errors import EXIT_NOT_SOLVED, ScenarioError

if TYPE_CHECKING:
    from breakfix.scenario.loading import LoadedScenario

names_argument = click.argument("names", nargs=-1, shell_complete=complete_scenario)


@click.group()
def scenario() -> None:
    """For authors of rounds."""


def _named(names: tuple[str, ...]) -> list[LoadedScenario]:
    """Scenarios by name or by path; all without names."""
    from breakfix.scenario.pack import load_file

    known = setting.catalogue()
    if not names:
        return list(known.all())
    return [
        load_file(Path(name)) if "/" in name or name.endswith(".yaml") else known.get(name)
        for name in names
    ]


@scenario.command()
@names_argument
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@json_option
@click.pass_context
def lint(context: click.Context, names: tuple[str, ...], strict: bool, as_json: bool) -> None:
    """Read scenarios (names or files, all without) and say what is wrong, with its place."""
    from breakfix.scenario.lint import lint as lint_one

    known = setting.catalogue()
    broken = () if names else known.problems
    lines = [{"severity": "error", "text": problem.message} for problem in broken]
    loaded: list[LoadedScenario] = []
    for name in names or known.names():
        try:
            loaded += _named((name,))
        except ScenarioError as error:
            lines.append({"severity": "error", "text": error.message})
    for each in loaded:
        lines += [{"severity": f.severity, "text": str(f)} for f in lint_one(each)]
    wrong = any(strict or line["severity"] == "error" for line in lines)
    words = f"{len(loaded)} scenarios read, {len(lines)} findings"
    emit(lines, as_json, lambda: "\n".join([*(line["text"] for line in lines), words]))
    if wrong:
        context.exit(EXIT_NOT_SOLVED)


@scenario.command()
def schema() -> None:
    """The format as JSON Schema."""
    from breakfix.scenario.schema import schema_text

    click.echo(schema_text())


@scenario.command()
@names_argument
@click.option(
    "--cluster", "cluster_names", default="embedded", show_default=True,
    metavar="CLUSTER[,CLUSTER]", shell_complete=complete_cluster,
    help="Where to prove: embedded (for this alone, on simulated time), or as in `play`. "
    "Several are compared.",
)  # fmt: skip
@seed_option
@json_option
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML.")
@click.option("--keep", is_flag=True, help="Leave the application on the cluster afterwards.")
@click.option(
    "--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, metavar="N",
    help="How many to prove at once on embedded clusters (one for each processor).",
)  # fmt: skip
@click.pass_context
def prove(
    context: click.Context, names: tuple[str, ...], cluster_names: str, seed: str, as_json: bool,
    junit: Path | None, keep: bool, jobs: int,
) -> None:  # fmt: skip
    """Prove scenarios: every fix passes, every cheat fails, nothing is left.

    Each verdict is shown as it comes. Exit code 1 when any is wrong, or when clusters differ.
    """
    from breakfix.cli.proving import differences, prove_each, report, write_junit

    clusters = [name.strip() for name in cluster_names.split(",")]
    found = prove_each(setting.machine(), _named(names), clusters, seed, keep, jobs, progress)
    every = [v for verdicts in found.values() for v in verdicts]
    if junit is not None:
        write_junit(junit, every)
    data = [{"cluster": c} | v.__dict__ for c, verdicts in found.items() for v in verdicts]
    emit(data, as_json, lambda: report(found))
    if differences(found) or not all(v.ok for v in every):
        context.exit(EXIT_NOT_SOLVED)
