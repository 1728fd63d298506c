"""Users and groups, as /etc/passwd and /etc/group have them."""

from __future__ import annotations

from breakfix.embedded.machine.types import Files


def _rows(files: Files, path: str) -> list[list[str]]:
    try:
        text = files.read(path).decode(errors="replace")
    except OSError:
        return []
    return [row for line in text.splitlines() if len(row := line.split(":")) >= 3]  # noqa: PLR2004


def user_name(files: Files, uid: int) -> str:
    """Its name; the number where it has none."""
    return next((r[0] for r in _rows(files, "/etc/passwd") if r[2] == str(uid)), str(uid))


def group_name(files: Files, gid: int) -> str:
    """Its name; the number where it has none."""
    return next((r[0] for r in _rows(files, "/etc/group") if r[2] == str(gid)), str(gid))


def find_user(files: Files, name: str) -> tuple[int, int, str] | None:
    """uid, gid and home of a user by name or number."""
    for row in _rows(files, "/etc/passwd"):
        if name in (row[0], row[2]):
            return int(row[2]), int(row[3]), row[5] if len(row) > 5 else "/"  # noqa: PLR2004
    return None


def find_group(files: Files, name: str) -> int | None:
    """Gid of a group by name."""
    return next((int(r[2]) for r in _rows(files, "/etc/group") if r[0] == name), None)
