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
_UTC = re.compile(r"\A(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)\+00:00\Z")


@dataclass
class Result:
    """What one statement gave."""

    tag: str
    columns: list[str] | None = None
    types: list[int] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    wrote: bool = False
    notice: tuple[str, str] | None = None  # its severity and its text


def ended_nothing(kind: str, in_transaction: bool) -> Result | None:
    """The result of a BEGIN in a transaction, or of a COMMIT or ROLLBACK outside of one."""
    if kind == "Transaction" and in_transaction:
        return Result("BEGIN", notice=("WARNING", "there is already a transaction in progress"))
    if kind in ("Commit", "Rollback") and not in_transaction:
        return Result(_TAGS[kind], notice=("WARNING", "there is no transaction in progress"))
    return None


def result_of(tree: Any, cursor: sqlite3.Cursor, rows: list[Any]) -> Result:
    """The result of a statement that SQLite has run."""
    kind = type(tree).__name__
    if cursor.description is None or kind in ("Create", "Drop", "Alter"):
        tag = _command_tag(tree, kind, max(cursor.rowcount, 0))
        return Result(tag, wrote=kind not in ("Transaction", "Rollback"))
    columns = [d[0] for d in cursor.description]
    types = [_type([row[i] for row in rows]) for i in range(len(columns))]
    tag = f"{_COUNTED.get(kind, 'SELECT')} {len(rows)}"
    return Result(tag, columns, types, [[_text(v) for v in row] for row in rows], kind in _COUNTED)


def _command_tag(tree: Any, kind: str, count: int) -> str:
    if kind in _COUNTED:
        return f"{_COUNTED[kind]} {count}"
    what = str(tree.args.get("kind") or "TABLE").upper()
    return _TAGS.get(kind) or f"{kind.upper()} {what}"


def _type(values: list[Any]) -> int:
    """The OID of a column's type, by its values."""
    known = [v for v in values if v is not None]
    if known and all(isinstance(v, int) for v in known):
        return INT4
    return FLOAT8 if known and all(isinstance(v, (int, float)) for v in known) else TEXT


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return value.hex() if isinstance(value, bytes) else _UTC.sub(r"\1+00", str(value))
