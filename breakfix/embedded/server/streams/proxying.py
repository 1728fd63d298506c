"""One request, passed on to a server in the cluster, and its response back."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from multidict import CIMultiDict

from breakfix.embedded.errors import StatusError
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.server.streams.forward_ports import reason_of
from breakfix.embedded.server.streams.forwarding import HOP, hand_back, handed_on
from breakfix.embedded.server.streams.http_client import (
    BadResponseError,
    Duplex,
    Head,
    Reader,
    request_head,
)
from breakfix.embedded.server.streams.locations import Location, unavailable
from breakfix.embedded.server.streams.rewriting import LARGEST_PAGE, Rewriter
from breakfix.embedded.server.streams.sessions import first_of, while_connected
from breakfix.embedded.server.streams.tls_client import HandshakeError, InsecureTlsStream
from breakfix.embedded.server.streams.wire import Upgraded

Dial = Callable[[str, int], Awaitable[Stream]]


@dataclass(frozen=True)
class Target:
    """Where to, and under which path."""

    location: Location
    path: str  # escaped, without the query; "" where the client's ended with /proxy
    prefix: str  # the client's path up to /proxy


async def proxy(
    http: web.BaseRequest, body: bytes, target: Target, dial: Dial
) -> web.StreamResponse:
    """Pass it on. Raises StatusError 503."""
    return await while_connected(http, _proxied(http, body, target, dial))


async def _proxied(
    http: web.BaseRequest, body: bytes, target: Target, dial: Dial
) -> web.StreamResponse:
    upgrade = "upgrade" in http.headers.get("Connection", "").lower()
    if not upgrade and not target.path and http.method in ("GET", "HEAD"):
        where = f"{target.prefix}/{_query(http)}"
        return web.Response(status=301, headers={"Location": where})
    try:
        connection = await dial(target.location.address, target.location.number())
    except NetworkError as error:
        raise _unreachable(f"dial tcp {_shown(target.location)}: {reason_of(error)}") \
            from None  # fmt: skip
    try:
        return await _exchange(http, body, target, connection, upgrade)
    except (NetworkError, BadResponseError, HandshakeError) as error:
        raise _unreachable(str(error) or "EOF") from None
    finally:
        connection.close()


def _shown(location: Location) -> str:
    address = f"[{location.address}]" if ":" in location.address else location.address
    return f"{address}:{location.number()}"


def _unreachable(why: str) -> StatusError:
    return unavailable(f"error trying to reach service: {why}")


def _query(http: web.BaseRequest) -> str:
    _, mark, text = http.raw_path.partition("?")
    return mark + text


async def _exchange(
    http: web.BaseRequest, body: bytes, target: Target, below: Stream, upgrade: bool
) -> web.StreamResponse:
    connection: Duplex = below
    if target.location.scheme == "https":
        connection = tls = InsecureTlsStream(below)
        await tls.start()
    headers = _headers(http, body, target, upgrade)
    await connection.write(request_head(http.method, (target.path or "/") + _query(http), headers))
    if body:
        await connection.write(body)
    reader = Reader(connection)
    head = await reader.head()
    if head.status == 101:  # noqa: PLR2004
        return await _switch(http, head, reader, connection)
    return await _answer(http, head, reader, _rewriter(http, target))


def _headers(http: web.BaseRequest, body: bytes, target: Target, upgrade: bool) -> CIMultiDict[str]:
    found = handed_on(http, body)
    if upgrade:
        found["Connection"], found["Upgrade"] = "Upgrade", http.headers.get("Upgrade", "")
    found["X-Forwarded-Uri"] = target.prefix + target.path
    return CIMultiDict([("Host", http.host), *found.items()])


def _rewriter(http: web.BaseRequest, target: Target) -> Rewriter:
    return Rewriter(target.prefix, target.location.host, http.host)


async def _answer(
    http: web.BaseRequest, head: Head, reader: Reader, rewriter: Rewriter
) -> web.StreamResponse:
    for name in HOP:
        if name != "Transfer-Encoding":
            head.headers.popall(name, None)
    where = head.headers.get("Location")
    if where:
        with contextlib.suppress(ValueError):
            head.headers["Location"] = rewriter.url(where)
    kind = head.headers.get("Content-Type", "").partition(";")[0].strip()
    body = reader.body(http.method, head)
    if kind == "text/html" and not where and http.method != "HEAD":
        return await _page(http, head, body, rewriter)
    return await hand_back(http, head, body)


async def _page(
    http: web.BaseRequest, head: Head, body: AsyncIterator[bytes], rewriter: Rewriter
) -> web.StreamResponse:
    pieces: list[bytes] = []
    size = 0
    async for piece in body:
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST_PAGE:
            return await hand_back(http, head, body, tuple(pieces))
    page = rewriter.page(b"".join(pieces), head.headers.get("Content-Encoding", ""))
    for name in ("Content-Length", "Transfer-Encoding"):
        head.headers.popall(name, None)
    return web.Response(
        status=head.status, reason=head.reason or None, headers=head.headers, body=page
    )


async def _switch(
    http: web.BaseRequest, head: Head, reader: Reader, connection: Duplex
) -> web.StreamResponse:
    """Bytes both ways from now on."""
    wire = Upgraded(http)
    await wire.start(head.headers)

    async def outward() -> None:
        data = reader.rest()
        while data or (data := await connection.read()):
            await wire.write(data)
            data = b""

    async def inward() -> None:
        while data := await wire.read():
            await connection.write(data)

    await first_of(outward(), inward())
    return wire.response
