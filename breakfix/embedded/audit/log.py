"""The audit log of one cluster."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from breakfix.embedded.audit.bodies import line
from breakfix.embedded.audit.entry import Entry, Info
from breakfix.embedded.clock import Clock
from breakfix.embedded.objects import Object

KEPT = 5_000  # entries in memory
KEPT_BODIES = 8 * 1024 * 1024  # bytes of requests in memory
BUFFERED = 256  # lines before a write to the file
WAITING = 4096  # lines that a full disk makes wait
FLUSHED = 1.0  # seconds that a line waits, where more requests follow
LARGEST_FILE = 64 * 1024 * 1024  # bytes; the file before is kept as .1


class Http(Protocol):
    """What is asked of an HTTP request (aiohttp's, or a test's)."""

    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def path_qs(self) -> str: ...
    @property
    def remote(self) -> str | None: ...


class AuditLog:
    """The latest requests; with a path all of them as JSON lines, which only the owner reads."""

    def __init__(self, clock: Clock, path: Path | None = None, kept: int = KEPT) -> None:
        self._clock = clock
        self._path = path
        self._kept = kept
        self._entries: deque[Entry] = deque()
        self._bodies = 0  # bytes
        self._lines: list[bytes] = []
        self._flushed = clock.monotonic()

    def begin(self, http: Http, info: Info) -> Entry:
        """A request has come; end the entry when it is answered."""
        agent, source = http.headers.get("User-Agent", ""), http.remote or ""
        return Entry(info, http.path_qs, agent, source, self._clock.now(), self._done)

    def _done(self, entry: Entry) -> None:
        entry.ended = self._clock.now()
        if not self._entries or self._entries[-1] is not entry:
            self._entries.append(entry)
            self._bodies += len(entry.body)
        while len(self._entries) > self._kept or self._bodies > KEPT_BODIES:
            self._bodies -= len(self._entries.popleft().body)
        if self._path is not None:
            self._lines.append(line(entry.event()))
            waited = self._clock.monotonic() - self._flushed
            if len(self._lines) >= BUFFERED or waited >= FLUSHED:
                self.flush()

    def since(self, start: datetime | None = None) -> Iterator[Object]:
        """The events in memory that ended at or after `start`, oldest first."""
        for entry in list(self._entries):
            if start is None or entry.ended >= start:
                yield entry.event()

    def flush(self) -> None:
        """Write to the file what is buffered; on a disk that is full the newest wait for later."""
        self._flushed = self._clock.monotonic()
        if self._path is None or not self._lines:
            return
        try:
            self._write(self._path, b"\n".join(self._lines) + b"\n")
            self._lines = []
        except OSError:
            del self._lines[:-WAITING]

    @staticmethod
    def _write(path: Path, lines: bytes) -> None:
        if path.exists() and path.stat().st_size > LARGEST_FILE:
            path.replace(path.with_name(path.name + ".1"))
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        with os.fdopen(os.open(path, flags, 0o600), "ab") as file:
            file.write(lines)

    def close(self) -> None:
        """Write the rest."""
        self.flush()
