"""A request as it is handed on to somebody else, and the answer as it comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from aiohttp import web
from multidict import CIMultiDict

from breakfix.embedded.network.types import NetworkError
from breakfix.embedded.server.streams.http_client import BadResponseError, Head

HOP = ("Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate",
       "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade")  # fmt: skip
_OURS = ("Host", "Authorization", "Content-Length")


def handed_on(
    http: web.BaseRequest, body: bytes, private: Callable[[str], bool] = lambda _: False
) -> CIMultiDict[str]:
    """The client's headers, without those of its own connection, its credentials and what is
    `private` (by name in small letters)."""
    found = CIMultiDict(http.headers)
    named = [name.strip() for name in found.get("Connection", "").split(",")]
    theirs = [name for name in found if private(name.lower())]
    for name in (*HOP, *_OURS, *theirs, *named):
        found.popall(name, None)
    if body or http.method in ("POST", "PUT", "PATCH"):
        found["Content-Length"] = str(len(body))
    before, client = http.headers.get("X-Forwarded-For"), http.remote or ""
    found["X-Forwarded-For"] = f"{before}, {client}" if before else client
    return found


async def hand_back(
    http: web.BaseRequest, head: Head, body: AsyncIterator[bytes], before: tuple[bytes, ...] = ()
) -> web.StreamResponse:
    """Piece by piece, as it comes. An end that comes too early is one for the client too."""
    headers = head.headers.copy()  # the body is still to be read as they say
    for name in HOP:
        headers.popall(name, None)
    response = web.StreamResponse(status=head.status, reason=head.reason or None, headers=headers)
    await response.prepare(http)
    try:
        for piece in before:
            await response.write(piece)
        async for piece in body:
            await response.write(piece)
    except (NetworkError, BadResponseError):
        if http.transport:
            http.transport.abort()
        raise ConnectionResetError from None
    return response
