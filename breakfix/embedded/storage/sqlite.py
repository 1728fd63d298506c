"""A journal in SQLite (WAL): a cluster that was killed goes on where it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import orjson

from breakfix.embedded.errors import internal
from breakfix.embedded.objects import Object

WAIT = 1.0  # s for a server that is just ending to let the file go
_SETTINGS = """
pragma locking_mode = exclusive;
pragma journal_mode = wal;
pragma synchronous = off;
"""  # a killed process loses nothing; after a power cut the last seconds may be missing
_TABLES = """
begin exclusive;
create table if not exists objects (
  resource text not null, namespace text not null, name text not null,
  body blob not null, primary key (resource, namespace, name)
) without rowid;
create table if not exists state (id integer primary key check (id = 1), version integer not null);
insert or ignore into state values (1, 1);
commit;
"""


class StateError(Exception):
    """The state of a cluster cannot be used; the text says why and what to do."""


class SqliteJournal:
    """Every write is in the operating system's hands before it is answered.

    One server at a time. Raises StateError where the file is another server's or broken.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=WAIT)
        except (OSError, sqlite3.Error) as error:
            raise StateError(f"{path} cannot be opened: {error}") from error
        try:
            self._db.executescript(_SETTINGS + _TABLES)
        except sqlite3.Error as error:
            self._db.close()
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> StateError:
        if "locked" in str(error):
            return StateError(
                f"another server uses {self._path}: end it first, or take another directory"
            )
        return StateError(
            f"{self._path} cannot be read ({error}): move it away to begin with an empty "
            "cluster, or put a copy back that is whole"
        )

    # -- writing ----------------------------------------------------------------------

    def put(self, resource: str, namespace: str, name: str, version: int, body: bytes) -> None:
        """Keep an object. Raises StatusError 500 where that fails; nothing is changed then."""
        self._write(
            "insert or replace into objects values (?, ?, ?, ?)",
            (resource, namespace, name, body), version,
        )  # fmt: skip

    def remove(self, resource: str, namespace: str, name: str, version: int) -> None:
        """Forget an object. Raises StatusError 500 where that fails; nothing is changed then."""
        self._write(
            "delete from objects where resource = ? and namespace = ? and name = ?",
            (resource, namespace, name), version,
        )  # fmt: skip

    def _write(self, statement: str, values: tuple[object, ...], version: int) -> None:
        try:
            self._db.execute("begin")
            self._db.execute(statement, values)
            self._db.execute("update state set version = ?", (version,))
            self._db.execute("commit")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):  # a full disk may have ended it already
                self._db.execute("rollback")
            raise internal(f"the state cannot be written: {error}") from error

    # -- reading ----------------------------------------------------------------------

    def version(self) -> int:
        """The newest resourceVersion. Raises StateError."""
        try:
            found = self._db.execute("select version from state").fetchone()
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        if not found:
            raise self._unusable(ValueError("it names no version"))
        return int(found[0])

    def objects(self) -> Iterator[tuple[str, Object]]:
        """Everything that was kept. Raises StateError."""
        try:
            for resource, body in self._db.execute("select resource, body from objects"):
                yield resource, orjson.loads(body)
        except (sqlite3.Error, ValueError) as error:
            raise self._unusable(error) from error

    def close(self) -> None:
        """Let the file go."""
        self._db.close()
