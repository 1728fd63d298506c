"""What every client and server of a container needs: names, time-outs, listening, the end."""

from __future__ import annotations

import asyncio
import errno
import os
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from breakfix.embedded import clock
from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import Resolver
from breakfix.embedded.network.types import (
    Answer,
    Listener,
    NetworkError,
    NoRouteError,
    RefusedError,
    Serve,
    Stream,
    TimedOutError,
)

T = TypeVar("T")
ANY = "0.0.0.0"  # noqa: S104 - inside
PRIVILEGED = 1024
CONNECT_TIMEOUT = 127.0  # s, Linux's own: six SYNs
_GO_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_GO_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)")


def read_text(process: Process, path: str) -> str:
    """A file, "" where it cannot be read."""
    try:
        return process.files.read(path).decode(errors="replace")
    except OSError:
        return ""


def is_musl(process: Process) -> bool:
    """Is it an image with musl (Alpine), whose resolver differs?"""
    return process.files.exists("/etc/alpine-release")


def resolver(process: Process) -> Resolver:
    """The container's own resolver."""
    host = process.host
    return Resolver(
        host.network, host.space, read_text(process, "/etc/resolv.conf"),
        read_text(process, "/etc/hosts"), "musl" if is_musl(process) else "glibc",
    )  # fmt: skip


async def addresses(process: Process, name: str) -> list[str]:
    """getaddrinfo, IPv4 first. Raises ResolveError."""
    found = await resolver(process).addresses(name)
    return sorted(dict.fromkeys(found), key=lambda a: ":" in a)


async def within(process: Process, seconds: float | None, work: Awaitable[T]) -> T:
    """What the work gives, in so much time. Raises TimedOutError; None: for ever."""
    return await clock.within(process.host.clock, seconds, work, TimedOutError)


async def connect(
    process: Process, address: str, port: int, timeout: float | None = None
) -> Stream:
    """TCP. Raises NetworkError."""
    host = process.host
    seconds = CONNECT_TIMEOUT if timeout is None else timeout
    return await host.network.connect(host.space, address, port, seconds)


def strerror(error: NetworkError) -> str:
    """As libc says it."""
    if isinstance(error, RefusedError):
        return os.strerror(errno.ECONNREFUSED)
    if isinstance(error, TimedOutError):
        return os.strerror(errno.ETIMEDOUT)
    if isinstance(error, NoRouteError):
        return os.strerror(errno.EHOSTUNREACH)
    return os.strerror(errno.ECONNRESET)


def go_duration(text: str) -> float:
    """Seconds of a Go duration: "1m30s". Raises ValueError with Go's words."""
    body = text[text[:1] in ("+", "-") :]
    if body == "0":
        return 0.0
    parts = _GO_PART.findall(body)
    if not parts or "".join(n + u for n, u in parts) != body:
        raise ValueError(f'time: {_fault(body)} "{text}"')
    seconds = sum(float(n) * _GO_UNITS[u] for n, u in parts)
    return -seconds if text.startswith("-") else seconds


def _fault(body: str) -> str:
    """Why it is no duration."""
    if re.fullmatch(r"\d+\.?\d*|\.\d+", body):
        return "missing unit in duration"
    unit = re.match(r"[\d.]+([^\d.]+)", body)
    return f'unknown unit "{unit[1]}" in duration' if unit else "invalid duration"


def may_bind(process: Process, port: int) -> bool:
    """Ports below 1024 need root, and its capability where capabilities were set."""
    who = process.who
    if not 0 < port < PRIVILEGED:
        return True
    return who.uid == 0 and (not who.capabilities or "NET_BIND_SERVICE" in who.capabilities)


class Serving:
    """The ports and open connections of one server process; all end with it."""

    def __init__(self, process: Process, capable: bool = False) -> None:
        """`capable`: the binary has NET_BIND_SERVICE of its own, if the container may."""
        self.process = process
        who = process.who
        self._capable = capable and "NET_BIND_SERVICE" in who.capabilities | who.bounding
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.listeners: list[Listener] = []
        self._tasks: set[asyncio.Task[object]] = set()

    def tcp(self, port: int, serve: Serve, address: str = ANY) -> Listener:
        """Listen. Raises OSError (EACCES, EADDRINUSE, EADDRNOTAVAIL)."""
        self._check(port)
        host = self.process.host
        found = host.network.listen(host.space, port, self._tracked(serve), address)
        self.listeners.append(found)
        return found

    def udp(self, port: int, answer: Answer, address: str = ANY) -> Listener:
        """Listen. Raises OSError."""
        self._check(port)
        host = self.process.host
        found = host.network.listen_udp(host.space, port, answer, address)
        self.listeners.append(found)
        return found

    def _check(self, port: int) -> None:
        if not self._capable and not may_bind(self.process, port):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def _tracked(self, serve: Serve) -> Serve:
        async def run(end: Stream) -> None:
            task = asyncio.current_task()
            if task is not None:
                self._tasks.add(task)
            try:
                await serve(end)
            finally:
                if task is not None:
                    self._tasks.discard(task)

        return run

    def start(self, work: Awaitable[object]) -> asyncio.Task[object]:
        """Something that runs beside it, until it ends."""
        task: asyncio.Task[object] = asyncio.ensure_future(_plain(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def begin(self, work: Awaitable[object]) -> None:
        """As `start`, for handlers of signals."""
        self.start(work)

    def end(self, code: int) -> None:
        """End the process."""
        if not self.ended.done():
            self.ended.set_result(code)

    async def run(self) -> int:
        """Serve until `end` or until it is killed."""
        try:
            return await self.ended
        finally:
            self.close()

    def close(self) -> None:
        """Stop listening and cut what is open."""
        for listener in self.listeners:
            listener.close()
        for task in list(self._tasks):
            if task is not asyncio.current_task():
                task.cancel()


def daemon(process: Process, argv: list[str]) -> None:
    """Start a process of its own that goes on when this one ends, as long as the container."""
    assert process.spawn is not None  # noqa: S101 - every container's process has it
    task = asyncio.ensure_future(process.spawn(argv))
    _daemons.add(task)
    task.add_done_callback(_daemons.discard)


_daemons: set[asyncio.Future[int]] = set()


async def _plain(work: Awaitable[object]) -> object:
    return await work


class Reader:
    """Lines and lengths from a stream."""

    def __init__(self, read: Callable[[int], Awaitable[bytes]]) -> None:
        self._read = read
        self._data = b""
        self.got = False  # has anything come at all?

    async def more(self) -> bool:
        """Read on; False at the end."""
        chunk = await self._read(65536)
        self._data += chunk
        self.got = self.got or bool(chunk)
        return bool(chunk)

    async def line(self, limit: int = 65536) -> bytes:
        """A line with its end; what is left at the end of the stream."""
        while b"\n" not in self._data and len(self._data) < limit:
            if not await self.more():
                break
        line, mark, self._data = self._data.partition(b"\n")
        return line + mark

    async def exactly(self, size: int) -> bytes:
        """So many bytes; fewer at the end."""
        while len(self._data) < size and await self.more():
            pass
        found, self._data = self._data[:size], self._data[size:]
        return found

    async def rest(self, limit: int = 64 << 20) -> bytes:
        """All until the end."""
        while len(self._data) < limit and await self.more():
            pass
        found, self._data = self._data, b""
        return found

    async def some(self, size: int = 65536) -> bytes:
        """What is there, at least a byte; b"" at the end."""
        if not self._data:
            await self.more()
        found, self._data = self._data[:size], self._data[size:]
        return found


async def pump(read: Callable[[int], Awaitable[bytes]],
               write: Callable[[bytes], Awaitable[None]]) -> None:  # fmt: skip
    """Copy until the end, or until the other side is gone."""
    with suppress(NetworkError, BrokenPipeError):
        while data := await read(65536):
            await write(data)
