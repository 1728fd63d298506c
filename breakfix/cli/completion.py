"""`breakfix completion SHELL`."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the completion of a shell.

    For bash, in ~/.bashrc: eval "$(breakfix completion bash)".
    For zsh, in ~/.zshrc: eval "$(breakfix completion zsh)".
    For fish, in config.fish: breakfix completion fish | source.
    """
    from click.shell_completion import get_completion_class

    from breakfix.cli.main import cli

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(found(cli, {}, "breakfix", "_BREAKFIX_COMPLETE").source())
