"""One database: PostgreSQL's SQL on SQLite in memory."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable

from breakfix.embedded.programs.postgres.catalog import Facts, fill, remember
from breakfix.embedded.programs.postgres.column_definitions import column_definitions
from breakfix.embedded.programs.postgres.parser import parsed
from breakfix.embedded.programs.postgres.results import Result, result_of
from breakfix.embedded.programs.postgres.sqlite_errors import translated
from breakfix.embedded.programs.postgres.translation import sqlite_sql
from breakfix.embedded.programs.postgres.version import FULL_VERSION

_STEPS, _ROWS = 2_000, 100_000  # thousands of SQLite's steps, and rows, that a statement may take
_PAGES = 16_384  # 64 MiB


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
        self.facts = Facts()
        self._create_functions()

    def _create_functions(self) -> None:
        """PostgreSQL's functions that SQLite does not have, or has otherwise."""
        self._db.create_function("chr", 1, chr)
        self._db.create_function("md5", 1, _md5)
        values: dict[str, Callable[[], str | int]] = {
            "version": lambda: FULL_VERSION,
            "pg_is_in_recovery": lambda: 0,
            "current_user": lambda: self.facts.user,
            "session_user": lambda: self.facts.user,
            "user": lambda: self.facts.user,
            "current_database": lambda: self.facts.database,
            "pg_backend_pid": lambda: self.facts.pid,
            "pg_reload_conf": lambda: "t",
        }
        for name, value in values.items():
            self._db.create_function(name, 0, value)

    def kept(self) -> bytes:
        """All of it."""
        return bytes(self._db.serialize())

    @property
    def in_transaction(self) -> bool:
        """Is one open?"""
        return self._db.in_transaction

    def run(self, sql: str) -> Result:
        """One statement. Raises SqlError."""
        tree = parsed(sql)
        text = sqlite_sql(tree)
        steps = iter(range(_STEPS))
        self._db.set_progress_handler(lambda: next(steps, None) is None, 1000)
        try:
            fill(self._db, text, self.facts)
            cursor = self._db.execute(text)
            rows = cursor.fetchmany(_ROWS)
            table, columns = column_definitions(tree)
            if columns:
                remember(self._db, table, columns)
        except sqlite3.Error as error:
            raise translated(error, sql) from None
        finally:
            self._db.set_progress_handler(None, 0)
        return result_of(tree, cursor, rows)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _authorize(action: int, *_: object) -> int:
    denied = (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)
    return sqlite3.SQLITE_DENY if action in denied else sqlite3.SQLITE_OK
