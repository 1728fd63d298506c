"""What a statement gives: its command tag, its columns and its rows."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from breakfix.embedded.programs.postgres.oids import FLOAT8, INT4, TEXT

_COUNTED = {"Insert": "INSERT 0", "Update": "UPDATE", "Delete": "DELETE"}
_TAGS = {"Transaction": "BEGIN", "Commit": "COMMIT", "Rollback": "ROLLBACK",
         "TruncateTable": "TRUNCATE TABLE"}  # fmt: skip


@dataclass
class Result:
    """What one statement gave."""

    tag: str
    columns: list[str] | None = None
    types: list[int] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    wrote: bool = False


def result_of(tree: Any, cursor: sqlite3.Cursor, rows: list[Any]) -> Result:
    """The result of a statement that SQLite has run."""
    kind = type(tree).__name__
    if cursor.description is None or kind in ("Create", "Drop", "Alter"):
        tag = _command_tag(tree, kind, max(cursor.rowcount, 0))
        return Result(tag, wrote=kind != "Transaction")
    columns = [_column_name(d[0]) for d in cursor.description]
    types = [_type([row[i] for row in rows]) for i in range(len(columns))]
    tag = f"{_COUNTED.get(kind, 'SELECT')} {len(rows)}"
    return Result(tag, columns, types, [[_text(v) for v in row] for row in rows], kind in _COUNTED)


def _command_tag(tree: Any, kind: str, count: int) -> str:
    if kind in _COUNTED:
        return f"{_COUNTED[kind]} {count}"
    what = str(tree.args.get("kind") or "TABLE").upper()
    return _TAGS.get(kind) or f"{kind.upper()} {what}"


def _column_name(name: str) -> str:
    """A function's name stands for its call; other expressions have no name."""
    found = re.match(r"(\w+)\(", name)
    if found:
        return found[1].lower()
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else "?column?"


def _type(values: list[Any]) -> int:
    """The OID of a column's type, by its values."""
    known = [v for v in values if v is not None]
    if known and all(isinstance(v, int) for v in known):
        return INT4
    return FLOAT8 if known and all(isinstance(v, (int, float)) for v in known) else TEXT


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return value.hex() if isinstance(value, bytes) else str(value)
