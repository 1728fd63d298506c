"""The server: the way in, the page with the terminal, what it needs, and its sockets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from aiohttp import web
from textual_serve.download_manager import DownloadManager

from breakfix.web.door import TURNED_AWAY, Door, require_page
from breakfix.web.pages import HEADERS, OURS, password_page, terminal_page
from breakfix.web.sessions import Sessions

LARGEST_FORM = 1 << 16


class Server:
    """`command` is what a session runs, with `environ` around it."""

    def __init__(self, door: Door, command: list[str], environ: Mapping[str, str]) -> None:
        self._door = door
        self._downloads = DownloadManager()
        self._sessions = Sessions(command, environ, self._downloads)

    def app(self) -> web.Application:
        """The application with its routes."""
        app = web.Application(middlewares=[self._door.pass_through], client_max_size=LARGEST_FORM)
        app.add_routes(
            [
                web.get("/", self._index, allow_head=False),
                web.post("/enter", self._enter),
                web.get("/ws", self._sessions.socket),
                web.get("/download/{key}", self._download),
                web.static("/static/breakfix", OURS),
                web.static("/static/textual", _textual_static()),
            ]
        )
        app.on_response_prepare.append(_guard)
        app.on_shutdown.append(self._sessions.end)
        return app

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
        require_page(request)
        form, door = await _form(request), self._door
        wanted = door.password
        if wanted is None or not door.keys.opens(form.get("token", "")):
            raise web.HTTPForbidden(text=TURNED_AWAY)
        address = request.remote or ""
        wait = math.ceil(door.slowdown.guess(address))
        if wait:
            page = password_page(door.keys.ticket(), f"Too many tries. Wait {wait} seconds.")
            return _html(page, 429, {"Retry-After": str(wait)})
        if not await wanted.matches(form.get("password", "")):
            return _html(password_page(door.keys.ticket(), "That is not the password."), 403)
        door.slowdown.right(address)
        return door.let_in(web.Response(status=303, headers={"Location": "/"}))

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


async def _form(request: web.Request) -> dict[str, str]:
    """The texts of a form. Raises HTTPBadRequest for what is none."""
    try:
        form = await request.post()
    except (ValueError, LookupError):  # no text, or in an encoding that does not exist
        raise web.HTTPBadRequest(text="This is not a form.\n") from None
    return {name: value for name, value in form.items() if isinstance(value, str)}


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
