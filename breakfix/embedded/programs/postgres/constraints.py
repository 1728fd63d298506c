"""The constraints of a table, with the names that PostgreSQL has for them."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass


@dataclass
class Constraint:
    """One that was given a name; the kind is sqlglot's."""

    kind: str
    name: str
    columns: list[str]


@dataclass
class ForeignKey:
    """One of a table's foreign keys."""

    name: str
    parent: str
    columns: list[str]
    referenced: list[str]


def key_columns(db: sqlite3.Connection, table: str) -> list[str]:
    """Those of its primary key."""
    rows = [r for r in db.execute(f'PRAGMA table_info("{table}")') if r[5]]
    return [str(r[1]) for r in sorted(rows, key=lambda r: int(r[5]))]


def unique_name(db: sqlite3.Connection, table: str, columns: list[str]) -> str:
    """The unique constraint or unique index on these columns."""
    found = _named(db, table)
    for one in found:
        if one.kind in ("UniqueColumnConstraint", "PrimaryKey", "PrimaryKeyColumnConstraint") \
                and one.columns == columns:  # fmt: skip
            return one.name
    if columns == key_columns(db, table):
        return f"{table}_pkey"
    for _, name, unique, origin, _ in db.execute(f'PRAGMA index_list("{table}")').fetchall():
        indexed = [r[2] for r in db.execute(f'PRAGMA index_info("{name}")')]
        if unique and origin == "c" and indexed == columns:
            return str(name)
    return "_".join([table, *columns, "key"])


def check_name(db: sqlite3.Connection, table: str, words: str) -> str:
    """The check constraint of which SQLite says its name, or its expression."""
    if any(one.name == words for one in _named(db, table)):
        return words
    columns = [str(r[1]) for r in db.execute(f'PRAGMA table_info("{table}")')]
    plain = re.sub(r"'(?:[^']|'')*'", "", words)
    used = [c for c in columns if re.search(rf"\b{re.escape(c)}\b", plain, re.IGNORECASE)]
    return "_".join([table, *(used if len(used) == 1 else []), "check"])


def foreign_keys(db: sqlite3.Connection, table: str) -> dict[int, ForeignKey]:
    """By SQLite's numbers."""
    rows = sorted(db.execute(f'PRAGMA foreign_key_list("{table}")').fetchall())
    found: dict[int, ForeignKey] = {}
    for number, _, parent, column, referenced, *_ in rows:
        key = found.setdefault(number, ForeignKey("", parent, [], []))
        key.columns.append(column)
        key.referenced += [referenced] if referenced else []
    for key in found.values():
        key.referenced = key.referenced or key_columns(db, key.parent)
        given = [o.name for o in _named(db, table)
                 if o.kind in ("ForeignKey", "Reference") and o.columns == key.columns]  # fmt: skip
        key.name = (given or ["_".join([table, *key.columns, "fkey"])])[0]
    return found


def _named(db: sqlite3.Connection, table: str) -> list[Constraint]:
    """Those that were named when the table was made."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    row = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()
    try:
        tree = sqlglot.parse_one(row[0], read="sqlite") if row else exp.Select()
    except SqlglotError:
        return []
    return [
        Constraint(type(kind).__name__, one.this.name, _columns(kind, one))
        for one in tree.find_all(exp.Constraint, exp.ColumnConstraint) if one.this
        for kind in (one.expressions or [one.args.get("kind")])
    ]  # fmt: skip


def _columns(kind: object, one: object) -> list[str]:
    """The columns that a constraint is on."""
    from sqlglot import exp

    assert isinstance(kind, exp.Expression) and isinstance(one, exp.Expression)  # noqa: PT018, S101
    if isinstance(one, exp.ColumnConstraint):
        column = one.find_ancestor(exp.ColumnDef)
        return [column.name] if column else []
    places = kind.expressions or [kind.this]
    return [i.name for place in places for i in place.find_all(exp.Identifier)]
