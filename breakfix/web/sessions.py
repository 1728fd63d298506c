"""The sockets of the tabs: each has a session behind it, only so many at the same time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress

from aiohttp import WSMsgType, web
from textual_serve.download_manager import DownloadManager

from breakfix.web.door import require_page
from breakfix.web.session import Session

MOST_SESSIONS = 8
HEARTBEAT = 15.0  # seconds
CLOSE_SECONDS = 1.0  # for a page to say good-bye; one that sleeps does not
DEAF_SECONDS = 30.0  # for so long a process may leave what was typed unread
LARGEST_MESSAGE = 1 << 20  # a long paste
FULL = (
    "breakfix: {count} terminals are open on this server, and that is as many as it has.\n"
    "  -> Close another tab, then start again here.\n"
)


class Sessions:
    """`command` is what a session runs, with `environ` around it."""

    def __init__(
        self, command: list[str], environ: Mapping[str, str], downloads: DownloadManager
    ) -> None:
        self._command, self._environ, self._downloads = command, environ, downloads
        self._open: set[Session] = set()
        self._closing = False

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """A socket for a page: a session begins with it and ends with it."""
        require_page(request)
        if self._closing:
            raise web.HTTPServiceUnavailable(text="This server is about to end.\n")
        socket = web.WebSocketResponse(
            timeout=CLOSE_SECONDS, heartbeat=HEARTBEAT, max_msg_size=LARGEST_MESSAGE
        )
        session = Session(
            self._command, self._environ, socket.send_bytes, socket.send_str, socket.close,
            self._downloads,
        )  # fmt: skip
        has_room = len(self._open) < MOST_SESSIONS
        if has_room:  # before anything is awaited: many at once get no more
            self._open.add(session)
        try:
            await socket.prepare(request)
            await (_serve(request, socket, session) if has_room else _refuse(session))
        finally:
            await asyncio.shield(self._end(session))
            if socket.prepared:
                await socket.close()
        return socket

    async def end(self, _: web.Application) -> None:
        """When the server stops, nothing that it started is left."""
        self._closing = True
        await asyncio.gather(*(self._end(session) for session in list(self._open)))

    async def _end(self, session: Session) -> None:
        await session.stop()
        self._open.discard(session)


async def _refuse(session: Session) -> None:
    """Said on the page itself: a browser does not show why a socket was not opened."""
    await session.say(FULL.format(count=MOST_SESSIONS))


async def _serve(request: web.Request, socket: web.WebSocketResponse, session: Session) -> None:
    try:
        await session.start(_size(request, "width", 80), _size(request, "height", 24))
    except OSError as error:
        await session.say(f"breakfix: the terminal cannot be started: {error}\n")
    else:
        await _listen(socket, session)


async def _listen(socket: web.WebSocketResponse, session: Session) -> None:
    """Pass on what the page says until it is gone; what makes no sense is passed over. A
    process that does not read any more is given up."""
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            continue
        try:
            async with asyncio.timeout(DEAF_SECONDS):
                await _said(socket, session, message.data)
        except TimeoutError:
            return


async def _said(socket: web.WebSocketResponse, session: Session, text: str) -> None:
    said = None
    with suppress(ValueError, RecursionError):
        said = json.loads(text)
    match said:
        case ["stdin", str(typed)]:
            await session.send_bytes(typed.encode("utf-8", "replace"))
        case ["resize", {"width": int(width), "height": int(height)}]:
            await session.resize(width, height)
        case ["ping", str(mark)]:
            await socket.send_json(["pong", mark])
        case ["focus"]:
            await session.focus()
        case ["blur"]:
            await session.blur()


def _size(request: web.Request, name: str, otherwise: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 5 else otherwise  # noqa: PLR2004 - digits
