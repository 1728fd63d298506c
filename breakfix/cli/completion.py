"""`breakfix completion SHELL`."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    r"""Print the completion of a shell.

    \b
    bash: eval "$(breakfix completion bash)"      (in ~/.bashrc)
    zsh:  eval "$(breakfix completion zsh)"       (in ~/.zshrc)
    fish: breakfix completion fish | source       (in ~/.config/fish/config.fish)
    """
    from click.shell_completion import get_completion_class

    from breakfix.cli.main import cli

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(found(cli, {}, "breakfix", "_BREAKFIX_COMPLETE").source())
