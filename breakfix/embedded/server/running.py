"""An API server that listens."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Any

from aiohttp import web

from breakfix.embedded.server.app import LARGEST_BODY, App

LONGEST_LINE = 64 * 1024  # bytes; selectors in queries can be long


# What clients do wrong before there is a request (no HTTP, no TLS) is nothing to write down.
_quiet = logging.getLogger("breakfix.embedded.http")
_quiet.setLevel(logging.CRITICAL)


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(
        message, payload, protocol, writer, task, loop, client_max_size=2 * LARGEST_BODY
    )


class Listener:
    """HTTPS on loopback; `port` 0 takes a free one."""

    def __init__(
        self, app: App, context: ssl.SSLContext, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._server = web.Server(
            app.handle, request_factory=_request, access_log=None, logger=_quiet,
            max_line_size=LONGEST_LINE, max_field_size=LONGEST_LINE,
        )  # fmt: skip
        self._runner = web.ServerRunner(self._server, handle_signals=False, shutdown_timeout=0.5)
        self._context, self._host, self.port = context, host, port

    async def start(self) -> None:
        """Listen. Raises OSError for a port that is taken."""
        await self._runner.setup()
        site = web.TCPSite(
            self._runner, self._host, self.port, ssl_context=self._context, backlog=512
        )
        await site.start()
        self.port = self._runner.addresses[0][1]

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"https://{self._host}:{self.port}"

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._host, self.port

    async def stop(self) -> None:
        """Close all connections."""
        await self._runner.cleanup()


__all__ = ["LARGEST_BODY", "Listener"]
