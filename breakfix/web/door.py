"""The door that every request passes: a name of ours in Host, our own page in Origin, a cookie.

Only the two ways to get a cookie are open without one: the page with a token, and the form
with the password.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from breakfix.web.access import Keys, Names
from breakfix.web.password import Password, Slowdown

TURNED_AWAY = "This page opens with the address that `breakfix web` has printed.\n"
STRANGE = "This is not the name or page of this server.\n"
WAYS_IN = ("/", "/enter")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Door:
    """Who is let in; `password` is None where the token is enough."""

    names: Names
    keys: Keys
    password: Password | None
    slowdown: Slowdown

    @property
    def cookie(self) -> str:
        """The name of our cookie: cookies know no port, and there may be two servers."""
        return f"breakfix-{self.names.port}"

    def is_inside(self, request: web.Request) -> bool:
        """Has it a cookie that was given here?"""
        return self.keys.knows(request.cookies.get(self.cookie, ""))

    def let_in(self, response: web.Response) -> web.Response:
        """Give it a cookie."""
        response.set_cookie(
            self.cookie, self.keys.cookie(), httponly=True, samesite="Strict",
            secure=self.names.scheme == "https",
        )  # fmt: skip
        return response

    def admits(self, request: web.Request) -> bool:
        """Is it meant for us, and from a page of ours or from none?"""
        host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
        if not self.names.admit(host):
            return False
        return origin is None or self.names.admit_origin(origin, host)

    @web.middleware
    async def pass_through(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The middleware. Raises HTTPForbidden for whoever is not let in."""
        if not self.admits(request):
            raise web.HTTPForbidden(text=STRANGE)
        if request.path not in WAYS_IN and not self.is_inside(request):
            raise web.HTTPForbidden(text=TURNED_AWAY)
        return await handler(request)


def require_page(request: web.Request) -> None:
    """A browser says Origin with every form and socket; what says none is no page of ours.
    Raises HTTPForbidden."""
    if "Origin" not in request.headers:
        raise web.HTTPForbidden(text=TURNED_AWAY)
