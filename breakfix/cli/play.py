"""`breakfix play`: the terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from breakfix.cli import setting
from breakfix.cli.names import cluster_option, complete_scenario, seed_option
from breakfix.clock import SystemClock
from breakfix.errors import UsageError

if TYPE_CHECKING:
    from breakfix.game.model import Lobby, Playable


@click.command()
@click.argument("name", required=False, shell_complete=complete_scenario)
@cluster_option
@seed_option
@click.pass_context
def play(context: click.Context, name: str | None, cluster_name: str, seed: str) -> None:
    """Play, in the terminal. Without a name you choose there.

    The shell in it has kubectl ready for the cluster. To play without the terminal:
    breakfix round start NAME.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "the terminal needs a terminal: input or output is redirected",
            "To play from scripts: `breakfix round start NAME --json`.",
        )
    if name is not None:
        setting.catalogue().get(name)
    from breakfix.tui.app import BreakfixApp

    settings = setting.settings()
    app = BreakfixApp(
        open_lobby=lambda: _lobby(cluster_name),
        settings=settings,
        clock=SystemClock(),
        shell_env=_shell_env,
        start=name,
        seed=seed or None,
    )
    context.exit(app.run() or app.return_code or 0)


def _lobby(cluster_name: str) -> Lobby:
    return setting.lobby(cluster_name)


def _shell_env(playable: Playable) -> dict[str, str]:
    """What the learner's shell gets on top of the person's own environment."""
    from breakfix.clusters.kubectl import learner_bin
    from breakfix.game.lobby import commands_file

    settings = setting.settings()
    path = learner_bin(settings, setting.programs())
    commands = commands_file(settings.data_dir, playable.view().id)
    commands.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {
        "KUBECONFIG": str(playable.kubeconfig),
        "PATH": f"{path}{os.pathsep}{os.environ.get('PATH', '')}",
        "BREAKFIX_COMMANDS": str(commands),
    }
