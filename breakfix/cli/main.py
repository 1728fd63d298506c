"""The entry point: `breakfix`. Errors become two lines and an exit code (docs/cli.md)."""

from __future__ import annotations

import os
import sys

import click

from breakfix import __version__
from breakfix.cli.lazy import LazyGroup
from breakfix.errors import EXIT_ENVIRONMENT, EXIT_USAGE, BreakfixError

COMMANDS = {
    "list": ("breakfix.cli.catalogue:list_command", "The rounds there are, by track."),
    "show": ("breakfix.cli.catalogue:show", "One round: what it asks, and your results."),
    "play": ("breakfix.cli.play:play", "Play, in the terminal. Without a name: choose there."),
    "web": ("breakfix.cli.web:web", "The terminal in a browser on this machine."),
    "daily": ("breakfix.cli.daily:daily", "Today's incident: the same for everybody."),
    "round": ("breakfix.cli.round:round_group", "A round without the terminal, step by step."),
    "history": ("breakfix.cli.history:history", "The rounds that were played, with scores."),
    "stats": ("breakfix.cli.stats:stats", "Mastery by track, what to repeat, best results."),
    "scenario": ("breakfix.cli.scenario:scenario", "For authors: lint, prove, schema."),
    "cluster": ("breakfix.cli.cluster:cluster", "The clusters to play on."),
    "doctor": ("breakfix.cli.doctor:doctor", "What is there, what is missing, what installs it."),
    "completion": ("breakfix.cli.completion:completion", "Completion for bash, zsh or fish."),
}
INTERRUPTED = 130


@click.group(
    cls=LazyGroup,
    commands_by_name=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="breakfix")
@click.pass_context
def cli(context: click.Context) -> None:
    """Break-fix rounds on a Kubernetes cluster: timed, hinted, verified by behaviour.

    Without a command the terminal opens.
    """
    if context.invoked_subcommand is None:
        from breakfix.cli.play import play

        context.invoke(play)


def main() -> None:
    """Run the command line and leave the process with its exit code."""
    os.umask(0o077)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; returns the exit code, having shown any error."""
    try:
        code = cli.main(arguments, prog_name="breakfix", standalone_mode=False)
    except click.exceptions.Abort:  # Ctrl-C and SIGTERM too: click makes this of them
        click.echo("aborted", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except BreakfixError as error:
        _show(error, "--json" in arguments)
        return error.exit_code
    except BrokenPipeError:  # the reader of our output went away
        sys.stderr.close()
        return EXIT_ENVIRONMENT
    return code if isinstance(code, int) else 0


def _show(error: BreakfixError, as_json: bool) -> None:
    if as_json:
        import json

        click.echo(json.dumps({"error": error.message, "hint": error.hint}))
    click.echo(f"breakfix: {error.message}", err=True)
    if error.hint:
        click.echo(f"  -> {error.hint}", err=True)
