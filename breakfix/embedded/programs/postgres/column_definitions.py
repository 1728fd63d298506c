"""Types and defaults of a new table's columns, as PostgreSQL shows them."""

from __future__ import annotations

from typing import Any

_TYPES = {"int": "integer", "serial": "integer", "bigserial": "bigint", "bool": "boolean",
          "timestamptz": "timestamp with time zone", "timestamp": "timestamp without time zone",
          "varchar": "character varying", "char": "character", "decimal": "numeric",
          "real": "real"}  # fmt: skip
_DEFAULTS = {"CURRENT_TIMESTAMP": "now()", "CURRENT_TIMESTAMP()": "now()"}

Definition = tuple[str, str, str]  # name, type and default


def column_definitions(tree: Any) -> tuple[str, list[Definition]]:
    """The table that a statement makes or alters, and the columns that it defines there."""
    from sqlglot import exp

    table = tree.find(exp.Table)
    if table is None or type(tree).__name__ not in ("Create", "Alter"):
        return "", []
    columns = [c for c in tree.find_all(exp.ColumnDef) if c.kind]
    return table.name, [(c.name, type_name(c.kind), _default(c, table.name)) for c in columns]


def type_name(kind: Any) -> str:
    """A data type as PostgreSQL shows it."""
    written: str = kind.sql(dialect="postgres").lower()
    name, mark, modifier = written.partition("(")
    return _TYPES.get(name, name) + mark + modifier.replace(" ", "")


def _default(column: Any, table: str) -> str:
    from sqlglot import exp

    if "SERIAL" in column.kind.this.name:
        return f"nextval('{table}_{column.name}_seq'::regclass)"
    found = column.find(exp.DefaultColumnConstraint)
    default = found.this.sql(dialect="postgres") if found else ""
    return _DEFAULTS.get(default, default)
