"""An export as a file: what it is called, what is in it, and how it gets on the disk."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

from breakfix.clusters.private_files import private_directory
from breakfix.errors import ExportError, UsageError
from breakfix.game.model import Debrief
from breakfix.scenario.prose import slug

FOLDER = "debriefs"
"""Where the terminal puts exports, in the data directory."""
Write = Callable[[Debrief, str], bytes]


def _md(debrief: Debrief, notes: str) -> bytes:
    from breakfix.game.postmortem.markdown import markdown

    return markdown(debrief, notes).encode()


def _html(debrief: Debrief, notes: str) -> bytes:
    from breakfix.game.postmortem.html import html

    return html(debrief, notes).encode()


def _svg(debrief: Debrief, _: str) -> bytes:
    from breakfix.game.postmortem.picture import svg

    return svg(debrief).encode() + b"\n"


def _png(debrief: Debrief, _: str) -> bytes:
    from breakfix.game.postmortem.picture import svg
    from breakfix.game.postmortem.png import png

    return png(svg(debrief))


FORMATS: dict[str, Write] = {"md": _md, "html": _html, "svg": _svg, "png": _png}
"""What a debrief can be exported as, by the ending of the file."""


def file_name(debrief: Debrief, ending: str) -> str:
    """`2026-01-01-TITLE-SEED.md`; a name would tell the cause to whom it is sent."""
    view = debrief.view
    title = slug(view.scenario.metadata.title)
    return f"{view.created_at:%Y-%m-%d}-{title}-{view.seed}.{ending}"


def notes_of(data_dir: Path, round_id: str) -> str:
    """What the learner has written down in a round; empty where there is nothing."""
    try:
        return (data_dir / "notes" / f"{round_id}.md").read_text("utf-8", "replace")
    except OSError:
        return ""


def export(debrief: Debrief, notes: str, ending: str, path: Path, replace: bool = False) -> Path:
    """Write an export to a file of mode 0600. Raises UsageError where something is there
    already (unless it may be replaced), ExportError where the disk refuses; nothing half is
    left."""
    data = FORMATS[ending](debrief, notes)
    try:
        (_put if replace else _create)(path, data)
    except FileExistsError as error:
        raise UsageError(
            f"{path} is there already", "Name another file with --to, or allow it with --force."
        ) from error
    except OSError as error:
        raise _refused(path, error) from error
    return path


def export_beside(debrief: Debrief, notes: str, ending: str, folder: Path) -> Path:
    """Write an export to a folder of our own, under a name that is free there. Raises
    BreakfixError where the disk refuses."""
    data = FORMATS[ending](debrief, notes)
    private_directory(folder)
    stem = Path(file_name(debrief, ending)).stem
    for number in count(1):
        path = folder / (f"{stem}.{ending}" if number == 1 else f"{stem}-{number}.{ending}")
        try:
            _create(path, data)
        except FileExistsError:
            continue
        except OSError as error:
            raise _refused(path, error) from error
        return path
    raise AssertionError("there is always a next number")


def _create(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def _put(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _refused(path: Path, error: OSError) -> ExportError:
    return ExportError(
        f"cannot write {path}: {error.strerror or error}",
        "Make room, or name another place with --to.",
    )
