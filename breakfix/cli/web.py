"""`breakfix web`: the terminal in a browser."""

from __future__ import annotations

import json
import os
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from breakfix.cli.names import cluster_option
from breakfix.cli.output import json_option

if TYPE_CHECKING:
    from breakfix.web.serving import Opened

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@cluster_option
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen. Others than this machine's own need TLS and a password.",
)
@click.option(
    "--port",
    default=0,
    metavar="PORT",
    type=click.IntRange(0, 65535),
    help="Which port; without it a free one.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="NAME",
    help="A further name under which the page is opened; may be repeated.",
)
@click.option("--cert", type=FILE, metavar="FILE", help="Certificate for TLS, PEM.")
@click.option("--key", type=FILE, metavar="FILE", help="Its key, PEM.")
@click.option(
    "--password-file",
    type=FILE,
    metavar="FILE",
    help="Ask for the password in this file (or BREAKFIX_WEB_PASSWORD).",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the browser too.")
@json_option
def web(
    cluster_name: str, host: str, port: int, names: tuple[str, ...], cert: Path | None,
    key: Path | None, password_file: Path | None, open_browser: bool, as_json: bool,
) -> None:  # fmt: skip
    """The terminal in a browser on this machine.

    The address that is printed is the key: whoever has it has your shell. Each tab is a
    terminal of its own; closing it leaves an open round open. Ctrl-C ends the server.
    """
    import asyncio

    from breakfix.web.address import Place
    from breakfix.web.password import read_password
    from breakfix.web.serving import serve

    def opened(found: Opened) -> None:
        _tell(found, as_json)
        if open_browser:
            webbrowser.open(found.once)

    place = Place(host, port, names, cert, key)
    password = read_password(os.environ, password_file)
    command = [sys.executable, "-P", "-m", "breakfix", "play", "--cluster", cluster_name]
    asyncio.run(serve(place, password, command, os.environ, opened))


def _tell(found: Opened, as_json: bool) -> None:
    """The URL on standard output, everything else on standard error."""
    click.echo(json.dumps({"url": found.url}) if as_json else found.url)
    sys.stdout.flush()
    if not as_json:
        click.echo("Open this in a browser; keep it to yourself. Ctrl-C ends it.", err=True)
