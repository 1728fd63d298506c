"""`breakfix play`: the terminal."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from breakfix.cli import setting
from breakfix.cli.names import cluster_option, complete_scenario, seed_option
from breakfix.clock import SystemClock
from breakfix.errors import UsageError

if TYPE_CHECKING:
    from breakfix.game.model import Lobby, Playable
    from breakfix.plain.learner import LearnersShell

IN_A_BROWSER = "TEXTUAL_DRIVER"
"""Set by `breakfix web`: the screen is drawn over there, and a pipe is what there should be."""


@click.command()
@click.argument("name", required=False, shell_complete=complete_scenario)
@cluster_option
@seed_option
@click.option("--plain", is_flag=True, help="Line by line, for screen readers and pipes.")
@click.pass_context
def play(
    context: click.Context, name: str | None, cluster_name: str, seed: str, plain: bool
) -> None:
    """Play, in the terminal. Without a name you choose there.

    The shell in it has kubectl ready for the cluster. With --plain the same round is a
    prompt: nothing moves on the screen, and lines may come from a pipe. To play without
    either: breakfix round start NAME.
    """
    if not plain:
        _refuse_no_screen()
    if name is not None:
        setting.catalogue().get(name)
    run = _run_plain if plain else _run_terminal
    context.exit(run(name, cluster_name, seed))


def _refuse_no_screen() -> None:
    """Raises UsageError where nothing can be drawn."""
    if IN_A_BROWSER in os.environ:
        return
    hint = "`breakfix play --plain` works line by line; for scripts: `breakfix round start --json`."
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the terminal needs a terminal: input or output is redirected", hint)
    if not sys.stderr.isatty():
        raise UsageError(
            "the screen is drawn on standard error, which is redirected",
            "Leave out what redirects it (`2>`). Errors of a session are told when it ends.",
        )
    if os.environ.get("TERM", "") in ("dumb", "unknown"):
        name = os.environ["TERM"]
        raise UsageError(f"this terminal cannot draw a screen (TERM={name})", hint)


def _run_terminal(name: str | None, cluster_name: str, seed: str) -> int:
    from breakfix.tui.app import BreakfixApp

    lobbies: list[Lobby] = []

    def open_lobby() -> Lobby:
        lobbies.append(_lobby(cluster_name))
        return lobbies[-1]

    app = BreakfixApp(
        open_lobby=open_lobby,
        settings=setting.settings(),
        clock=SystemClock(),
        shell_env=_shell_env,
        start=name,
        seed=seed or None,
    )
    code = app.run() or app.return_code or 0
    if lobbies and IN_A_BROWSER not in os.environ:
        with suppress(OSError):  # whoever has closed the window reads nothing any more
            _tell_of_open(lobbies[-1])
    return code


def _tell_of_open(lobby: Lobby) -> None:
    """One line, where a round was left open."""
    view = lobby.open_round()
    if view is None:
        return
    clock = "its clock stands" if view.state.value == "paused" else "its clock runs on"
    click.echo(
        f"A round is open: “{view.scenario.metadata.title}” on {view.cluster}; {clock}. "
        "Go on: breakfix play. End it: breakfix round end."
    )


def _run_plain(name: str | None, cluster_name: str, seed: str) -> int:
    from functools import partial

    from breakfix.plain.app import PlainApp
    from breakfix.plain.terminal import terminal_console
    from breakfix.plain.watch import live_picture

    settings, clock = setting.settings(), SystemClock()
    app = PlainApp(
        open_lobby=lambda: _lobby(cluster_name),
        settings=settings,
        clock=clock,
        shell=_plain_shell,
        console=partial(terminal_console, settings.data_dir / "plain" / "history"),
        live=lambda playable: live_picture(playable, clock),
        start=name,
        seed=seed,
    )
    return app.run()


def _plain_shell(playable: Playable) -> LearnersShell:
    """The shell of the terminal's pane, for the person's own terminal."""
    from breakfix.plain.learner import LearnersShell
    from breakfix.tui.shell_files import prepare

    env = dict(os.environ) | _shell_env(playable) | {"BREAKFIX_PLAIN": "1", "NO_COLOR": "1"}
    namespace = playable.view().scenario.spec.namespace
    command, prepared = prepare(setting.settings().data_dir, env, namespace)
    prepared.pop("COLORTERM", None)
    return LearnersShell(command, prepared | {"TERM": os.environ.get("TERM", "dumb")})


def _lobby(cluster_name: str) -> Lobby:
    return setting.lobby(cluster_name)


def _shell_env(playable: Playable) -> dict[str, str]:
    """What the learner's shell gets on top of the person's own environment."""
    from breakfix.clusters.kubectl import learner_bin
    from breakfix.game.lobby import commands_file
    from breakfix.game.shell_config import write_config

    settings = setting.settings()
    path = learner_bin(settings, setting.programs())
    view = playable.view()
    commands = commands_file(settings.data_dir, view.id)
    commands.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = write_config(settings, playable.kubeconfig, view.id, view.scenario.spec.namespace)
    return {
        "KUBECONFIG": str(config),
        "PATH": f"{path}{os.pathsep}{os.environ.get('PATH', '')}",
        "BREAKFIX_COMMANDS": str(commands),
    }
