"""One database: what is committed of it."""

from __future__ import annotations

import sqlite3


class Database:
    """One database; `data` is what SQLite keeps of it, and each commit makes a new version."""

    def __init__(self, data: bytes = b"") -> None:
        self.data, self.version = data or _empty(), 0

    def commit(self, data: bytes) -> None:
        """Another state of it."""
        self.data = data
        self.version += 1


def _empty() -> bytes:
    db = sqlite3.connect(":memory:")
    db.execute("PRAGMA user_version=1")  # without any page it cannot be serialized
    data = bytes(db.serialize())
    db.close()
    return data
