"""What a container prints, kept as its runtime's log file keeps it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from breakfix.embedded.clock import Clock
from breakfix.embedded.machine.streams import Changes

MAX_LOG = 2 << 20  # bytes kept of one container: the oldest go, as when a log file is rotated
_OVERHEAD = 200  # bytes of a block beside its data
ROTATE = 10 << 20  # bytes of one log file of a real kubelet
MAX_LINE = 16384  # bytes that are kept of a line; longer ones are several, as of containerd


@dataclass(frozen=True, slots=True)
class Block:
    """What was written at one time: whole lines with their ends, or a part of a long line."""

    number: int
    at: datetime
    stream: str  # "stdout", "stderr"
    data: bytes
    whole: bool

    def text(self, stamp: bytes = b"") -> bytes:
        """Its lines, each (and each part of a long one) with a stamp before it."""
        if not stamp:
            return self.data
        if not self.whole:
            return stamp + self.data
        if not _has_long(self.data):
            return stamp + self.data[:-1].replace(b"\n", b"\n" + stamp) + b"\n"
        lines = [line + b"\n" for line in self.data[:-1].split(b"\n")]
        parts = [line[at : at + MAX_LINE] for line in lines
                 for at in range(0, max(len(line) - 1, 1), MAX_LINE)]  # fmt: skip
        return b"".join(stamp + part for part in parts)

    def last(self, lines: int) -> Block:
        """Only its last so many lines."""
        at = len(self.data) - 1
        for _ in range(lines):
            at = self.data.rfind(b"\n", 0, at)
        return replace(self, data=self.data[at + 1 :])


def _has_long(data: bytes) -> bool:
    """Is one of the lines so long that it is kept in parts?"""
    at = 0
    while len(data) - at > MAX_LINE:
        end = data.rfind(b"\n", at, at + MAX_LINE + 1)
        if end < 0:
            return True
        at = end + 1
    return False


class Follower(Protocol):
    """Somebody who is attached; gets bytes as they are written."""

    async def __call__(self, stream: str, data: bytes) -> None: ...


class Log:
    """The output of one run of a container."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._blocks: deque[Block] = deque()
        self._rest = {"stdout": b"", "stderr": b""}
        self._size = self._count = self._written = 0
        self.closed = False
        self._moved = Changes()
        self.followers: list[Follower] = []

    async def write(self, stream: str, data: bytes) -> None:
        """Take bytes of a stream, at the present time."""
        self._written += len(data)
        text = self._rest[stream] + data
        end = text.rfind(b"\n") + 1
        if end:
            self._add(stream, text[:end], whole=True)
        rest = text[end:]
        while len(rest) > MAX_LINE:
            self._add(stream, rest[:MAX_LINE], whole=False)
            rest = rest[MAX_LINE:]
        self._rest[stream] = rest
        self._moved.tell()
        for follower in list(self.followers):
            await follower(stream, data)

    def _add(self, stream: str, data: bytes, whole: bool) -> None:
        self._count += 1
        self._blocks.append(Block(self._count, self._clock.now(), stream, data, whole))
        self._size += len(data) + _OVERHEAD
        while self._size > MAX_LOG and len(self._blocks) > 1:
            self._size -= len(self._blocks.popleft().data) + _OVERHEAD

    def close(self) -> None:
        """Nothing more comes: a last line without an end is kept too."""
        for stream, rest in self._rest.items():
            if rest:
                self._add(stream, rest, whole=False)
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

    def after(self, number: int) -> list[Block]:
        """The blocks behind this one."""
        found: list[Block] = []
        for block in reversed(self._blocks):
            if block.number <= number:
                break
            found.append(block)
        return found[::-1]

    def tail(self, lines: int, limit: int) -> str:
        """The last so many lines, of them the last so many bytes."""
        found: list[bytes] = []
        count = size = 0
        for block in reversed(self._blocks):
            found.append(block.data)
            count, size = count + block.data.count(b"\n"), size + len(block.data)
            if count > lines or size > limit:
                break
        text = b"".join(reversed(found))
        ends = text.endswith(b"\n")
        last = b"\n".join(text.removesuffix(b"\n").split(b"\n")[-lines:]) + b"\n" * ends
        return last[-limit:].decode(errors="replace")

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
