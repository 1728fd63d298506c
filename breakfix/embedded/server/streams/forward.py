"""pods/portforward: pairs of a data and an error stream, one pair for each connection."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from aiohttp import web

from breakfix.embedded.nodes.access import PodAccess
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.server.streams import upgrades
from breakfix.embedded.server.streams.forward_channels import serve_channels
from breakfix.embedded.server.streams.forward_ports import Ports
from breakfix.embedded.server.streams.pods import check_host, pod_named
from breakfix.embedded.server.streams.spdy import SpdyConnection, SpdyStream
from breakfix.embedded.server.streams.wire import Tunnel, Wire
from breakfix.embedded.server.verbs import Request

PROTOCOL = "portforward.k8s.io"
TUNNELED = f"SPDY/3.1+{PROTOCOL}"
PAIRING = 30.0  # s in which the second stream of a pair has to follow
LARGEST_PORT = 65535


class Forwarding:
    """Connections into pods."""

    def __init__(self, registry: Registry, access: PodAccess) -> None:
        self._registry = registry
        self._access = access

    async def portforward(self, http: web.BaseRequest, request: Request) -> web.StreamResponse:
        """Serve them, until the client goes. Raises StatusError 400 and 404."""
        pod = pod_named(self._registry, request.info.namespace, request.info.name)
        check_host(pod)
        ports = Ports(pod, self._access)
        try:
            return await self._upgraded(http, ports)
        except upgrades.NotUpgraded as refused:
            return refused.response

    @staticmethod
    async def _upgraded(http: web.BaseRequest, ports: Ports) -> web.StreamResponse:
        if not upgrades.wants(http, "websocket"):
            wire, _ = await upgrades.spdy(http, [PROTOCOL])
            await _serve(wire, ports)
            return wire.response
        if TUNNELED not in upgrades.subprotocols(http):
            return await serve_channels(http, ports)
        socket, _ = await upgrades.websocket(http, [TUNNELED], anonymous=False)
        await _serve(Tunnel(socket), ports)
        await socket.close()
        return socket


async def _serve(wire: Wire, ports: Ports) -> None:
    pairs = Pairs(ports)
    connection = SpdyConnection(wire, pairs.opened)
    try:
        await connection.run()
    finally:
        await pairs.end()


class Pairs:
    """Finds streams that belong together, and serves each pair."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._waiting: dict[str, dict[str, SpdyStream]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def opened(self, stream: SpdyStream) -> None:
        """One more; a client that names no request opens error before data."""
        kind = stream.headers.get("streamtype", "")
        is_data = kind == "data"
        request = stream.headers.get("requestid") or str(stream.number - 2 * is_data)
        pair = self._waiting.setdefault(request, {})
        if kind not in ("data", "error") or kind in pair or not _port(stream):
            self._start(stream.reset())
            return
        pair[kind] = stream
        if len(pair) == 2:  # noqa: PLR2004 - a pair
            del self._waiting[request]
            self._start(self._serve(pair["data"], pair["error"]))
        else:
            asyncio.get_running_loop().call_later(PAIRING, self._give_up, request, pair)

    def _give_up(self, request: str, pair: dict[str, SpdyStream]) -> None:
        if self._waiting.get(request) is pair:
            del self._waiting[request]
            for stream in pair.values():
                self._start(stream.reset())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # the client is gone; there is nobody to tell

    async def _serve(self, data: SpdyStream, error: SpdyStream) -> None:
        words = await self._ports.join(_port(data), data)
        if words:
            await error.write(words.encode())
        await error.end()
        await data.end()

    async def end(self) -> None:
        """The client is gone."""
        self._waiting.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _port(stream: SpdyStream) -> int:
    """0 for none."""
    text = stream.headers.get("port", "")
    return int(text) if text.isascii() and text.isdigit() and int(text) <= LARGEST_PORT else 0
