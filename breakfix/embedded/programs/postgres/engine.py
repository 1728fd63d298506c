"""PostgreSQL's SQL on SQLite in memory, with PostgreSQL's words for errors."""

from __future__ import annotations

import logging
import re
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from breakfix.embedded.programs.postgres.catalog import Facts, fill, relations, remember

INT, FLOAT, TEXT = 23, 701, 25
_STEPS, _ROWS = 2_000, 100_000  # thousands of SQLite's steps, and rows, that a statement may take
_PAGES = 16_384  # 64 MiB
_VERSION = "PostgreSQL 16.9 (Debian 16.9-1.pgdg120+1) on x86_64-pc-linux-gnu, compiled by gcc " \
    "(Debian 12.2.0-14) 12.2.0, 64-bit"  # fmt: skip


class SqlError(Exception):
    """An error as PostgreSQL reports it; `position` counts characters from 1."""

    def __init__(self, code: str, message: str, detail: str = "", position: int = 0) -> None:
        super().__init__(message)
        self.code, self.message, self.detail, self.position = code, message, detail, position


@dataclass
class Result:
    """What one statement gave."""

    tag: str
    columns: list[str] | None = None
    types: list[int] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    wrote: bool = False


class Database:
    """One database; `data` is what was kept of it."""

    def __init__(self, data: bytes = b"") -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        if data:
            self._db.deserialize(data)
        self._db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        self._db.execute(f"PRAGMA max_page_count={_PAGES}")
        self._db.execute("PRAGMA user_version=1")  # an empty one cannot be serialized
        self._db.execute("PRAGMA foreign_keys=ON")
        self._db.set_authorizer(_authorize)
        self._db.create_function("version", 0, lambda: _VERSION)
        self._db.create_function("chr", 1, chr)
        self._db.create_function("md5", 1, _md5)
        self._db.create_function("pg_is_in_recovery", 0, lambda: 0)
        self.facts = Facts()
        for name in ("current_user", "session_user", "user"):
            self._db.create_function(name, 0, lambda: self.facts.user)
        self._db.create_function("current_database", 0, lambda: self.facts.database)
        self._db.create_function("pg_backend_pid", 0, lambda: self.facts.pid)
        self._db.create_function("pg_reload_conf", 0, lambda: "t")

    def kept(self) -> bytes:
        """All of it."""
        return bytes(self._db.serialize())

    @property
    def in_transaction(self) -> bool:
        """Is one open?"""
        return self._db.in_transaction

    def run(self, sql: str) -> Result:
        """One statement. Raises SqlError."""
        tree = _parsed(sql)
        kind = type(tree).__name__
        text = _translated(tree)
        steps = iter(range(_STEPS))
        self._db.set_progress_handler(lambda: next(steps, None) is None, 1000)
        try:
            fill(self._db, text, self.facts)
            cursor = self._db.execute(text)
            rows = cursor.fetchmany(_ROWS)
            self._remember(tree)
        except sqlite3.Error as error:
            raise _error(error, sql) from None
        finally:
            self._db.set_progress_handler(None, 0)
        return _result(tree, kind, cursor, rows)

    def tables(self) -> list[tuple[str, str]]:
        """Names and kinds of what is in it."""
        return relations(self._db)

    def _remember(self, tree: Any) -> None:
        """What a new table's columns were said to be."""
        from sqlglot import exp

        table = tree.find(exp.Table)
        if table is None or type(tree).__name__ not in ("Create", "Alter"):
            return
        columns = [_described(c, table.name) for c in tree.find_all(exp.ColumnDef) if c.kind]
        if columns:
            remember(self._db, table.name, columns)


_TYPES = {"int": "integer", "serial": "integer", "bigserial": "bigint", "bool": "boolean",
          "timestamptz": "timestamp with time zone", "timestamp": "timestamp without time zone",
          "varchar": "character varying", "char": "character", "decimal": "numeric",
          "real": "real"}  # fmt: skip


def _described(column: Any, table: str) -> tuple[str, str, str]:
    """Name, type and default of a column, as PostgreSQL has them."""
    from sqlglot import exp

    kind = column.kind.sql(dialect="postgres").lower()
    word, mark, rest = kind.partition("(")
    shown = _TYPES.get(word, word) + mark + rest.replace(" ", "")
    found = column.find(exp.DefaultColumnConstraint)
    default = found.this.sql(dialect="postgres") if found else ""
    default = {"CURRENT_TIMESTAMP": "now()", "CURRENT_TIMESTAMP()": "now()"}.get(default, default)
    if "SERIAL" in column.kind.this.name:
        default = f"nextval('{table}_{column.name}_seq'::regclass)"
    return column.name, shown, default


def _md5(text: str) -> str:
    import hashlib

    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _authorize(action: int, *_: object) -> int:
    denied = (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)
    return sqlite3.SQLITE_DENY if action in denied else sqlite3.SQLITE_OK


_ALLOWED = frozenset(
    [
        "Select",
        "Union",
        "Except",
        "Intersect",
        "Insert",
        "Update",
        "Delete",
        "Create",
        "Drop",
        "Alter",
        "Transaction",
        "Commit",
        "Rollback",
        "Values",
        "TruncateTable",
        "Subquery",
        "Table",
    ]
)


_VERBS = frozenset(
    [
        "select",
        "insert",
        "update",
        "delete",
        "create",
        "drop",
        "alter",
        "begin",
        "start",
        "commit",
        "end",
        "rollback",
        "truncate",
        "with",
        "values",
        "table",
    ]
)


def statements(sql: str) -> list[str]:
    """The statements of a text, apart."""
    found, word, quote = [], "", ""
    for char in sql:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        if char == ";" and not quote:
            found.append(word)
            word = ""
        else:
            word += char
    return [s for s in [*found, word] if s.strip() and not _comment_only(s)]


def _comment_only(text: str) -> bool:
    return all(not ln.strip() or ln.strip().startswith("--") for ln in text.splitlines())


def _parsed(sql: str) -> Any:
    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    first = re.match(r"\s*([A-Za-z]*)", sql)
    if first and first[1].lower() not in _VERBS and not sql.lstrip().startswith("("):
        raise _syntax(sql, first[1])
    try:
        tree = sqlglot.parse_one(sql, read="postgres")
    except SqlglotError as error:
        details = getattr(error, "errors", None) or [{}]
        near = details[0].get("highlight") or (first[1] if first else "")
        raise _syntax(sql, near) from None
    if type(tree).__name__ not in _ALLOWED:
        raise _syntax(sql, first[1] if first else "")
    return tree


def _syntax(sql: str, near: str) -> SqlError:
    if not near:
        return SqlError("42601", "syntax error at end of input", position=len(sql) + 1)
    at = sql.find(near) + 1
    return SqlError("42601", f'syntax error at or near "{near}"', position=at)


def _translated(tree: Any) -> str:
    text: str = tree.sql(dialect="sqlite")
    text = re.sub(r"\b(?:BIG|SMALL)?SERIAL\b(?:\s+NOT NULL)?", "INTEGER", text, flags=re.IGNORECASE)
    text = re.sub(r"\bINTEGER (?:GENERATED [A-Z ]+ )?(?:NOT NULL )?PRIMARY KEY\b",
                  "INTEGER PRIMARY KEY", text)  # fmt: skip
    text = re.sub(
        r"\bNOW\(\)|\bCURRENT_TIMESTAMP\(\)", "CURRENT_TIMESTAMP", text, flags=re.IGNORECASE
    )
    if type(tree).__name__ == "TruncateTable":
        return "DELETE FROM " + ", ".join(  # noqa: S608 - one statement, in memory
            t.sql(dialect="sqlite") for t in tree.expressions
        )
    text = re.sub(r"\bSQLITE_VERSION\(\)", "VERSION()", text, flags=re.IGNORECASE)
    text = re.sub(r"\binformation_schema\.", "information_schema_", text, flags=re.IGNORECASE)
    return text.replace("public.", "").replace("pg_catalog.", "")


def _error(error: sqlite3.Error, sql: str) -> SqlError:  # noqa: C901 - flat cases
    words = str(error)

    def after(mark: str) -> str:
        return words.partition(mark)[2].strip()

    if name := after("no such table: "):
        name = name.removeprefix("main.")
        what = "table" if re.match(r"\s*drop", sql, re.IGNORECASE) else "relation"
        at = sql.find(name) + 1 if what == "relation" else 0
        return SqlError("42P01", f'{what} "{name}" does not exist', position=at)
    if name := after("no such column: ") or after("has no column named "):
        if "has no column" in words:
            return SqlError("42703", f'column "{name}" of relation "{_table_of(sql)}" does not '
                            "exist", position=sql.find(name) + 1)  # fmt: skip
        return SqlError("42703", f'column "{name}" does not exist', position=sql.find(name) + 1)
    if found := re.match(r"table \"?(\w+)\"? already exists", words):
        return SqlError("42P07", f'relation "{found[1]}" already exists')
    if name := after("UNIQUE constraint failed: "):
        table, _, column = name.split(",")[0].partition(".")
        rule = f"{table}_pkey" if column == "id" else f"{table}_{column}_key"
        return SqlError("23505", f'duplicate key value violates unique constraint "{rule}"',
                        f"Key ({column}) already exists.")  # fmt: skip
    if name := after("NOT NULL constraint failed: "):
        table, _, column = name.partition(".")
        text = f'null value in column "{column}" of relation "{table}" violates not-null constraint'
        return SqlError("23502", text)
    if name := after("no such function: "):
        return SqlError("42883", f"function {name.lower()}() does not exist")
    if "CHECK constraint failed: " in words:
        relation, columns = _table_of(sql), re.findall(r"[a-z_]\w*", after("failed: "))
        rule = "_".join([relation, *columns[:1], "check"])
        return SqlError("23514", f'new row for relation "{relation}" violates check constraint '
                        f'"{rule}"')  # fmt: skip
    if "FOREIGN KEY" in words and re.match(r"\s*(insert|update)", sql, re.IGNORECASE):
        return SqlError("23503", f'insert or update on table "{_table_of(sql)}" violates foreign '
                        "key constraint")  # fmt: skip
    if "FOREIGN KEY" in words:
        return SqlError("23503", "insert or update on table violates foreign key constraint")
    if "interrupted" in words:
        return SqlError("57014", "canceling statement due to statement timeout")
    if "full" in words:
        return SqlError("53100", "could not extend file: No space left on device")
    near = re.match(r'near "([^"]*)"', words)
    return _syntax(sql, near[1]) if near else SqlError("XX000", words)


def _table_of(sql: str) -> str:
    found = re.match(r'\s*(?:insert\s+into|update|delete\s+from)\s+"?(\w+)', sql, re.IGNORECASE)
    return found[1] if found else ""


def _result(tree: Any, kind: str, cursor: sqlite3.Cursor, rows: list[Any]) -> Result:
    count = max(cursor.rowcount, 0)
    if cursor.description is not None and kind not in ("Create", "Drop", "Alter"):
        names = [_column(d[0]) for d in cursor.description]
        types = [_type([r[i] for r in rows]) for i in range(len(names))]
        tags = {"Insert": f"INSERT 0 {len(rows)}", "Update": f"UPDATE {len(rows)}",
                "Delete": f"DELETE {len(rows)}"}  # fmt: skip
        shown = [[_text(v) for v in row] for row in rows]
        return Result(tags.get(kind, f"SELECT {len(rows)}"), names, types, shown, kind in tags)
    tags = {
        "Insert": f"INSERT 0 {count}", "Update": f"UPDATE {count}", "Delete": f"DELETE {count}",
        "Transaction": "BEGIN", "Commit": "COMMIT", "Rollback": "ROLLBACK",
        "TruncateTable": "TRUNCATE TABLE",
    }  # fmt: skip
    what = str(tree.args.get("kind") or "TABLE").upper()
    return Result(tags.get(kind) or f"{kind.upper()} {what}", wrote=kind != "Transaction")


def _column(name: str) -> str:
    found = re.match(r"(\w+)\(", name)
    if found:
        return found[1].lower()
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else "?column?"


def _type(values: list[Any]) -> int:
    known = [v for v in values if v is not None]
    if known and all(isinstance(v, int) for v in known):
        return INT
    return FLOAT if known and all(isinstance(v, (int, float)) for v in known) else TEXT


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return value.hex() if isinstance(value, bytes) else str(value)
