"""Files of a pack to text: regular files, UTF-8, at most 1 MiB."""

from __future__ import annotations

import stat
from pathlib import Path

from breakfix.errors import ScenarioError
from breakfix.scenario.yaml_tree import Mark, stop

MAX_BYTES = 1024 * 1024


def read_text(path: Path, where: str) -> str:
    """The text of a file; `where` is its name in messages. Raises ScenarioError."""
    return decode(read_bytes(path, where), where)


def read_bytes(path: Path, where: str) -> bytes:
    """A regular file of at most MAX_BYTES. Raises ScenarioError."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ScenarioError(f"{where}: this is not a file", "Name a YAML file.")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(f"{where}: cannot be read: {reason}", "Check the path.") from error
    if len(content) > MAX_BYTES:
        raise ScenarioError(f"{where}: larger than 1 MiB", "Split the file or shorten it.")
    return content


def decode(content: bytes, where: str) -> str:
    """UTF-8 text, a byte order mark taken off. Raises ScenarioError."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ScenarioError(f"{where}: this is UTF-16, not UTF-8", "Save it as UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        mark = Mark(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        stop(where, mark, f"byte 0x{content[error.start]:02x} is not UTF-8", "Save it as UTF-8.")
