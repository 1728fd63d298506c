"""Violations of constraints, with their details: the statement is tried again to see them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from breakfix.embedded.programs.postgres.catalog import column_types
from breakfix.embedded.programs.postgres.constraints import check_name, foreign_keys, unique_name
from breakfix.embedded.programs.postgres.errors import SqlError

_Row = Mapping[str, object]
_LONGEST = 64  # characters of a value that are shown


def violation(
    db: sqlite3.Connection, error: sqlite3.Error, tree: Any, text: str
) -> SqlError | None:
    """What PostgreSQL says of it; None for what is unknown here. Raises sqlite3.Error."""
    from sqlglot import exp

    table = tree.find(exp.Table)
    what, _, words = str(error).partition(" constraint failed")
    if table is None or not isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Drop):
        return None
    if what == "FOREIGN KEY":
        return _foreign_key(db, tree, table.name, text)
    row = _failing_row(db, tree, table.name, text)
    return _of_row(db, what, words.removeprefix(": "), table.name, row)


def _of_row(
    db: sqlite3.Connection, what: str, words: str, table: str, row: _Row
) -> SqlError | None:
    """One that a row violates by itself, or together with another one."""
    types = column_types(db, table)
    shown = {name: _shown(value, types.get(name, "")) for name, value in row.items()}
    detail = f"Failing row contains ({', '.join(shown.values())})." if row else ""
    if what == "NOT NULL":
        text = f'null value in column "{words.partition(".")[2]}" of relation "{table}" ' \
            "violates not-null constraint"  # fmt: skip
        return SqlError("23502", text, detail)
    if what == "CHECK":
        name = check_name(db, table, words)
        text = f'new row for relation "{table}" violates check constraint "{name}"'
        return SqlError("23514", text, detail)
    columns = [c.strip().partition(".")[2] for c in words.split(",")]
    if what != "UNIQUE" or not all(columns):
        return None
    text = f'duplicate key value violates unique constraint "{unique_name(db, table, columns)}"'
    values = ", ".join(shown.get(c, "null") for c in columns)
    return SqlError("23505", text, f"Key ({', '.join(columns)})=({values}) already exists.")


def _shown(value: object, kind: str) -> str:
    if value is None:
        return "null"
    scale = re.fullmatch(r"numeric\(\d+,(\d+)\)", kind)
    if scale and isinstance(value, int | float):
        return f"{value:.{scale[1]}f}"
    if kind == "boolean" and value in (0, 1):
        return "ft"[int(bool(value))]
    text = str(value).replace("+00:00", "+00")
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def _failing_row(db: sqlite3.Connection, tree: Any, table: str, text: str) -> _Row:
    """The row at which the statement fails."""
    columns = db.execute(f'PRAGMA table_info("{table}")').fetchall()
    seen: list[tuple[object, ...]] = []
    db.create_function("pg_failing_row", len(columns), lambda *values: seen.append(values))
    values = ", ".join(f'NEW."{c[1]}"' for c in columns)
    db.execute("SAVEPOINT pg_violation")
    with suppress(sqlite3.Error):
        db.execute(f'CREATE TEMP TRIGGER pg_failing_row BEFORE {tree.key} ON main."{table}" '
                   f"BEGIN SELECT pg_failing_row({values}); END")  # fmt: skip
        db.execute(text).fetchall()
    _undo(db)
    row = {str(c[1]): v for c, v in zip(columns, seen[-1] if seen else (), strict=False)}
    for _, name, kind, *_, key in columns:
        if key and kind.upper() == "INTEGER" and row.get(name) == -1:  # not chosen yet
            row[name] = _next(db, table, name)
    return row


def _next(db: sqlite3.Connection, table: str, column: str) -> object:
    """The number that a new row gets."""
    sql = f'SELECT coalesce(max("{column}"), 0) + 1 FROM "{table}"'  # noqa: S608 - in memory
    return db.execute(sql).fetchone()[0]


def _foreign_key(db: sqlite3.Connection, tree: Any, table: str, text: str) -> SqlError | None:
    """The first row without the one that it references."""
    db.execute("SAVEPOINT pg_violation")
    try:
        db.execute("PRAGMA defer_foreign_keys=ON")
        db.execute(text).fetchall()
        found = db.execute("PRAGMA foreign_key_check").fetchone()
        return _foreign_key_error(db, tree, table, *found) if found else None
    finally:
        _undo(db)
        db.execute("PRAGMA defer_foreign_keys=OFF")


def _foreign_key_error(
    db: sqlite3.Connection, tree: Any, table: str, child: str, row: int, parent: str, number: int
) -> SqlError:
    from sqlglot import exp

    key = foreign_keys(db, child)[number]
    columns = ", ".join(f'"{c}"' for c in key.columns)
    values = db.execute(f'SELECT {columns} FROM "{child}" WHERE rowid = ?', [row]).fetchone()  # noqa: S608 - in memory
    shown = ", ".join(str(v) for v in values)
    if isinstance(tree, exp.Insert) or (isinstance(tree, exp.Update) and child == table):
        text = f'insert or update on table "{child}" violates foreign key constraint "{key.name}"'
        detail = f'Key ({", ".join(key.columns)})=({shown}) is not present in table "{parent}".'
        return SqlError("23503", text, detail)
    text = f'update or delete on table "{parent}" violates foreign key constraint ' \
        f'"{key.name}" on table "{child}"'  # fmt: skip
    own = ", ".join(key.referenced)
    detail = f'Key ({own})=({shown}) is still referenced from table "{child}".'
    return SqlError("23503", text, detail)


def _undo(db: sqlite3.Connection) -> None:
    """What was tried."""
    db.execute("ROLLBACK TO pg_violation")
    db.execute("RELEASE pg_violation")
