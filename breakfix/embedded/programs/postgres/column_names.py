"""The names of a result's columns, as PostgreSQL chooses them."""

from __future__ import annotations

import re
from typing import Any

_NO_NAME = "?column?"
_INTERNAL = {"int": "int4", "integer": "int4", "bigint": "int8", "smallint": "int2",
             "boolean": "bool", "decimal": "numeric", "double precision": "float8",
             "real": "float4"}  # fmt: skip
_NAMED = {"Case": "case", "Exists": "exists", "Array": "array", "Boolean": "bool"}


def name_columns(tree: Any, sql: str) -> None:
    """Give each expression that the statement returns the name of its column."""
    from sqlglot import exp

    for at in _output(tree):
        if not isinstance(at, exp.Alias | exp.Column | exp.Star):
            name = _name(at, sql)
            at.replace(exp.alias_(at.copy(), name, quoted=True))


def _output(tree: Any) -> list[Any]:
    """The expressions whose values a statement returns."""
    from sqlglot import exp

    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    if isinstance(tree, exp.Select):
        return list(tree.expressions)
    returning = tree.args.get("returning")
    return list(returning.expressions) if returning else []


def _name(at: Any, sql: str) -> str:
    """An expression's own name."""
    from sqlglot import exp

    if isinstance(at, exp.Alias | exp.Column):
        return str(at.alias_or_name)
    if isinstance(at, exp.Paren | exp.Window | exp.Filter | exp.Bracket):
        return _name(at.this, sql)
    if isinstance(at, exp.Cast):
        inner = _name(at.this, sql)
        written = at.to.sql(dialect="postgres").lower().partition("(")[0]
        return inner if inner != _NO_NAME else _INTERNAL.get(written, written)
    if isinstance(at, exp.Subquery):
        return _name(at.this.expressions[0], sql) if at.this.expressions else _NO_NAME
    if type(at).__name__ in _NAMED:
        return _NAMED[type(at).__name__]
    if isinstance(at, exp.CurrentTimestamp) and re.search(r"\bnow\s*\(", sql, re.IGNORECASE):
        return "now"
    if isinstance(at, exp.Func) and not isinstance(at, exp.Binary | exp.Dot):
        return _function_name(at)
    return _name(at.expression, sql) if isinstance(at, exp.Dot) else _NO_NAME


def _function_name(at: Any) -> str:
    """As it is called in PostgreSQL."""
    text = at.sql(dialect="postgres")
    found = re.match(r'"?(\w+)"?(?:\(|$)', text)
    return found[1].lower() if found else _NO_NAME
