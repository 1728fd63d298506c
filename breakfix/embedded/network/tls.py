"""TLS over simulated connections: real handshakes in memory, no sockets.

Certificates come from the container's files. Python's TLS loads keys from paths only, so they
pass through an anonymous memory file (a temporary one where there are none).
"""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
from contextlib import suppress
from pathlib import Path

from breakfix.embedded.network.types import NetworkError, Stream


class TlsError(Exception):
    """The handshake has failed; `reason` is OpenSSL's."""

    def __init__(self, error: ssl.SSLError | None = None) -> None:
        self.reason = (error.reason or "") if error else "EOF"
        self.verification = isinstance(error, ssl.SSLCertVerificationError)
        self.words = getattr(error, "verify_message", "") or self.reason
        super().__init__(self.words)


def server_context(certificate: bytes, key: bytes) -> ssl.SSLContext:
    """Raises ssl.SSLError where they do not fit."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_pair(context, certificate, key)
    return context


def load_pair(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """What one side shows of itself. Raises ssl.SSLError where they do not fit."""
    pem = certificate + b"\n" + key
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("pair")
        try:
            os.write(handle, pem)
            context.load_cert_chain(f"/proc/self/fd/{handle}")
        finally:
            os.close(handle)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pair"
        path.write_bytes(pem)
        context.load_cert_chain(path)


def client_context(authority: bytes = b"", verify: bool = True) -> ssl.SSLContext:
    """Trusting these authorities alone, or everyone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif authority:
        context.load_verify_locations(cadata=authority.decode(errors="replace"))
    return context


class TlsStream:
    """One end, as a Stream. `await start()` first."""

    def __init__(self, below: Stream, context: ssl.SSLContext, name: str | None = None) -> None:
        self._below = below
        self.local, self.peer = below.local, below.peer
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        server = context.protocol is ssl.PROTOCOL_TLS_SERVER
        self.ssl = context.wrap_bio(self._in, self._out, server, None if server else name)

    async def start(self) -> TlsStream:
        """The handshake. Raises TlsError, NetworkError."""
        while True:
            try:
                self.ssl.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._fill():
                    raise TlsError from None
            except ssl.SSLError as error:
                await self._flush()
                raise TlsError(error) from None
            else:
                await self._flush()
                return self

    async def _flush(self) -> None:
        if data := self._out.read():
            await self._below.write(data)

    async def _fill(self) -> bool:
        data = await self._below.read()
        if data:
            self._in.write(data)
        return bool(data)

    async def read(self, limit: int = 65536) -> bytes:
        """The next bytes, b"" at the end. Raises NetworkError."""
        while True:
            try:
                return self.ssl.read(limit)
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._fill():
                    return b""
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLError as error:
                raise NetworkError(self.words(error)) from None

    def words(self, error: ssl.SSLError) -> str:
        """How an end that comes unasked is said."""
        return str(error.reason)

    async def write(self, data: bytes) -> None:
        """Send. Raises NetworkError."""
        if data:
            self.ssl.write(data)
        await self._flush()

    def end_writing(self) -> None:
        """FIN."""
        self._below.end_writing()

    def close(self) -> None:
        """Done with it; close_notify where the pipe has room."""
        with suppress(ssl.SSLError, ValueError):
            self.ssl.unwrap()
        if data := self._out.read():
            asyncio.ensure_future(_last(self._below, data))  # noqa: RUF006 - short
        else:
            self._below.close()


async def _last(below: Stream, data: bytes) -> None:
    try:
        await below.write(data)
    except NetworkError:
        pass
    finally:
        below.close()
