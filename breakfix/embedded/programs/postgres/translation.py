"""PostgreSQL's statements as SQLite has them."""

from __future__ import annotations

import re
from typing import Any

from breakfix.embedded.programs.postgres.column_names import name_columns

# What sqlglot leaves as it is, and SQLite has otherwise.
_REPLACED = [
    (re.compile(r"\b(?:BIG|SMALL)?SERIAL\b(?:\s+NOT NULL)?", re.IGNORECASE), "INTEGER"),
    (re.compile(r"\bINTEGER (?:GENERATED [A-Z ]+ )?(?:NOT NULL )?PRIMARY KEY\b"),
     "INTEGER PRIMARY KEY"),
    (re.compile(r"\bSQLITE_VERSION\(\)", re.IGNORECASE), "VERSION()"),
]  # fmt: skip
_STRING = re.compile(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")")
_TIMES = {"CurrentTimestamp": "pg_now", "CurrentDate": "pg_current_date",
          "CurrentTime": "pg_current_time", "Localtimestamp": "pg_localtimestamp",
          "Localtime": "pg_localtime"}  # fmt: skip
_ARITHMETIC = {"Div": "pg_div", "IntDiv": "pg_div", "Mod": "pg_mod"}
_SCHEMAS = ("public", "pg_catalog")


def sqlite_sql(tree: Any, sql: str) -> list[str]:
    """The statements that SQLite runs for a statement's syntax tree."""
    tree = tree.copy()
    name_columns(tree, sql)
    _resolve_schemas(tree)
    if type(tree).__name__ == "TruncateTable":
        return [f"DELETE FROM {t.sql(dialect='sqlite')}" for t in tree.expressions]  # noqa: S608 - in memory
    if type(tree).__name__ == "Drop":
        exists = "IF EXISTS " if tree.args.get("exists") else ""
        return [f"DROP {tree.args['kind']} {exists}{t.sql(dialect='sqlite')}"
                for t in tree.args.get("tables") or []]  # fmt: skip
    _use_functions(tree)
    _complete_index(tree)
    parts = _STRING.split(tree.sql(dialect="sqlite", comments=False))
    return ["".join(p if i % 2 else _replaced(p) for i, p in enumerate(parts))]


def _replaced(text: str) -> str:
    for pattern, replacement in _REPLACED:
        text = pattern.sub(replacement, text)
    return text


def _resolve_schemas(tree: Any) -> None:
    """SQLite has one schema, and what belongs to information_schema has names of its own."""
    from sqlglot import exp

    for at in list(tree.find_all(exp.Table, exp.Column)):
        if at.args.get("db") and at.db.lower() == "information_schema":
            at.set("this", exp.to_identifier(f"information_schema_{at.name}"))
            at.set("db", None)
        if at.args.get("db") and at.db.lower() in _SCHEMAS:
            at.set("db", None)
    for at in list(tree.find_all(exp.Dot)):
        if at.this.name.lower() in _SCHEMAS:
            at.replace(at.expression)


def _complete_index(tree: Any) -> None:
    """In SQLite an index must have a name, and its columns say nothing of nulls."""
    from sqlglot import exp

    index = tree.this if isinstance(tree, exp.Create) else None
    if isinstance(index, exp.Index) and not index.this:
        columns = [o.this.name or "expr" for o in index.find_all(exp.Ordered)]
        name = "_".join([index.args["table"].name, *columns, "idx"])
        index.set("this", exp.to_identifier(name))
    for at in tree.find_all(exp.Ordered):
        if at.find_ancestor(exp.Index, exp.OnConflict):
            at.set("nulls_first", not at.args.get("desc"))


def _use_functions(tree: Any) -> None:
    """Functions in place of what SQLite has otherwise: its own clock, and division by zero."""
    from sqlglot import exp

    defines = isinstance(tree, exp.Create | exp.Alter)
    for at in list(tree.find_all(exp.Func, exp.Binary)):
        kind = type(at).__name__
        if kind in _TIMES:
            at.replace(_time(at, _TIMES[kind]))
        elif kind in _ARITHMETIC and not defines:
            at.replace(exp.Anonymous(this=_ARITHMETIC[kind], expressions=[at.this, at.expression]))


def _time(at: Any, name: str) -> Any:
    from sqlglot import exp

    if isinstance(at.parent, exp.DefaultColumnConstraint):
        column = at.find_ancestor(exp.ColumnDef)
        if name == "pg_now" and column and column.kind.is_type("timestamp", "timestampntz"):
            name = "pg_localtimestamp"
        return exp.Paren(this=exp.Anonymous(this=name))
    return exp.Anonymous(this=name)
