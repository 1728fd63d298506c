"""nginx's worker: takes connections and answers their requests."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from breakfix.embedded.network.types import ResetError, Serve, Stream
from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.http.server import HttpServer
from breakfix.embedded.programs.nginx.exchange import NO_ANSWER, Exchange
from breakfix.embedded.programs.nginx.pages import page
from breakfix.embedded.programs.nginx.server import virtual_server
from breakfix.embedded.programs.nginx.site import answer

if TYPE_CHECKING:
    from breakfix.embedded.programs.nginx.master import Nginx


class Worker:
    """All workers of one master: they count together."""

    def __init__(self, nginx: Nginx) -> None:
        self._nginx = nginx
        self._numbers = itertools.count(1)  # of connections
        self._requests = 0

    def serve(self, address: str, port: int) -> Serve:
        """What is done with the connections to an address."""
        nginx = self._nginx

        async def serve(end: Stream) -> None:
            number = next(self._numbers)

            async def handle(request: Request) -> Response:
                return await self._handle(request, address, port, number)

            bad = Response([("Content-Type", "text/html")], page(400, nginx.signature), 400)
            tls, clock = nginx.tls(address, port), nginx.process.host.clock
            await HttpServer(handle, clock, nginx.server_header, tls, bad).serve(end)

        return serve

    async def _handle(self, request: Request, address: str, port: int, number: int) -> Response:
        """Answer one request and write it down."""
        self._requests += 1
        server = virtual_server(self._nginx.cycle.servers, request, address, port)
        exchange = Exchange(self._nginx, server, request, number)
        exchange.started = self._nginx.process.host.clock.monotonic()
        exchange.response = response = await answer(exchange)
        await self._nginx.logs.access(exchange)
        if response.status == NO_ANSWER:
            raise ResetError("444")
        return response

    def status(self) -> bytes:
        """stub_status."""
        n = self._requests
        return (f"Active connections: 1 \nserver accepts handled requests\n {n} {n} {n} \n"
                "Reading: 0 Writing: 1 Waiting: 0 \n").encode()  # fmt: skip
