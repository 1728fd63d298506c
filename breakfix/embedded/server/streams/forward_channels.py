"""pods/portforward in its oldest form: ports in the query, channels of a WebSocket.

Each port has two channels, data and error; the first message of each is the port, two bytes
with the lower first.
"""

from __future__ import annotations

import asyncio

from aiohttp import WSMsgType, web

from breakfix.embedded.errors import bad_request
from breakfix.embedded.server.streams import upgrades
from breakfix.embedded.server.streams.channels import STALLED, Channel
from breakfix.embedded.server.streams.forward_ports import Ports
from breakfix.embedded.server.streams.pipe import Pipe
from breakfix.embedded.server.streams.sessions import first_of

PROTOCOLS = ("v4.channel.k8s.io",)
MOST_PORTS = 100
LARGEST_PORT = 65535


class PortClient:
    """The client's end of one port."""

    def __init__(self, socket: web.WebSocketResponse, number: int, port: int) -> None:
        self.port = port
        self.inbox = Pipe()
        self._data = Channel(socket, 2 * number, base64=False)
        self._error = Channel(socket, 2 * number + 1, base64=False)

    async def greet(self) -> None:
        """Both channels begin with the port."""
        for channel in (self._data, self._error):
            await channel.message(self.port.to_bytes(2, "little"))

    async def read(self, limit: int = 65536) -> bytes:
        """The next bytes, b"" at the end."""
        return await self.inbox.read(limit)

    async def write(self, data: bytes) -> None:
        """Send; waits while the client does not read. Raises ConnectionError."""
        await self._data.write(data)

    async def until_cut(self) -> None:
        """It has no half-closing: the end of the connection ends all."""
        await asyncio.Event().wait()

    async def serve(self, ports: Ports) -> None:
        """One connection."""
        words = await ports.join(self.port, self)
        if words:
            await self._error.write(words.encode())


async def serve_channels(http: web.BaseRequest, ports: Ports) -> web.StreamResponse:
    """Until the client goes. Raises NotUpgraded, StatusError 400."""
    asked = _asked(http)
    socket, _ = await upgrades.websocket(http, PROTOCOLS)
    clients = [PortClient(socket, number, port) for number, port in enumerate(asked)]
    try:
        for client in clients:
            await client.greet()
        works = asyncio.gather(*(c.serve(ports) for c in clients))
        await first_of(works, _receive(socket, clients))
        await socket.close()
    except ConnectionError:
        pass
    return socket


def _asked(http: web.BaseRequest) -> list[int]:
    texts = ",".join(http.query.getall("ports", [])).split(",")
    if texts == [""] or len(texts) > MOST_PORTS:
        raise bad_request('query parameter "port" is required')
    for text in texts:
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= LARGEST_PORT):
            raise bad_request(f'unable to parse "{text}" as a port')
    return [int(text) for text in texts]


async def _receive(socket: web.WebSocketResponse, clients: list[PortClient]) -> None:
    while (message := await socket.receive()).type in (WSMsgType.BINARY, WSMsgType.TEXT):
        data = bytes(message.data)
        if not data or data[0] % 2 or data[0] // 2 >= len(clients):
            continue
        try:
            async with asyncio.timeout(STALLED):
                await clients[data[0] // 2].inbox.feed(data[1:])
        except TimeoutError:
            return
