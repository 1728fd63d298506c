"""An API server that listens."""

from __future__ import annotations

import ssl

from aiohttp import web

from breakfix.embedded.server.app import LARGEST_BODY, App


class Listener:
    """HTTPS on loopback; `port` 0 takes a free one."""

    def __init__(
        self, app: App, context: ssl.SSLContext, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._server = web.Server(app.handle, access_log=None)
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

    async def stop(self) -> None:
        """Close all connections."""
        await self._runner.cleanup()


__all__ = ["LARGEST_BODY", "Listener"]
