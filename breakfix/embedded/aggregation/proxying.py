"""Requests for what a Service serves, passed on to it."""

from __future__ import annotations

from aiohttp import web
from multidict import CIMultiDict

from breakfix.embedded.aggregation.calling import (
    Backends,
    Call,
    identity,
)
from breakfix.embedded.aggregation.services import is_available
from breakfix.embedded.objects import Object
from breakfix.embedded.server.streams.forwarding import hand_back, handed_on
from breakfix.embedded.server.streams.service_calls import UnreachedError, UnresolvedError
from breakfix.embedded.server.streams.sessions import while_connected
from breakfix.embedded.users import User

UNAVAILABLE = 503
PRIVATE = ("x-remote-", "impersonate-")  # who somebody is


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
            return await hand_back(http, found.head, found.reader.body(http.method, found.head))
        finally:
            found.close()


def _refused(words: str) -> web.Response:
    """As Go's http.Error."""
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache, private"}
    return web.Response(status=UNAVAILABLE, text=f"{words}\n", headers=headers)


def _headers(http: web.BaseRequest, body: bytes, user: User) -> CIMultiDict[str]:
    """The client's, with who it is instead of its credentials."""
    found = handed_on(http, body, lambda name: name.startswith(PRIVATE))
    found.extend(identity(user))
    return found
