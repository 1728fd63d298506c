"""A small HTTP/1.1 server on streams."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from breakfix.embedded.clock import Clock
from breakfix.embedded.network.tls import TlsError, TlsStream
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.programs.http.messages import (
    BadMessageError,
    Request,
    Response,
    http_date,
    read_request,
    render_response,
    text,
)
from breakfix.embedded.programs.sockets import Reader

Handler = Callable[[Request], Awaitable[Response]]


class HttpServer:
    """Answers the requests of one connection after another by `handler`.

    `name` is its Server header, "" for none; `bad` answers what is not HTTP.
    """

    def __init__(
        self, handler: Handler, clock: Clock, name: str = "", tls: ssl.SSLContext | None = None,
        bad: Response | None = None,
    ) -> None:  # fmt: skip
        self.handler, self.clock, self.name, self.tls = handler, clock, name, tls
        self.bad = bad or text(400, "400 Bad Request")

    async def serve(self, end: Stream) -> None:
        """One connection (network.types.Serve)."""
        stream: Stream = end
        client = ""
        if self.tls is not None:
            try:
                stream = secured = await TlsStream(end, self.tls).start()
                client = _common_name(secured)
            except TlsError:
                return
        try:
            await self._requests(stream, client)
        except NetworkError:
            pass
        finally:
            stream.close()

    async def _requests(self, stream: Stream, client: str) -> None:
        reader = Reader(stream.read)
        while True:
            try:
                request = await read_request(reader)
            except BadMessageError:
                await stream.write(self._rendered(self.bad, None))
                return
            if request is None:
                return
            request.peer, request.local = stream.peer, stream.local
            request.tls, request.client = self.tls is not None, client
            response = await self.handler(request)
            await stream.write(self._rendered(response, request))
            if response.close or not request.keeps:
                return

    def _rendered(self, response: Response, request: Request | None) -> bytes:
        """With the headers that every answer has."""
        known = {name.lower() for name, _ in response.headers}
        if self.name and "server" not in known:
            response.headers.insert(0, ("Server", self.name))
        if "date" not in known:
            at = 1 if self.name else 0
            response.headers.insert(at, ("Date", http_date(self.clock.now())))
        bare = response.status in (204, 304)
        if not bare and not known & {"content-length", "transfer-encoding"}:
            response.headers.append(("Content-Length", str(len(response.body))))
        ends = request is None or response.close or not request.keeps
        if "connection" not in known:
            if ends:
                response.headers.append(("Connection", "close"))
                response.close = True
            elif self.name:
                response.headers.append(("Connection", "keep-alive"))
        return render_response(response, request.method if request else "GET")


def _common_name(stream: TlsStream) -> str:
    """Of the client's certificate."""
    shown: dict[str, Any] = stream.ssl.getpeercert() or {}
    parts = (part for name in shown.get("subject", ()) for part in name)
    return next((value for field, value in parts if field == "commonName"), "")


def mux(pages: Mapping[str, Handler]) -> Handler:
    """By path as Go's ServeMux: the exact one, then the longest that ends with a slash."""

    async def handle(request: Request) -> Response:
        found = pages.get(request.path)
        if found is None:
            trees = [p for p in pages if p.endswith("/") and request.path.startswith(p)]
            found = pages[max(trees, key=len)] if trees else None
        if found is None:
            return text(404, "404 page not found\n")
        return await found(request)

    return handle
