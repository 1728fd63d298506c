"""`--export`, `--to` and `--force`: a debrief as a file, or on stdout with `--to -`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from breakfix.cli.output import emit
from breakfix.cli.setting import settings
from breakfix.errors import UsageError

if TYPE_CHECKING:
    from breakfix.game.model import Debrief

F = Callable[..., Any]
ENDINGS = ("md", "html", "svg", "png")
Asked = tuple[str, Path | None]
STDOUT = Path("-")


class Form(click.ParamType):  # type: ignore[type-arg]  # generic only in newer releases of click
    """A format, or a file whose ending names one: `md`, `told.html`. Gives the format, and the
    file or None."""

    name = "md|html|svg|png|FILE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Asked:
        if isinstance(value, tuple):
            return value
        path = Path(value)
        if value in ENDINGS:
            return value, None
        if (ending := path.suffix.removeprefix(".").lower()) in ENDINGS:
            return ending, path
        return self.fail(
            f"{value!r} is no format: one of {', '.join(ENDINGS)}, or a file.", param, ctx
        )

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str  # noqa: ARG002
    ) -> list[CompletionItem]:  # fmt: skip
        """The formats, then files."""
        formats = [CompletionItem(each) for each in ENDINGS if each.startswith(incomplete)]
        return [*formats, CompletionItem(incomplete, type="file")]


def export_options(command: F) -> F:
    """The three options of an export; the command gets `ending`, `to` and `force`."""

    @wraps(command)
    def merged(
        *args: Any, export: Asked | None, to: Path | None, force: bool, **rest: Any
    ) -> Any:  # fmt: skip
        ending, file = export or (None, None)
        refuse(ending, file, to, force)
        return command(*args, ending=ending, to=to or file, force=force, **rest)

    options = (
        click.option("--force", is_flag=True, help="Replace the file if it is there."),
        click.option("--to", type=click.Path(path_type=Path), metavar="FILE",
                     help="Where to; - is stdout. By itself: DATE-NAME-SEED.FORMAT here."),
        click.option("--export", type=Form(), metavar=Form.name,
                     help="Write it as Markdown, a page, or a picture."),
    )  # fmt: skip
    found: F = merged
    for option in options:
        found = option(found)
    return found


def refuse(ending: str | None, file: Path | None, to: Path | None, force: bool) -> None:
    """--to and --force say nothing without --export, and there is one place to write to.
    Raises UsageError."""
    if ending is None and (to is not None or force):
        raise UsageError("--to and --force go with --export", f"One of: {', '.join(ENDINGS)}.")
    if file is not None and to is not None:
        raise UsageError(f"--export names a file, {file}, and so does --to", "Give one of them.")


def tell_debrief(
    found: Debrief, ending: str | None, to: Path | None, force: bool, as_json: bool
) -> None:
    """Print the debrief, or write it to a file where there is an `ending`."""
    from breakfix.cli.debrief_shape import debrief_data, debrief_text

    if ending is not None:
        export_debrief(found, ending, to, force, as_json)
    else:
        emit(debrief_data(found), as_json, lambda: debrief_text(found))


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
