"""`--export`, `--to` and `--force`: a debrief as a file, or on stdout with `--to -`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from breakfix.cli.output import emit
from breakfix.cli.setting import settings
from breakfix.errors import UsageError

if TYPE_CHECKING:
    from breakfix.game.model import Debrief

F = Callable[..., Any]
ENDINGS = ("md", "html", "svg", "png")
STDOUT = Path("-")


def export_options(command: F) -> F:
    """The three options of an export; the command gets `ending`, `to` and `force`."""
    options: tuple[Callable[[F], F], ...] = (
        click.option("--force", is_flag=True, help="Replace the file if it is there."),
        click.option("--to", type=click.Path(path_type=Path), metavar="FILE",
                     help="Where to; - is stdout. By itself: DATE-NAME-SEED.FORMAT here."),
        click.option("--export", "ending", type=click.Choice(ENDINGS),
                     help="Write it as Markdown, a page, or a picture."),
    )  # fmt: skip
    for option in options:
        command = option(command)
    return command


def refuse_alone(ending: str | None, to: Path | None, force: bool) -> None:
    """--to and --force say nothing without --export. Raises UsageError."""
    if ending is None and (to is not None or force):
        raise UsageError("--to and --force go with --export", f"One of: {', '.join(ENDINGS)}.")


def export_debrief(
    found: Debrief, ending: str, to: Path | None, force: bool, as_json: bool
) -> None:
    """Write the debrief, with the notes taken in the round; the path is printed."""
    from breakfix.game.postmortem import files

    notes = files.notes_of(settings().data_dir, found.view.id)
    if to == STDOUT:
        click.echo(files.FORMATS[ending](found, notes), nl=False)
        return
    path = to or Path(files.file_name(found, ending))
    written = files.export(found, notes, ending, path, force)
    emit({"written": str(written.absolute())}, as_json, lambda: str(written))
