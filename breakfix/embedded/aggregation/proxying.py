"""Requests for what a Service serves, passed on to it."""

from __future__ import annotations

from aiohttp import web
from multidict import CIMultiDict

from breakfix.embedded.aggregation.calling import (
    Answered,
    Backends,
    Call,
    UnreachedError,
    UnresolvedError,
    identity,
)
from breakfix.embedded.aggregation.services import is_available
from breakfix.embedded.network.types import NetworkError
from breakfix.embedded.objects import Object
from breakfix.embedded.server.streams.http_client import BadResponseError
from breakfix.embedded.server.streams.proxying import HOP
from breakfix.embedded.server.streams.sessions import while_connected
from breakfix.embedded.users import User

UNAVAILABLE = 503
OURS = ("Host", "Authorization", "Content-Length")


class Proxy:
    """Passes requests on."""

    def __init__(self, backends: Backends) -> None:
        self._backends = backends

    async def pass_on(
        self, http: web.BaseRequest, body: bytes, item: Object, user: User
    ) -> web.StreamResponse:
        """The answer of the Service of an APIService, or why there is none."""
        if not is_available(item):
            return _refused("service unavailable")
        call = Call(http.method, http.raw_path, _headers(http, body, user), body)
        return await while_connected(http, self._passed(http, item, call))

    async def _passed(self, http: web.BaseRequest, item: Object, call: Call) -> web.StreamResponse:
        try:
            found = await self._backends.send(item, call)
        except UnresolvedError:
            return _refused("service unavailable")
        except UnreachedError as error:
            return _refused(f"error trying to reach service: {error}")
        try:
            return await _answer(http, found)
        finally:
            found.close()


def _refused(words: str) -> web.Response:
    """As Go's http.Error."""
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache, private"}
    return web.Response(status=UNAVAILABLE, text=f"{words}\n", headers=headers)


def _headers(http: web.BaseRequest, body: bytes, user: User) -> CIMultiDict[str]:
    """The client's, with who it is instead of its credentials."""
    found = CIMultiDict(http.headers)
    named = found.get("Connection", "").split(",")
    theirs = [n for n in found if n.lower().startswith(("x-remote-", "impersonate-"))]
    for name in (*HOP, *OURS, *theirs, *(n.strip() for n in named)):
        found.popall(name, None)
    if body or http.method in ("POST", "PUT", "PATCH"):
        found["Content-Length"] = str(len(body))
    before, client = http.headers.get("X-Forwarded-For"), http.remote or ""
    found["X-Forwarded-For"] = f"{before}, {client}" if before else client
    found.extend(identity(user))
    return found


async def _answer(http: web.BaseRequest, found: Answered) -> web.StreamResponse:
    """Piece by piece, as it comes: it may be a watch."""
    head, body = found.head, found.reader.body(http.method, found.head)
    headers = head.headers.copy()
    for name in HOP:
        headers.popall(name, None)
    response = web.StreamResponse(status=head.status, reason=head.reason or None, headers=headers)
    await response.prepare(http)
    try:
        async for piece in body:
            await response.write(piece)
    except (NetworkError, BadResponseError):
        if http.transport:
            http.transport.abort()
        raise ConnectionResetError from None
    return response
