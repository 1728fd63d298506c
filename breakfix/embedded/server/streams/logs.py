"""pods/log."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta

from aiohttp import WSMsgType, web

from breakfix.embedded import errors
from breakfix.embedded.fields import FieldError, forbidden, invalid
from breakfix.embedded.nodes.access import LogOptions, PodAccess
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.server.streams import query, upgrades
from breakfix.embedded.server.streams.pods import chosen_container, pod_named
from breakfix.embedded.server.streams.sessions import OwnStreams, first_of, while_connected
from breakfix.embedded.server.verbs import Request

BINARY, BASE64 = "binary.k8s.io", "base64.binary.k8s.io"
HEADERS = {"Content-Type": "text/plain", "Cache-Control": "no-cache, private"}
LONGEST = timedelta(days=365 * 100)  # further back there is nothing
POSITIVE = "must be greater than 0"


class Logs:
    """What containers have printed."""

    def __init__(self, registry: Registry, access: PodAccess) -> None:
        self._registry = registry
        self._access = access

    async def log(self, http: web.BaseRequest, request: Request) -> web.StreamResponse:
        """Stream it. Raises StatusError 400, 404 and 422."""
        options = self._options(request)
        pod = pod_named(self._registry, request.info.namespace, request.info.name)
        container = chosen_container(pod, request.query.get("container", ""))
        if not pod["spec"].get("nodeName"):
            return web.Response(body=b"", headers=HEADERS)
        blocks = self._access.logs(pod, container, options)
        if isinstance(http, OwnStreams):
            return await http.whole(blocks, HEADERS)
        if upgrades.wants(http, "websocket"):
            return await _socket(http, blocks)
        return await while_connected(http, _copy(http, blocks))

    def _options(self, request: Request) -> LogOptions:
        asked = request.query
        seconds, since = query.integer(asked, "sinceSeconds"), query.moment(asked, "sinceTime")
        tail, limit = query.integer(asked, "tailLines"), query.integer(asked, "limitBytes")
        wrong = [e for e in (
            tail is not None and tail < 0 and invalid(
                "tailLines", tail, "must be greater than or equal to 0"),
            limit is not None and limit < 1 and invalid("limitBytes", limit, POSITIVE),
            _since_error(seconds, since is not None),
            "stream" in asked and forbidden("stream", "may not be specified"),
        ) if e]  # fmt: skip
        if wrong:
            raise errors.invalid("PodLogOptions", "", request.info.name, wrong)
        if seconds is not None:
            back = min(timedelta(seconds=min(seconds, LONGEST.total_seconds())), LONGEST)
            since = self._registry.clock.now() - back
        return LogOptions(
            query.flag(asked, "follow"), query.flag(asked, "previous"), since,
            query.flag(asked, "timestamps"), tail, limit,
        )  # fmt: skip


def _since_error(seconds: int | None, has_time: bool) -> FieldError | None:
    if seconds is None:
        return None
    if has_time:
        return forbidden("", "at most one of `sinceTime` or `sinceSeconds` may be specified")
    return invalid("sinceSeconds", seconds, POSITIVE) if seconds < 1 else None


async def _copy(http: web.BaseRequest, blocks: AsyncIterator[bytes]) -> web.StreamResponse:
    """A refusal comes before the response's head."""
    block = await anext(blocks, None)
    response = web.StreamResponse(headers=HEADERS)
    response.enable_chunked_encoding()
    await response.prepare(http)
    while block is not None:
        await response.write(block)
        block = await anext(blocks, None)
    return response


async def _socket(http: web.BaseRequest, blocks: AsyncIterator[bytes]) -> web.StreamResponse:
    """Over a WebSocket, as Kubernetes' tests and dashboards read it."""
    block = await while_connected(http, _next(blocks))
    try:
        socket, protocol = await upgrades.websocket(http, (BINARY, BASE64))
    except upgrades.NotUpgraded as refused:
        return refused.response
    try:
        await first_of(_messages(socket, protocol, block, blocks), _until_closed(socket))
        await socket.close()
    except ConnectionError:
        pass
    return socket


async def _next(blocks: AsyncIterator[bytes]) -> bytes | None:
    return await anext(blocks, None)


async def _messages(
    socket: web.WebSocketResponse, protocol: str, block: bytes | None, blocks: AsyncIterator[bytes]
) -> None:
    """An empty message tells the client that it is connected."""
    found: bytes | None = b""
    while found is not None:
        if protocol == BASE64:
            await socket.send_str(b64encode(found).decode())
        else:
            await socket.send_bytes(found)
        found, block = block, None
        if found is None:
            found = await anext(blocks, None)


async def _until_closed(socket: web.WebSocketResponse) -> None:
    while (await socket.receive()).type in (WSMsgType.BINARY, WSMsgType.TEXT):
        pass
