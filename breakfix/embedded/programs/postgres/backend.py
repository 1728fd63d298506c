"""A backend: PostgreSQL's SQL on SQLite in memory, for one session.

Each backend has a copy of its database. A transaction's writes stay in that copy until it
commits; where others have committed meanwhile, they are done again on what is committed then.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

from breakfix.embedded.programs.postgres.catalog import column_types, fill, remember
from breakfix.embedded.programs.postgres.column_definitions import column_definitions
from breakfix.embedded.programs.postgres.database import Database
from breakfix.embedded.programs.postgres.dependencies import check_dependencies
from breakfix.embedded.programs.postgres.errors import SqlError
from breakfix.embedded.programs.postgres.facts import Facts
from breakfix.embedded.programs.postgres.functions import Functions
from breakfix.embedded.programs.postgres.input_syntax import check_input
from breakfix.embedded.programs.postgres.insertion import complete_insert
from breakfix.embedded.programs.postgres.parser import parsed
from breakfix.embedded.programs.postgres.results import Result, ended_nothing, result_of
from breakfix.embedded.programs.postgres.sqlite_errors import translated
from breakfix.embedded.programs.postgres.translation import sqlite_sql
from breakfix.embedded.programs.postgres.violations import violation

_STEPS, _ROWS = 2_000, 100_000  # thousands of SQLite's steps, and rows, that a statement may take
_PAGES = 16_384  # 64 MiB


class Backend:
    """One session's."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        self._db.set_authorizer(_authorize)
        self._functions = Functions(self._db)
        self._version = -1
        self._writes: list[str] = []  # the open transaction's

    @property
    def facts(self) -> Facts:
        """What the server knows that the database does not."""
        return self._functions.facts

    @facts.setter
    def facts(self, facts: Facts) -> None:
        self._functions.facts = facts

    @property
    def in_transaction(self) -> bool:
        """Is one open?"""
        return self._db.in_transaction

    def close(self) -> None:
        """End the session; an open transaction is rolled back."""
        self._db.close()

    def run(self, sql: str) -> Result:
        """One statement. Raises SqlError."""
        tree = parsed(sql)
        kind = type(tree).__name__
        if (known := ended_nothing(kind, self.in_transaction)) is not None:
            return known
        if kind != "Rollback":
            self._refresh()
        try:
            result = self._guarded(sql, lambda: self._execute(tree, sql))
        except SqlError:
            self._version = self._version if self.in_transaction else -1  # what is half done goes
            raise
        self._keep(sql, result)
        return result

    def _keep(self, sql: str, result: Result) -> None:
        """What was written: for the end of the transaction, or for all."""
        if self.in_transaction:
            self._writes += [sql] if result.wrote else []
            return
        self._writes.clear()
        if result.wrote:
            self.database.commit(bytes(self._db.serialize()))
            self._version = self.database.version

    def _refresh(self) -> None:
        """Take up what others have committed. Raises SqlError."""
        if self._version == self.database.version:
            return
        inside = self.in_transaction
        if inside:
            self._db.execute("ROLLBACK")
        self._db.set_authorizer(None)  # it attaches
        self._db.deserialize(self.database.data)
        self._db.set_authorizer(_authorize)
        self._db.execute(f"PRAGMA max_page_count={_PAGES}")
        self._db.execute("PRAGMA foreign_keys=ON")
        self._version = self.database.version
        if inside:
            self._db.execute("BEGIN")
            for sql in self._writes:
                self._guarded(sql, lambda sql=sql: self._execute(parsed(sql), sql))  # type: ignore[misc]

    def _guarded(self, sql: str, work: Callable[[], Result]) -> Result:
        """Within a statement's limits. Raises SqlError."""
        steps = iter(range(_STEPS))
        self._db.set_progress_handler(lambda: next(steps, None) is None, 1000)
        self._functions.fault = None
        try:
            return work()
        except sqlite3.Error as error:
            raise self._functions.fault or translated(error, sql) from None
        finally:
            self._db.set_progress_handler(None, 0)

    def _execute(self, tree: Any, sql: str) -> Result:
        """Raises SqlError, sqlite3.Error."""
        types = partial(column_types, self._db)
        check_input(tree, sql, types)
        check_dependencies(self._db, tree)
        complete_insert(tree, types)
        texts = sqlite_sql(tree, sql)
        cursor, rows = self._db.cursor(), list[Any]()
        for text in texts:
            fill(self._db, text, self.facts)
            try:
                rows = cursor.execute(text).fetchmany(_ROWS)
            except sqlite3.IntegrityError as error:
                raise self._violation(error, tree, text) from None
        table, columns = column_definitions(tree)
        if columns:
            remember(self._db, table, columns)
        result = result_of(tree, cursor, rows)
        cursor.close()
        return result

    def _violation(self, error: sqlite3.Error, tree: Any, text: str) -> Exception:
        """A constraint's, with its details where they can be found."""
        try:
            return violation(self._db, error, tree, text) or error
        except sqlite3.Error:
            return error


def _authorize(action: int, *_: object) -> int:
    denied = (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)
    return sqlite3.SQLITE_DENY if action in denied else sqlite3.SQLITE_OK
