"""The history: rounds, and for each an event log that only grows.

SQLite with write-ahead logging: a process killed at any moment loses nothing that was
written. A round is what its events say; nothing about it is kept twice. Beside the log:
snapshots (blobs) for restoring, and which base is kept warm on which cluster.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from breakfix.errors import StoreError

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS rounds (
  id TEXT PRIMARY KEY, scenario TEXT NOT NULL, seed TEXT NOT NULL, cluster TEXT NOT NULL,
  created_at TEXT NOT NULL, closed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, round TEXT NOT NULL REFERENCES rounds(id),
  at TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_of_round ON events(round, seq);
CREATE TABLE IF NOT EXISTS snapshots (
  round TEXT NOT NULL REFERENCES rounds(id), name TEXT NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (round, name));
CREATE TABLE IF NOT EXISTS kept (
  cluster TEXT PRIMARY KEY, base TEXT NOT NULL, bare BLOB NOT NULL, warm BLOB NOT NULL);
"""


@dataclass(frozen=True)
class Event:
    """One thing that happened in a round, in UTC."""

    seq: int
    at: datetime
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True)
class RoundRow:
    """A round as it was created; all else is in its events."""

    id: str
    scenario: str
    seed: str
    cluster: str
    created_at: datetime
    closed: bool


@dataclass(frozen=True)
class Kept:
    """A base that was left on a cluster for the next round: the digest of its manifests,
    the cluster without it and with it (snapshots as bytes)."""

    base: str
    bare: bytes
    warm: bytes


class History:
    """The history in one file. Every method may raise StoreError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._db is not None:
            self._db.close()
            self._db = None

    # -- rounds and events ------------------------------------------------------------

    def create_round(self, row: RoundRow, data: dict[str, Any]) -> None:
        """A new round with its first event, `created`, in one transaction."""
        with self._write() as db:
            values = (row.id, row.scenario, row.seed, row.cluster, row.created_at.isoformat())
            db.execute("INSERT INTO rounds VALUES (?, ?, ?, ?, ?, 0)", values)
            self._insert(db, row.id, row.created_at, "created", data)

    def append(self, round_id: str, at: datetime, kind: str, data: dict[str, Any]) -> None:
        """Add an event; it is on disk when this returns."""
        with self._write() as db:
            self._insert(db, round_id, at, kind, data)

    def close_round(self, round_id: str, at: datetime, data: dict[str, Any]) -> None:
        """The last event, `ended`; the round's snapshots are no longer needed."""
        with self._write() as db:
            self._insert(db, round_id, at, "ended", data)
            db.execute("UPDATE rounds SET closed = 1 WHERE id = ?", (round_id,))
            db.execute("DELETE FROM snapshots WHERE round = ?", (round_id,))

    def events(self, round_id: str) -> list[Event]:
        """All events of a round, oldest first."""
        with self._read() as db:
            query = "SELECT seq, at, kind, data FROM events WHERE round = ? ORDER BY seq"
            rows = db.execute(query, (round_id,)).fetchall()
        return [
            Event(seq, datetime.fromisoformat(at), kind, json.loads(data))
            for seq, at, kind, data in rows
        ]

    def all_events(self) -> dict[str, list[Event]]:
        """The events of every round by its id, oldest first: the whole history at once."""
        with self._read() as db:
            query = "SELECT round, seq, at, kind, data FROM events ORDER BY seq"
            rows = db.execute(query).fetchall()
        found: dict[str, list[Event]] = {}
        for round_id, seq, at, kind, data in rows:
            event = Event(seq, datetime.fromisoformat(at), kind, json.loads(data))
            found.setdefault(round_id, []).append(event)
        return found

    def rounds(self, scenario: str = "") -> list[RoundRow]:
        """All rounds, newest first."""
        where, values = ("WHERE scenario = ?", (scenario,)) if scenario else ("", ())
        query = f"SELECT * FROM rounds {where} ORDER BY created_at DESC, rowid DESC"  # noqa: S608
        with self._read() as db:
            return [_row(values) for values in db.execute(query, values).fetchall()]

    def open_round(self) -> RoundRow | None:
        """The newest round that has not ended."""
        return next((row for row in self.rounds() if not row.closed), None)

    def find(self, round_id: str) -> RoundRow | None:
        """A round by its id."""
        return next((row for row in self.rounds() if row.id == round_id), None)

    # -- snapshots and kept bases -----------------------------------------------------

    def save_snapshot(self, round_id: str, name: str, data: bytes) -> None:
        """Keep a snapshot of a round until the round ends."""
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)", (round_id, name, data))

    def snapshot(self, round_id: str, name: str) -> bytes | None:
        """A snapshot of an open round."""
        query = "SELECT data FROM snapshots WHERE round = ? AND name = ?"
        with self._read() as db:
            row = db.execute(query, (round_id, name)).fetchone()
        return row[0] if row else None

    def keep(self, cluster: str, kept: Kept | None) -> None:
        """Remember (or with None forget) the base that is kept on a cluster."""
        with self._write() as db:
            db.execute("DELETE FROM kept WHERE cluster = ?", (cluster,))
            if kept is not None:
                values = (cluster, kept.base, kept.bare, kept.warm)
                db.execute("INSERT INTO kept VALUES (?, ?, ?, ?)", values)

    def kept(self, cluster: str) -> Kept | None:
        """The base that is kept on a cluster."""
        query = "SELECT base, bare, warm FROM kept WHERE cluster = ?"
        with self._read() as db:
            row = db.execute(query, (cluster,)).fetchone()
        return Kept(*row) if row else None

    # -- the file ---------------------------------------------------------------------

    @staticmethod
    def _insert(
        db: sqlite3.Connection, round_id: str, at: datetime, kind: str, data: dict[str, Any]
    ) -> None:
        values = (round_id, at.isoformat(), kind, json.dumps(data))
        db.execute("INSERT INTO events (round, at, kind, data) VALUES (?, ?, ?, ?)", values)

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._read() as db, db:
            yield db

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._open()
        except sqlite3.Error as error:
            raise _explained(error, self.path) from error

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = _connect(self.path)
        return self._db


def _connect(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StoreError(
            f"the history cannot be kept in {path}: {error.strerror}",
            "Make the folder writable, or name another one in BREAKFIX_HOME.",
        ) from error
    db = sqlite3.connect(path, timeout=10, check_same_thread=False)
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path} was written by a newer breakfix (format {version})",
            "Use that breakfix, or name another folder in BREAKFIX_HOME.",
        )
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    if version < SCHEMA_VERSION:  # else reading alone needs no room on the disk
        db.executescript(SCHEMA)
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    return db


def _row(values: tuple[Any, ...]) -> RoundRow:
    round_id, scenario, seed, cluster, created, closed = values
    at = datetime.fromisoformat(created)
    return RoundRow(round_id, scenario, seed, cluster, at, bool(closed))


def _explained(error: sqlite3.Error, path: Path) -> StoreError:
    text = str(error)
    if "full" in text:
        hint = "Free some space there, then go on: `breakfix round status`. Nothing was lost."
        return StoreError(f"the disk with {path} is full", hint)
    if "malformed" in text or "not a database" in text:
        hint = f"Move it away and start a new one: mv {path} {path}.damaged"
        return StoreError(f"the history {path} is damaged: {text}", hint)
    hint = "Is it writable, and is no other breakfix busy with it? BREAKFIX_HOME names its folder."
    return StoreError(f"the history {path} cannot be used: {text}", hint)
