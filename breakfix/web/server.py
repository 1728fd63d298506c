"""The server: a page, what it needs, and a socket for each session.

Every request passes the same door: a name of ours in Host, our own page in Origin, and a
cookie; only the two ways to get a cookie are open without one.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from aiohttp import WSMsgType, web
from textual_serve.download_manager import DownloadManager

from breakfix.web.access import Keys, Names
from breakfix.web.pages import HEADERS, OURS, password_page, terminal_page
from breakfix.web.password import Password, Slowdown
from breakfix.web.session import Session

MOST_SESSIONS = 8
HEARTBEAT = 15.0  # seconds
LARGEST_MESSAGE = 1 << 20  # a long paste
TURNED_AWAY = "This page opens with the address that `breakfix web` has printed.\n"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Door:
    """Who is let in; `password` is None where the token is enough."""

    names: Names
    keys: Keys
    password: Password | None
    slowdown: Slowdown
    cookie: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cookie", f"breakfix-{self.names.port}")  # cookies know no port

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


class Server:
    """`command` is what a session runs, with `environ` around it."""

    def __init__(self, door: Door, command: list[str], environ: Mapping[str, str]) -> None:
        self._door, self._command, self._environ = door, command, environ
        self._downloads = DownloadManager()
        self._sessions: set[Session] = set()

    def app(self) -> web.Application:
        """The application with its routes."""
        app = web.Application(middlewares=[self._at_the_door], client_max_size=1 << 16)
        app.add_routes(
            [
                web.get("/", self._index),
                web.post("/enter", self._enter),
                web.get("/ws", self._socket),
                web.get("/download/{key}", self._download),
                web.static("/static/breakfix", OURS),
                web.static("/static/textual", _textual_static()),
            ]
        )
        app.on_response_prepare.append(_guard)
        app.on_shutdown.append(self._end_sessions)
        return app

    @web.middleware
    async def _at_the_door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not self._door.admits(request):
            raise web.HTTPForbidden(text="This is not the name or page of this server.\n")
        if request.path not in ("/", "/enter") and not self._door.is_inside(request):
            raise web.HTTPForbidden(text=TURNED_AWAY)
        return await handler(request)

    # -- pages ------------------------------------------------------------------------

    async def _index(self, request: web.Request) -> web.Response:
        """The terminal, for a cookie or a token; with a password its question first."""
        font_size = request.query.get("fontsize", "")
        if self._door.is_inside(request):
            return _html(terminal_page(font_size))
        token = request.query.get("token", "")
        if not self._door.keys.opens(token):
            raise web.HTTPForbidden(text=TURNED_AWAY)
        if self._door.password is not None:
            return _html(password_page(self._door.keys.ticket()))
        return self._door.let_in(_html(terminal_page(font_size)))

    async def _enter(self, request: web.Request) -> web.Response:
        """The password, behind a token; wrong ones are answered ever more slowly."""
        form, door = await request.post(), self._door
        wanted, token = door.password, str(form.get("token", ""))
        if "Origin" not in request.headers or wanted is None or not door.keys.opens(token):
            raise web.HTTPForbidden(text=TURNED_AWAY)
        address = request.remote or ""
        wait = math.ceil(door.slowdown.guess(address))
        if wait:
            page = password_page(door.keys.ticket(), f"Too many tries. Wait {wait} seconds.")
            return _html(page, 429, {"Retry-After": str(wait)})
        if not await wanted.matches(str(form.get("password", ""))):
            return _html(password_page(door.keys.ticket(), "That is not the password."), 403)
        door.slowdown.right(address)
        return door.let_in(web.Response(status=303, headers={"Location": "/"}))

    # -- sessions ---------------------------------------------------------------------

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if "Origin" not in request.headers:  # a browser always says it here
            raise web.HTTPForbidden(text=TURNED_AWAY)
        if len(self._sessions) >= MOST_SESSIONS:
            raise web.HTTPServiceUnavailable(text="Too many sessions are open.\n")
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LARGEST_MESSAGE)
        await socket.prepare(request)
        session = Session(
            self._command, self._environ, socket.send_bytes, socket.send_str, socket.close,
            self._downloads,
        )  # fmt: skip
        self._sessions.add(session)
        try:
            await session.start(_size(request, "width", 80), _size(request, "height", 24))
            await _listen(socket, session)
        finally:
            await asyncio.shield(self._end(session))
            await socket.close()
        return socket

    async def _end(self, session: Session) -> None:
        await session.stop()
        self._sessions.discard(session)

    async def _end_sessions(self, _: web.Application) -> None:
        """When the server stops, nothing that it started is left."""
        await asyncio.gather(*(self._end(session) for session in list(self._sessions)))

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """A file that a session hands over."""
        key = request.match_info["key"]
        try:
            meta = await self._downloads.get_download_metadata(key)
        except KeyError:
            raise web.HTTPNotFound(text="There is no such file.\n") from None
        name = "".join(c if c.isalnum() or c in "-._" else "_" for c in meta.file_name)
        response = web.StreamResponse(
            headers={
                "Content-Type": "application/octet-stream",
                "Content-Disposition": f'attachment; filename="{name}"',
            }
        )
        await response.prepare(request)
        async for chunk in self._downloads.download(key):
            await response.write(chunk)
        await response.write_eof()
        return response


async def _listen(socket: web.WebSocketResponse, session: Session) -> None:
    """Pass on what the page says until it is gone; what makes no sense is passed over."""
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            with suppress(ValueError, TypeError, KeyError, IndexError):
                await _said(socket, session, json.loads(message.data))


async def _said(socket: web.WebSocketResponse, session: Session, said: list[object]) -> None:
    match said:
        case ["stdin", str(text)]:
            await session.send_bytes(text.encode("utf-8", "replace"))
        case ["resize", {"width": width, "height": height}]:
            await session.resize(width, height)
        case ["ping", str(text)]:
            await socket.send_json(["pong", text])
        case ["focus"]:
            await session.focus()
        case ["blur"]:
            await session.blur()


def _size(request: web.Request, name: str, otherwise: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 5 else otherwise  # noqa: PLR2004 - digits


def _html(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)


async def _guard(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


def _textual_static() -> Path:
    """xterm.js and the fonts of textual-serve, without importing its own server."""
    found = find_spec("textual_serve")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("textual_serve")
    return Path(found.origin).parent / "static"
