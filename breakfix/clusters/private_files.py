"""Files that only their owner may read: written at once or not at all.

Directories are 0700 and files 0600. A disk that is full or a directory that is not ours
is a ClusterError with the path, and leaves what was there before.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from breakfix.errors import ClusterError


def private_directory(path: Path) -> Path:
    """Make a directory, and those above it, that only its owner can enter. Raises ClusterError."""
    missing = [parent for parent in (path, *path.parents) if not parent.exists()]
    try:
        for directory in reversed(missing):
            directory.mkdir(exist_ok=True, mode=0o700)
        path.chmod(0o700)
    except OSError as error:
        raise cannot("make", path, error) from error
    return path


def write_private(path: Path, text: str) -> None:
    """Replace a file's text in one step, with mode 0600. Raises ClusterError."""
    directory = private_directory(path.parent)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=directory)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise cannot("write", path, error) from error


def cannot(verb: str, path: Path, error: OSError) -> ClusterError:
    """The error for a place in the data directory that does not let itself be used."""
    return ClusterError(
        f"cannot {verb} {path}: {error.strerror or error}",
        "Make room or change the owner, or set BREAKFIX_HOME to a directory of yours.",
    )
