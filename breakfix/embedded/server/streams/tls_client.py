"""TLS as the API server's proxy and the kubelet speak it: believing every certificate."""

from __future__ import annotations

import asyncio
import ssl

from breakfix.embedded.network.tls import TlsError, TlsStream, client_context
from breakfix.embedded.network.types import Stream

HANDSHAKE = 10.0  # s


class HandshakeError(Exception):
    """The handshake has failed; the words as Go's client has them."""


class InsecureTlsStream(TlsStream):
    """The client's end. `await start()` first. `context`: one with a certificate to show."""

    def __init__(
        self, below: Stream, name: str | None = None, context: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(below, context or client_context(verify=False), name)

    async def start(self) -> TlsStream:
        """The handshake. Raises HandshakeError, NetworkError."""
        try:
            async with asyncio.timeout(HANDSHAKE):
                return await super().start()
        except TimeoutError:
            raise HandshakeError("net/http: TLS handshake timeout") from None
        except TlsError as error:
            raise HandshakeError(_words(error.reason)) from None

    def words(self, error: ssl.SSLError) -> str:
        """As Go's client has them."""
        return _words(error.reason)


def _words(reason: str | None) -> str:
    if reason == "EOF":
        return reason
    if reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return "http: server gave HTTP response to HTTPS client"
    return f"remote error: tls: {str(reason or 'handshake failure').lower()}"
