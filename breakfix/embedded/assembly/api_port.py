"""The API server inside the network: port 6443 of the control plane's node.

Pods reach it through the Service `kubernetes`, policies and all. What they send is carried
to the cluster's own listener as it is; TLS is between the pod and the API server.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from breakfix.embedded.network.types import NetworkError, ResetError, Stream
from breakfix.embedded.server.running import Listener

CHUNK = 65536
_PLAIN = (b"GET /", b"HEAD ", b"POST ", b"PUT /", b"OPTIO")  # how HTTP without TLS begins
_NO_TLS = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"


class ApiPort:
    """Joins connections of the simulated network to the listener of this API server alone."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def serve(self, stream: Stream) -> None:
        """One connection, until either side ends it. Raises NetworkError."""
        try:
            reader, writer = await asyncio.open_connection(*self._listener.address)
        except OSError as error:
            raise ResetError("the API server is not there") from error
        answers = asyncio.ensure_future(_answers(reader, stream))
        try:
            first = await stream.read(CHUNK)
            if first.startswith(_PLAIN):
                await stream.write(_NO_TLS)
                stream.end_writing()
                return
            writer.write(first)
            await _asked(stream, writer)
            await answers
        finally:
            answers.cancel()
            writer.transport.abort()


async def _asked(stream: Stream, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await stream.read(CHUNK):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


async def _answers(reader: asyncio.StreamReader, stream: Stream) -> None:
    with suppress(OSError, NetworkError):
        while data := await reader.read(CHUNK):
            await stream.write(data)
        stream.end_writing()
