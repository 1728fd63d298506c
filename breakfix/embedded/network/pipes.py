"""TCP connections in memory: two pipes with back-pressure, FIN and RST."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from breakfix.embedded.network.types import NetworkError, ResetError

WINDOW = 64 * 1024  # bytes that one direction holds before its writer waits


class Pipe:
    """One direction of a connection."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended = False  # FIN was sent
        self.broken: NetworkError | None = None
        self._waiting: list[asyncio.Future[None]] = []

    async def read(self, limit: int) -> bytes:
        """The next bytes, b"" after FIN; what came before a cut is still given."""
        while not self.data:
            if self.broken:
                raise self.broken
            if self.ended:
                return b""
            await self._changed()
        found = bytes(self.data[:limit])
        del self.data[:limit]
        self._wake()
        return found

    async def write(self, data: bytes) -> None:
        """Put it all in, as fast as the reader takes it out."""
        left = memoryview(data)
        while left:
            if self.broken or self.ended:
                raise self.broken or ResetError("broken pipe")
            room = WINDOW - len(self.data)
            if room <= 0:
                await self._changed()
                continue
            self.data += left[:room]
            left = left[room:]
            self._wake()

    def end(self) -> None:
        """FIN: nothing more will come."""
        self.ended = True
        self._wake()

    def cut(self, error: NetworkError) -> None:
        """RST: who reads or writes is told."""
        self.broken = self.broken or error
        self._wake()

    async def _changed(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await turn

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)


class Connection:
    """One end of a TCP connection (types.Stream)."""

    def __init__(
        self, local: tuple[str, int], peer: tuple[str, int], incoming: Pipe, outgoing: Pipe
    ) -> None:
        self.local = local
        self.peer = peer
        self._incoming = incoming
        self._outgoing = outgoing
        self.closed = False
        self.passable: Callable[[], asyncio.Future[None] | None] = lambda: None
        self.on_close: Callable[[], None] = lambda: None

    async def read(self, limit: int = 65536) -> bytes:
        if self.closed:
            raise ResetError("connection closed")
        return await self._incoming.read(limit)

    async def write(self, data: bytes) -> None:
        if self.closed:
            raise ResetError("connection closed")
        while (opening := self.passable()) is not None:
            await opening
        await self._outgoing.write(data)

    def end_writing(self) -> None:
        self._outgoing.end()

    def close(self) -> None:
        """FIN; RST where the other end wrote what was never read, or goes on writing."""
        if self.closed:
            return
        self.closed = True
        if self._incoming.data:
            self._outgoing.cut(ResetError("connection reset by peer"))
        self._outgoing.end()
        self._incoming.cut(ResetError("connection reset by peer"))
        self.on_close()

    def reset(self) -> None:
        """Cut at once, in both directions."""
        error = ResetError("connection reset by peer")
        self._outgoing.cut(error)
        self._incoming.cut(error)
        if not self.closed:
            self.closed = True
            self.on_close()


def connection_pair(
    client: tuple[str, int], asked: tuple[str, int], server: tuple[str, int], seen: tuple[str, int]
) -> tuple[Connection, Connection]:
    """The client's end (its peer is what it asked for) and the server's (which sees `seen`)."""
    there, back = Pipe(), Pipe()
    return Connection(client, asked, back, there), Connection(server, seen, there, back)
