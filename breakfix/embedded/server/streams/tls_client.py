"""TLS over a simulated connection, believing every certificate, as the API server's proxy."""

from __future__ import annotations

import asyncio
import ssl

from breakfix.embedded.network.types import NetworkError, Stream

HANDSHAKE = 10.0  # s


class TlsError(Exception):
    """The handshake has failed; the words as Go's client has them."""


class TlsStream:
    """The client's end. `await start()` first."""

    def __init__(self, below: Stream) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._below = below
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._ssl = context.wrap_bio(self._in, self._out)

    async def start(self) -> None:
        """The handshake. Raises TlsError, NetworkError."""
        try:
            async with asyncio.timeout(HANDSHAKE):
                await self._shake_hands()
        except TimeoutError:
            raise TlsError("net/http: TLS handshake timeout") from None

    async def _shake_hands(self) -> None:
        while True:
            try:
                self._ssl.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._fill():
                    raise TlsError("EOF") from None
            except ssl.SSLError as error:
                raise TlsError(_words(error)) from None
            else:
                await self._flush()
                return

    async def _flush(self) -> None:
        if data := self._out.read():
            await self._below.write(data)

    async def _fill(self) -> bool:
        data = await self._below.read()
        if data:
            self._in.write(data)
        return bool(data)

    async def read(self, limit: int = 65536) -> bytes:
        """The next bytes, b"" at the end. Raises NetworkError when it is cut."""
        while True:
            try:
                return self._ssl.read(limit)
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._fill():
                    return b""
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLError as error:
                raise NetworkError(_words(error)) from None

    async def write(self, data: bytes) -> None:
        """Send. Raises NetworkError."""
        self._ssl.write(data)
        await self._flush()


def _words(error: ssl.SSLError) -> str:
    if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return "http: server gave HTTP response to HTTPS client"
    return f"remote error: tls: {str(error.reason or 'handshake failure').lower()}"
