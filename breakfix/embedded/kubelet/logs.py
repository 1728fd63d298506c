"""What a container prints, kept as its runtime's log file keeps it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from breakfix.embedded.clock import Clock
from breakfix.embedded.machine.streams import Changes

MAX_LOG = 2 << 20  # bytes kept of one container: the oldest go, as when a log file is rotated
ROTATE = 10 << 20  # bytes of one log file of a real kubelet
MAX_LINE = 16384  # bytes of one entry; longer lines are several, as containerd writes them


@dataclass(frozen=True, slots=True)
class Entry:
    """A line, or a part of one (`whole` is false for all parts but the last)."""

    number: int
    at: datetime
    stream: str  # "stdout", "stderr"
    data: bytes
    whole: bool


class Follower(Protocol):
    """Somebody who is attached; gets bytes as they are written."""

    async def __call__(self, stream: str, data: bytes) -> None: ...


class Log:
    """The output of one run of a container."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.entries: deque[Entry] = deque()
        self._rest = {"stdout": b"", "stderr": b""}
        self._size = self._count = self._written = 0
        self.closed = False
        self._moved = Changes()
        self.followers: list[Follower] = []

    async def write(self, stream: str, data: bytes) -> None:
        """Take bytes of a stream, at the present time."""
        self._written += len(data)
        text = self._rest[stream] + data
        *lines, rest = text.split(b"\n")
        for line in lines:
            self._lines(stream, line, whole=True)
        while len(rest) > MAX_LINE:
            self._add(stream, rest[:MAX_LINE], whole=False)
            rest = rest[MAX_LINE:]
        self._rest[stream] = rest
        self._moved.tell()
        for follower in list(self.followers):
            await follower(stream, data)

    def _lines(self, stream: str, line: bytes, whole: bool) -> None:
        while len(line) > MAX_LINE:
            self._add(stream, line[:MAX_LINE], whole=False)
            line = line[MAX_LINE:]
        self._add(stream, line, whole)

    def _add(self, stream: str, data: bytes, whole: bool) -> None:
        self._count += 1
        self.entries.append(Entry(self._count, self._clock.now(), stream, data, whole))
        self._size += len(data) + 48
        while self._size > MAX_LOG:
            self._size -= len(self.entries.popleft().data) + 48

    def close(self) -> None:
        """Nothing more comes: a last line without an end is kept too."""
        for stream, rest in self._rest.items():
            if rest:
                self._lines(stream, rest, whole=False)
            self._rest[stream] = b""
        self.closed = True
        self._moved.tell()

    @property
    def on_disk(self) -> int:
        """Bytes of its files, as a kubelet rotates them; older ones are compressed."""
        return min(self._written, 2 * ROTATE)

    async def more(self) -> None:
        """Until something is written, or the log is closed."""
        if not self.closed:
            await self._moved.wait()

    def after(self, number: int) -> list[Entry]:
        """The entries behind this one."""
        if not self.entries or self.entries[-1].number <= number:
            return []
        skip = max(number - self.entries[0].number + 1, 0)
        return list(self.entries)[skip:]

    def tail(self, lines: int, limit: int) -> str:
        """The last so many lines, of them the last so many bytes."""
        text = b"".join(e.data + (b"\n" if e.whole else b"") for e in list(self.entries)[-lines:])
        return text[-limit:].decode(errors="replace")

    def output(self, stream: str) -> LogOutput:
        """For a process to write to."""
        return LogOutput(self, stream)


@dataclass
class LogOutput:
    """Implements machine.types.Output."""

    log: Log
    stream: str

    async def write(self, data: bytes) -> None:
        await self.log.write(self.stream, data)


Say = Callable[[str, str, str, str], None]  # type, reason, message, field path
