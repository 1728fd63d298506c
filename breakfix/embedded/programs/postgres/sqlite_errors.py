"""SQLite's errors, with PostgreSQL's codes and words. Functions are named as PostgreSQL's codes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

from breakfix.embedded.programs.postgres.errors import SqlError, syntax_error

_Make = Callable[[re.Match[str], str], SqlError]


def translated(error: sqlite3.Error, sql: str) -> SqlError:
    """The error that PostgreSQL has for the same fault of the statement."""
    words = str(error)
    for pattern, make in _ERRORS:
        if found := re.search(pattern, words, re.DOTALL):
            return make(found, sql)
    return SqlError("XX000", words)


def _undefined_table(found: re.Match[str], sql: str) -> SqlError:
    name = found[1].strip().removeprefix("main.")
    if re.match(r"\s*drop", sql, re.IGNORECASE):
        return SqlError("42P01", f'table "{name}" does not exist')
    return SqlError("42P01", f'relation "{name}" does not exist', position=sql.find(name) + 1)


def _undefined_column(found: re.Match[str], sql: str) -> SqlError:
    name = found[1].strip()
    relation = f' of relation "{_table(sql)}"' if "has no column" in found.string else ""
    text = f'column "{name}"{relation} does not exist'
    return SqlError("42703", text, position=sql.find(name) + 1)


def _duplicate_table(found: re.Match[str], _: str) -> SqlError:
    return SqlError("42P07", f'relation "{found[1]}" already exists')


def _unique_violation(found: re.Match[str], _: str) -> SqlError:
    table, _, column = found[1].strip().split(",")[0].partition(".")
    constraint = f"{table}_pkey" if column == "id" else f"{table}_{column}_key"
    text = f'duplicate key value violates unique constraint "{constraint}"'
    return SqlError("23505", text, f"Key ({column}) already exists.")


def _not_null_violation(found: re.Match[str], _: str) -> SqlError:
    table, _, column = found[1].strip().partition(".")
    text = f'null value in column "{column}" of relation "{table}" violates not-null constraint'
    return SqlError("23502", text)


def _undefined_function(found: re.Match[str], _: str) -> SqlError:
    return SqlError("42883", f"function {found[1].strip().lower()}() does not exist")


def _check_violation(found: re.Match[str], sql: str) -> SqlError:
    table, columns = _table(sql), re.findall(r"[a-z_]\w*", found[1])
    constraint = "_".join([table, *columns[:1], "check"])
    text = f'new row for relation "{table}" violates check constraint "{constraint}"'
    return SqlError("23514", text)


def _foreign_key_violation(_: re.Match[str], sql: str) -> SqlError:
    table = "table"
    if re.match(r"\s*(insert|update)", sql, re.IGNORECASE):
        table = f'table "{_table(sql)}"'
    return SqlError("23503", f"insert or update on {table} violates foreign key constraint")


def _query_canceled(_: re.Match[str], __: str) -> SqlError:
    return SqlError("57014", "canceling statement due to statement timeout")


def _disk_full(_: re.Match[str], __: str) -> SqlError:
    return SqlError("53100", "could not extend file: No space left on device")


def _syntax_error(found: re.Match[str], sql: str) -> SqlError:
    return syntax_error(sql, found[1])


# What SQLite says, and the error that it is; the first one that is found counts.
_ERRORS: list[tuple[str, _Make]] = [
    (r"no such table: \s*(\S.*)", _undefined_table),
    (r"no such column: \s*(\S.*)", _undefined_column),
    (r"has no column named \s*(\S.*)", _undefined_column),
    (r"\Atable \"?(\w+)\"? already exists", _duplicate_table),
    (r"UNIQUE constraint failed: \s*(\S.*)", _unique_violation),
    (r"NOT NULL constraint failed: \s*(\S.*)", _not_null_violation),
    (r"no such function: \s*(\S.*)", _undefined_function),
    (r"CHECK constraint failed: (.*)", _check_violation),
    (r"FOREIGN KEY", _foreign_key_violation),
    (r"interrupted", _query_canceled),
    (r"full", _disk_full),
    (r"\Anear \"([^\"]*)\"", _syntax_error),
]


def _table(sql: str) -> str:
    """The table that a statement changes."""
    found = re.match(r'\s*(?:insert\s+into|update|delete\s+from)\s+"?(\w+)', sql, re.IGNORECASE)
    return found[1] if found else ""
