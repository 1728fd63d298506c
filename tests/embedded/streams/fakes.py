"""Pods that do what a test says: no kubelets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from breakfix.embedded.errors import StatusError, bad_request, internal
from breakfix.embedded.network.types import RefusedError
from breakfix.embedded.nodes.access import LogOptions, Session
from breakfix.embedded.objects import Object, name_of

Command = Callable[[Session, list[str]], Awaitable[int]]


class FakeStream:
    """One end of a connection in memory."""

    def __init__(self, inward: asyncio.Queue[bytes], outward: asyncio.Queue[bytes]) -> None:
        self.local, self.peer = ("127.0.0.1", 1), ("127.0.0.1", 2)
        self._in, self._out = inward, outward
        self._rest = b""
        self._ended = self._sent_end = False

    async def read(self, limit: int = 65536) -> bytes:
        while not self._rest and not self._ended:
            self._rest = await self._in.get()
            self._ended = not self._rest
        found, self._rest = self._rest[:limit], self._rest[limit:]
        return found

    async def write(self, data: bytes) -> None:
        if data:
            await self._out.put(data)

    def end_writing(self) -> None:
        if not self._sent_end:
            self._sent_end = True
            self._end = asyncio.ensure_future(self._out.put(b""))

    def close(self) -> None:
        self.end_writing()


def pair() -> tuple[FakeStream, FakeStream]:
    """Both ends."""
    one: asyncio.Queue[bytes] = asyncio.Queue(4)
    two: asyncio.Queue[bytes] = asyncio.Queue(4)
    return FakeStream(one, two), FakeStream(two, one)


Server = Callable[[FakeStream], Awaitable[None]]


class FakeAccess:
    """PodAccess with commands and servers as functions."""

    def __init__(self) -> None:
        self.servers: dict[int, Server] = {}
        self.commands: dict[str, Command] = {
            "echo": _echo, "cat": _cat, "exit": _exit, "yes": self._yes, "sleep": self._sleep,
            "size": _size, "tty": _tty,
        }  # fmt: skip
        self.lines = [f"line {n}".encode() for n in range(1, 6)]
        self.asked: list[LogOptions] = []
        self.cancelled = asyncio.Event()
        self.written = 0
        self._tasks: set[asyncio.Future[None]] = set()

    def page(self, node: str, path: str) -> tuple[bytes, str] | None:
        del node, path
        return None

    async def logs(self, pod: Object, container: str, options: LogOptions) -> AsyncIterator[bytes]:
        self.asked.append(options)
        if container == "waiting":
            raise bad_request(
                f'container "waiting" in pod "{name_of(pod)}" is waiting to start: '
                "ContainerCreating"
            )
        lines = self.lines[-options.tail_lines :] if options.tail_lines else self.lines
        for line in lines:
            yield line + b"\n"
        if options.follow:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled.set()

    async def exec(self, pod: Object, container: str, argv: list[str], session: Session) -> int:
        if container == "gone":
            raise StatusError(404, "NotFound", f'container not found ("{container}")')
        command = self.commands.get(argv[0])
        if command is None:
            raise internal(f'error executing command in container: exec: "{argv[0]}": not found')
        return await command(session, argv)

    async def attach(self, pod: Object, container: str, session: Session) -> int:
        return await _cat(session, ["cat"])

    async def dial(self, pod: Object, port: int) -> FakeStream:
        server = self.servers.get(port)
        if server is None:
            raise RefusedError
        near, far = pair()
        task = asyncio.ensure_future(server(far))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return near

    async def dial_address(self, address: str, port: int) -> FakeStream:
        return await self.dial({}, port)

    async def _yes(self, session: Session, argv: list[str]) -> int:
        assert session.stdout is not None
        try:
            while True:
                await session.stdout.write(b"y\n" * 4096)
                self.written += 8192
                await asyncio.sleep(0)
        finally:
            self.cancelled.set()

    async def _sleep(self, session: Session, argv: list[str]) -> int:
        try:
            await asyncio.sleep(float(argv[1]))
        finally:
            self.cancelled.set()
        return 0


async def _echo(session: Session, argv: list[str]) -> int:
    assert session.stdout is not None
    await session.stdout.write(" ".join(argv[1:]).encode() + b"\n")
    return 0


async def _cat(session: Session, argv: list[str]) -> int:
    while session.stdin and (data := await session.stdin.read()):
        if session.stdout:
            await session.stdout.write(data)
    return 0


async def _exit(session: Session, argv: list[str]) -> int:
    if session.stderr:
        await session.stderr.write(b"failing\n")
    return int(argv[1])


async def _size(session: Session, argv: list[str]) -> int:
    told: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
    session.resized = lambda columns, rows: told.put_nowait((columns, rows))
    assert session.stdout is not None
    columns, rows = await told.get()
    await session.stdout.write(f"{columns}x{rows}\n".encode())
    return 0


async def _tty(session: Session, argv: list[str]) -> int:
    assert session.stdout is not None
    streams = [n for n in ("stdin", "stdout", "stderr") if getattr(session, n)]
    await session.stdout.write(f"{session.tty} {' '.join(streams)}\n".encode())
    return 0


async def echo_server(stream: FakeStream) -> None:
    """Says back what it hears."""
    while data := await stream.read():
        await stream.write(data)
    stream.end_writing()
