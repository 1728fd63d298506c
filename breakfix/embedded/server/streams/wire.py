"""The bytes of a connection that was upgraded to something that is not HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol, cast

from aiohttp import WSMsgType, web

HIGH = 256 * 1024  # bytes that wait to be read before the client has to


class Wire(Protocol):
    """Both directions of a byte stream."""

    async def read(self) -> bytes:
        """The next bytes, b"" at the end."""

    async def write(self, data: bytes) -> None:
        """Send; waits while the client does not read. Raises ConnectionError."""


class Receiver:
    """Takes what a connection brings from now on: the role of aiohttp's parser.

    With it, HTTP on this connection is over.
    """

    def __init__(self, http: web.BaseRequest) -> None:
        self._transport = http.transport
        self._data = bytearray()
        self._paused = False
        self.gone = asyncio.Event()
        self._more = asyncio.Event()
        http.protocol.keep_alive(False)
        http.protocol.set_parser(cast("Any", self))

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Called by the connection."""
        self._data += data
        self._more.set()
        if len(self._data) > HIGH and not self._paused and self._transport:
            self._paused = True
            self._transport.pause_reading()
        return False, b""

    def feed_eof(self) -> None:
        """Called when the client is gone."""
        self.gone.set()
        self._more.set()

    async def read(self) -> bytes:
        """All that has come, b"" at the end."""
        while not self._data and not self.gone.is_set():
            self._more.clear()
            await self._more.wait()
        found = bytes(self._data)
        self._data.clear()
        if self._paused and self._transport and not self.gone.is_set():
            self._paused = False
            self._transport.resume_reading()
        return found


class Upgraded:
    """A connection after 101 Switching Protocols."""

    def __init__(self, http: web.BaseRequest) -> None:
        self._http = http
        self._receiver = Receiver(http)
        self.response = web.StreamResponse(status=101)

    async def start(self, headers: Mapping[str, str]) -> None:
        """Send the response's head."""
        self.response.headers.update(headers)
        self.response.force_close()
        self._writer = await self.response.prepare(self._http)

    async def read(self) -> bytes:
        """The next bytes, b"" at the end."""
        return await self._receiver.read()

    async def write(self, data: bytes) -> None:
        """Send; waits while the client does not read. Raises ConnectionError."""
        transport = self._http.transport
        if transport is None or transport.is_closing() or self._writer is None:
            raise ConnectionResetError
        transport.write(data)
        await self._writer.drain()


class Tunnel:
    """Bytes in the binary messages of a WebSocket."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket

    async def read(self) -> bytes:
        """The next bytes, b"" at the end."""
        while True:
            message = await self._socket.receive()
            if message.type != WSMsgType.BINARY:
                return b""
            if message.data:
                return bytes(message.data)

    async def write(self, data: bytes) -> None:
        """Send; waits while the client does not read. Raises ConnectionError."""
        await self._socket.send_bytes(data)
