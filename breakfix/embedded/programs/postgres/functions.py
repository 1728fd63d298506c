"""PostgreSQL's functions that SQLite does not have, or has otherwise."""

from __future__ import annotations

import hashlib
import math
import sqlite3
from collections.abc import Callable
from datetime import datetime

from breakfix.embedded.programs.postgres.errors import SqlError
from breakfix.embedded.programs.postgres.facts import Facts
from breakfix.embedded.programs.postgres.version import FULL_VERSION

Value = str | int | float | None


class Functions:
    """Those of one session; `fault` is the error that one of them has raised."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.facts = Facts()
        self.fault: SqlError | None = None
        db.create_function("chr", 1, chr)
        db.create_function("md5", 1, _md5)
        db.create_function("pg_div", 2, self._div)
        db.create_function("pg_mod", 2, self._mod)
        for name, value in {**self._information(), **self._times()}.items():
            db.create_function(name, 0, value)

    def _information(self) -> dict[str, Callable[[], Value]]:
        """About the session and its server."""
        return {
            "version": lambda: FULL_VERSION,
            "pg_is_in_recovery": lambda: 0,
            "current_user": lambda: self.facts.user,
            "session_user": lambda: self.facts.user,
            "user": lambda: self.facts.user,
            "current_database": lambda: self.facts.database,
            "pg_backend_pid": lambda: self.facts.pid,
            "pg_reload_conf": lambda: "t",
        }

    def _times(self) -> dict[str, Callable[[], Value]]:
        """The start of the transaction, and that of the statement."""
        return {
            "pg_now": lambda: _timestamp(self.facts.now) + "+00:00",
            "transaction_timestamp": lambda: _timestamp(self.facts.now) + "+00:00",
            "statement_timestamp": lambda: _timestamp(self.facts.statement) + "+00:00",
            "clock_timestamp": lambda: _timestamp(self.facts.statement) + "+00:00",
            "pg_localtimestamp": lambda: _timestamp(self.facts.now),
            "pg_current_date": lambda: self.facts.now.strftime("%Y-%m-%d"),
            "pg_current_time": lambda: _timestamp(self.facts.now)[11:] + "+00",
            "pg_localtime": lambda: _timestamp(self.facts.now)[11:],
        }

    def _div(self, left: Value, right: Value) -> Value:
        a, b = self._operands(left, right)
        if a is None or b is None:
            return None
        if isinstance(a, int) and isinstance(b, int):
            return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return a / b

    def _mod(self, left: Value, right: Value) -> Value:
        a, b = self._operands(left, right)
        if a is None or b is None:
            return None
        if isinstance(a, int) and isinstance(b, int):
            return abs(a) % abs(b) * (-1 if a < 0 else 1)
        return math.fmod(a, b)

    def _operands(self, left: Value, right: Value) -> tuple[int | float | None, int | float | None]:
        a, b = _number(left), _number(right)
        if b == 0 and a is not None:
            self.fault = SqlError("22012", "division by zero")
            raise self.fault
        return a, b


def _number(value: Value) -> int | float | None:
    if not isinstance(value, str):
        return value
    try:
        return int(value)
    except ValueError:
        return float(value)


def _timestamp(time: datetime) -> str:
    text = time.strftime("%Y-%m-%d %H:%M:%S")
    return text + f".{time.microsecond:06}".rstrip("0").rstrip(".")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
