"""The learner's own notes of a round: the same file as in the terminal."""

from __future__ import annotations

from pathlib import Path

from breakfix.clusters.private_files import cannot, write_private


def read_notes(path: Path) -> list[str]:
    """The lines that are there. Raises ClusterError where they cannot be read."""
    try:
        return path.read_text("utf-8", "replace").splitlines() if path.exists() else []
    except OSError as error:
        raise cannot("read", path, error) from error


def add_note(path: Path, text: str) -> None:
    """Add a line. Raises ClusterError where it cannot be written."""
    write_private(path, "".join(f"{line}\n" for line in (*read_notes(path), text)))
