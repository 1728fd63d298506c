"""`breakfix doctor`."""

from __future__ import annotations

import os
from dataclasses import asdict

import click

from breakfix.cli import setting
from breakfix.cli.output import emit, json_option
from breakfix.errors import EXIT_ENVIRONMENT


@click.command()
@json_option
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """What is there, what is missing, and the command that installs it."""
    from breakfix.clusters.doctor import Finding, examine

    found = setting.run(examine(setting.settings(), dict(os.environ), setting.programs()))

    def line(f: Finding) -> str:
        head = f"{'ok' if f.ok else 'no':>3}  {f.name}: {f.found}"
        return head if f.ok else f"{head}\n     for {f.need}\n     -> {f.remedy}"

    emit([asdict(f) for f in found], as_json, lambda: "\n".join(line(f) for f in found))
    if not all(f.ok for f in found):
        context.exit(EXIT_ENVIRONMENT)
