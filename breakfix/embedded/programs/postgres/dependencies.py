"""What hangs on tables: which ones TRUNCATE may empty, and DROP TABLE may drop."""

from __future__ import annotations

import sqlite3
from typing import Any

from breakfix.embedded.programs.postgres.catalog import relations
from breakfix.embedded.programs.postgres.constraints import foreign_keys
from breakfix.embedded.programs.postgres.errors import SqlError


def check_dependencies(db: sqlite3.Connection, tree: Any) -> None:
    """Raises SqlError for a table that must stay as another one references it."""
    if type(tree).__name__ == "TruncateTable":
        _check_truncation(db, tree)
        tree.set("expressions", _children_first(db, tree.expressions))
    if type(tree).__name__ == "Drop" and tree.args.get("kind") == "TABLE":
        _check_drop(db, tree)
        tree.set("tables", _children_first(db, tree.args.get("tables") or []))


def _check_drop(db: sqlite3.Connection, tree: Any) -> None:
    from sqlglot import exp

    dropped = [t.name for t in tree.find_all(exp.Table)]
    for name in [] if tree.args.get("cascade") else dropped:
        children = [c for c in referencing(db, name) if c not in dropped]
        if children:
            raise _needed(db, name, children)


def _needed(db: sqlite3.Connection, name: str, children: list[str]) -> SqlError:
    keys = [(key.name, c) for c in children for key in foreign_keys(db, c).values()
            if key.parent == name]  # fmt: skip
    detail = "\n".join(f"constraint {k} on table {c} depends on table {name}" for k, c in keys)
    words = f"cannot drop table {name} because other objects depend on it"
    hint = "Use DROP ... CASCADE to drop the dependent objects too."
    return SqlError("2BP01", words, detail, hint=hint)


def _check_truncation(db: sqlite3.Connection, tree: Any) -> None:
    """Add what CASCADE empties too."""
    from sqlglot import exp

    cascades = str(tree.args.get("option") or "").lower() == "cascade"
    for table in tree.expressions:  # grows on the way
        names = [t.name for t in tree.expressions]
        for child in [c for c in referencing(db, table.name) if c not in names]:
            if not cascades:
                raise _referenced(table.name, child)
            tree.append("expressions", exp.to_table(child))


def _children_first(db: sqlite3.Connection, tables: list[Any]) -> list[Any]:
    """The order in which none of them is still referenced when its turn comes."""
    left, found = list(tables), list[Any]()
    while left:
        names = [t.name for t in left]
        free = [t for t in left if not {*referencing(db, t.name)} & {*names} - {t.name}]
        found.append((free or left)[0])
        left.remove(found[-1])
    return found


def referencing(db: sqlite3.Connection, table: str) -> list[str]:
    """The tables with a foreign key to this one."""
    names = [name for name, kind in relations(db) if kind == "table"]
    return [n for n in names if any(k.parent == table for k in foreign_keys(db, n).values())]


def _referenced(table: str, child: str) -> SqlError:
    return SqlError(
        "0A000", "cannot truncate a table referenced in a foreign key constraint",
        f'Table "{child}" references "{table}".',
        hint=f'Truncate table "{child}" at the same time, or use TRUNCATE ... CASCADE.',
    )  # fmt: skip
