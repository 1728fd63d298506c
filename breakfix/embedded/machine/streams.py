"""Standard streams of processes: pipes with bounds, empty input, paced output."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from breakfix.embedded.clock import Clock
from breakfix.embedded.machine.types import Output

PIPE_SIZE = 65536
RATE, BURST = 1 << 20, 8 << 20  # bytes of output: per second, and at once


class Empty:
    """Standard input that is /dev/null."""

    async def read(self, limit: int = 65536) -> bytes:  # noqa: ARG002
        return b""


class Discard:
    """Standard output that is /dev/null."""

    async def write(self, data: bytes) -> None: ...


class Memory:
    """Output that is kept, up to a limit in bytes; what comes after is dropped."""

    def __init__(self, limit: int = 1 << 20) -> None:
        self.data = bytearray()
        self._limit = limit

    async def write(self, data: bytes) -> None:
        self.data += data[: max(self._limit - len(self.data), 0)]

    @property
    def text(self) -> str:
        """All of it."""
        return self.data.decode(errors="replace")


class Given:
    """Input that is known beforehand."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def read(self, limit: int = 65536) -> bytes:
        chunk, self._data = self._data[:limit], self._data[limit:]
        return chunk


class Changes:
    """Wakes everybody who waits for the next change."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Something has changed."""
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self) -> None:
        """Until something changes."""
        await self._next.wait()


class Pipe:
    """A pipe: both Input and Output. Writing waits while it is full."""

    def __init__(self, size: int = PIPE_SIZE) -> None:
        self._chunks: deque[bytes] = deque()
        self._held = 0
        self._size = size
        self._ended = False
        self._moved = Changes()

    async def write(self, data: bytes) -> None:
        while self._held >= self._size:
            await self._moved.wait()
        if self._ended:
            raise BrokenPipeError
        if data:
            self._chunks.append(bytes(data))
            self._held += len(data)
            self._moved.tell()

    async def read(self, limit: int = 65536) -> bytes:
        while not self._chunks and not self._ended:
            await self._moved.wait()
        if not self._chunks:
            return b""
        chunk = self._chunks.popleft()
        if len(chunk) > limit:
            self._chunks.appendleft(chunk[limit:])
            chunk = chunk[:limit]
        self._held -= len(chunk)
        self._moved.tell()
        return chunk

    def end(self) -> None:
        """Nothing more will be written."""
        self._ended = True
        self._moved.tell()


class Paced:
    """An output that lets through so many bytes per second after a burst."""

    def __init__(self, output: Output, clock: Clock, rate: int = RATE, burst: int = BURST) -> None:
        self._output, self._clock, self._rate, self._burst = output, clock, rate, burst
        self._tokens, self._at = float(burst), clock.monotonic()

    async def write(self, data: bytes) -> None:
        now = self._clock.monotonic()
        self._tokens = min(self._tokens + (now - self._at) * self._rate, self._burst)
        self._at = now
        self._tokens -= len(data)
        if self._tokens < 0:
            await self._clock.sleep(-self._tokens / self._rate)
        await self._output.write(data)


class Feed:
    """What is written from another thread, or where nobody can wait, to an output."""

    def __init__(
        self, output: Output, loop: asyncio.AbstractEventLoop, limit: int = 4 << 20
    ) -> None:
        self._output = output
        self._loop = loop
        self._waiting: deque[bytes] = deque()
        self._held, self._limit = 0, limit
        self._task: asyncio.Task[None] | None = None

    def put(self, data: bytes) -> None:
        """Thread-safe; drops what is over the limit."""
        if self._held < self._limit:
            self._waiting.append(bytes(data))
            self._held += len(data)
            self._loop.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._pump())

    async def _pump(self) -> None:
        while self._waiting:
            data = self._waiting.popleft()
            self._held -= len(data)
            await self._output.write(data)

    async def drained(self) -> None:
        """Wait until all has been written."""
        while self._waiting or self._task is not None:
            task = self._task
            if task is None or task.done():
                self._task = None
                if self._waiting:
                    self._start()
                continue
            await task


Sink = Callable[[bytes], None]
