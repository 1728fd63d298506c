"""PostgreSQL's SQL: the statements of a text, and the syntax tree of one."""

from __future__ import annotations

import logging
import re
from typing import Any

from breakfix.embedded.programs.postgres.errors import syntax_error
from breakfix.embedded.programs.postgres.lexer import split, without_comments

# The first words of statements, and the kinds of syntax trees, that are run.
_VERBS = frozenset(["select", "insert", "update", "delete", "create", "drop", "alter", "begin",
                    "start", "commit", "end", "rollback", "truncate", "with", "values",
                    "table"])  # fmt: skip
_KINDS = frozenset(["Select", "Union", "Except", "Intersect", "Insert", "Update", "Delete",
                    "Create", "Drop", "Alter", "Transaction", "Commit", "Rollback", "Values",
                    "TruncateTable", "Subquery", "Table"])  # fmt: skip


def statements(sql: str) -> list[tuple[int, str]]:
    """The statements of a text with their places, apart and without comments."""
    text = without_comments(sql)
    found, rest = split(text)
    return [(at, s) for at, s in [*found, (rest, text[rest:])] if s.strip()]


def parsed(sql: str) -> Any:
    """The syntax tree of a statement, as sqlglot has it. Raises SqlError."""
    found = re.match(r"\s*([A-Za-z]*)", sql)
    verb = found[1] if found else ""
    if verb.lower() not in _VERBS and not sql.lstrip().startswith("("):
        raise syntax_error(sql, verb)
    tree = _tree(sql, verb)
    if type(tree).__name__ not in _KINDS:
        raise syntax_error(sql, verb)
    return tree


def _tree(sql: str, verb: str) -> Any:
    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        return sqlglot.parse_one(sql, read="postgres")
    except SqlglotError as error:
        raise syntax_error(sql, _near(error) or verb) from None


def _near(error: Exception) -> str:
    """The word at which sqlglot stopped, where it says one."""
    details: list[dict[str, str]] = getattr(error, "errors", None) or [{}]
    return details[0].get("highlight") or ""
