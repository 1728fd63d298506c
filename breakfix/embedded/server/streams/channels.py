"""exec and attach over a WebSocket: the first byte of a message is its channel."""

from __future__ import annotations

import asyncio
import binascii
from base64 import b64decode, b64encode

import orjson
from aiohttp import WSMsgType, web

from breakfix.embedded.errors import StatusError
from breakfix.embedded.server.streams import sessions, upgrades
from breakfix.embedded.server.streams.pipe import Pipe
from breakfix.embedded.server.streams.sessions import ClientSession, Run, Wanted

STDIN, STDOUT, STDERR, ERROR, RESIZE = range(5)
CLOSE = 255  # v5: the channel of the next byte gets no more
V5 = "v5.channel.k8s.io"
V4 = ("v4.channel.k8s.io", "v4.base64.channel.k8s.io")
V1 = ("channel.k8s.io", "base64.channel.k8s.io")
CHUNK = 32 * 1024  # bytes of a message
STALLED = 65.0  # s without room for standard input, when clients give up for want of a pong


class Channel:
    """One channel as something to write to."""

    def __init__(self, socket: web.WebSocketResponse, number: int, base64: bool) -> None:
        self._socket = socket
        self._number = number
        self._base64 = base64

    async def write(self, data: bytes) -> None:
        """Send; waits while the client does not read. Raises ConnectionError."""
        for at in range(0, len(data), CHUNK):
            await self.message(data[at : at + CHUNK])

    async def message(self, data: bytes) -> None:
        """One message, which may be empty. Raises ConnectionError."""
        if self._base64:
            await self._socket.send_str(f"{self._number}{b64encode(data).decode()}")
        else:
            await self._socket.send_bytes(bytes((self._number,)) + data)


class Channels:
    """All channels of one client."""

    def __init__(self, socket: web.WebSocketResponse, protocol: str, wanted: Wanted) -> None:
        self._socket = socket
        self._protocol = protocol
        self._base64 = "base64" in protocol
        self._stdin = Pipe() if wanted.stdin else None
        self._wanted = wanted
        self.session = ClientSession(
            self._stdin, self._out(STDOUT, wanted.stdout), self._out(STDERR, wanted.stderr),
            wanted.tty,
        )  # fmt: skip

    def _channel(self, number: int) -> Channel:
        return Channel(self._socket, number, self._base64)

    def _out(self, number: int, wanted: bool) -> Channel | None:
        return self._channel(number) if wanted else None

    async def greet(self) -> None:
        """An empty message tells the client that it is connected."""
        lowest = STDOUT if self._wanted.stdout else STDERR if self._wanted.stderr else ERROR
        await self._channel(lowest).message(b"")

    async def receive(self) -> None:
        """Take what the client sends, until it is gone or breaks the protocol."""
        while True:
            message = await self._socket.receive()
            if message.type not in (WSMsgType.BINARY, WSMsgType.TEXT):
                return
            if message.data and not await self._take(bytes(message.data)):
                return

    async def _take(self, message: bytes) -> bool:
        number, data = message[0], message[1:]
        if number == CLOSE and self._protocol == V5:
            return self._close(data)
        if self._base64:
            number -= ord("0")
            try:
                data = b64decode(data)
            except binascii.Error:
                return True
        if number == STDIN and self._stdin and data:
            return await self._input(self._stdin, data)
        if number == RESIZE:
            self.session.resize(data)
        return True

    def _close(self, data: bytes) -> bool:
        if len(data) != 1 or data[0] > RESIZE:
            return False
        if data[0] == STDIN and self._stdin:
            self._stdin.end()
        return True

    @staticmethod
    async def _input(stdin: Pipe, data: bytes) -> bool:
        try:
            async with asyncio.timeout(STALLED):
                await stdin.feed(data)
        except TimeoutError:
            return False
        return True

    def lost(self) -> None:
        """The client sends no more."""
        if self._stdin:
            self._stdin.end()

    async def tell(self, found: StatusError | int) -> None:
        """The last word, on the error channel."""
        if self._protocol == V5:
            status = sessions.translated(found)
        else:
            status = sessions.status_of(found)
        if self._protocol == V5 or self._protocol in V4:
            await self._channel(ERROR).message(orjson.dumps(status))
        elif status["status"] != "Success":
            await self._channel(ERROR).message(status["message"].encode())


async def serve(http: web.BaseRequest, wanted: Wanted, run: Run) -> web.StreamResponse:
    """Run it for this client. Raises NotUpgraded."""
    socket, protocol = await upgrades.websocket(http, (V5, *V4, *V1))
    channels = Channels(socket, protocol, wanted)

    async def work() -> None:
        await channels.greet()
        found = await sessions.outcome(run, channels.session)
        await channels.tell(found)

    try:
        await sessions.first_of(work(), channels.receive())
        await socket.close()
    except ConnectionError:
        pass
    finally:
        channels.lost()
    return socket
