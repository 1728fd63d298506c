"""A journal in SQLite (WAL): a cluster that was killed goes on where it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import orjson

from breakfix.embedded.objects import Object

_TABLES = """
create table if not exists objects (
  resource text not null, namespace text not null, name text not null,
  body blob not null, primary key (resource, namespace, name)
) without rowid;
create table if not exists state (id integer primary key check (id = 1), version integer not null);
insert or ignore into state values (1, 1);
"""


class SqliteJournal:
    """Every write is in the operating system's hands before it is answered."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=5.0)
        self._db.execute("pragma journal_mode = wal")
        # a killed process loses nothing; after a power cut the last seconds may be missing
        self._db.execute("pragma synchronous = off")
        self._db.execute("pragma locking_mode = exclusive")
        self._db.executescript(_TABLES)

    def put(self, resource: str, namespace: str, name: str, version: int, body: bytes) -> None:
        """Keep an object."""
        self._db.execute("begin")
        self._db.execute(
            "insert or replace into objects values (?, ?, ?, ?)", (resource, namespace, name, body)
        )
        self._end(version)

    def remove(self, resource: str, namespace: str, name: str, version: int) -> None:
        """Forget an object."""
        self._db.execute("begin")
        self._db.execute(
            "delete from objects where resource = ? and namespace = ? and name = ?",
            (resource, namespace, name),
        )
        self._end(version)

    def _end(self, version: int) -> None:
        self._db.execute("update state set version = ?", (version,))
        self._db.execute("commit")

    def version(self) -> int:
        """The newest resourceVersion."""
        found: int = self._db.execute("select version from state").fetchone()[0]
        return found

    def objects(self) -> Iterator[tuple[str, Object]]:
        """Everything that was kept."""
        for resource, body in self._db.execute("select resource, body from objects"):
            yield resource, orjson.loads(body)

    def close(self) -> None:
        """Let the file go."""
        self._db.close()
