"""PostgreSQL's statements as SQLite has them."""

from __future__ import annotations

import re
from typing import Any

# What sqlglot leaves as it is, and SQLite has otherwise.
_REPLACED = [
    (re.compile(r"\b(?:BIG|SMALL)?SERIAL\b(?:\s+NOT NULL)?", re.IGNORECASE), "INTEGER"),
    (re.compile(r"\bINTEGER (?:GENERATED [A-Z ]+ )?(?:NOT NULL )?PRIMARY KEY\b"),
     "INTEGER PRIMARY KEY"),
    (re.compile(r"\bNOW\(\)|\bCURRENT_TIMESTAMP\(\)", re.IGNORECASE), "CURRENT_TIMESTAMP"),
    (re.compile(r"\bSQLITE_VERSION\(\)", re.IGNORECASE), "VERSION()"),
    (re.compile(r"\binformation_schema\.", re.IGNORECASE), "information_schema_"),
]  # fmt: skip


def sqlite_sql(tree: Any) -> str:
    """The SQL that SQLite runs for a statement's syntax tree."""
    if type(tree).__name__ == "TruncateTable":
        tables = ", ".join(t.sql(dialect="sqlite") for t in tree.expressions)
        return f"DELETE FROM {tables}"  # noqa: S608 - one statement, in memory
    text: str = tree.sql(dialect="sqlite")
    for pattern, replacement in _REPLACED:
        text = pattern.sub(replacement, text)
    return text.replace("public.", "").replace("pg_catalog.", "")
