"""exec and attach over SPDY: each stream says by a header what it is."""

from __future__ import annotations

import asyncio

import orjson
from aiohttp import web

from breakfix.embedded.server.streams import sessions, upgrades
from breakfix.embedded.server.streams.sessions import ClientSession, Run, Wanted
from breakfix.embedded.server.streams.spdy import SpdyConnection, SpdyStream

V4 = "v4.channel.k8s.io"
VERSIONS = (V4, "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io")
WITH_RESIZE = VERSIONS[:2]
CREATION = 30.0  # s in which a client has to open its streams


class Streams:
    """The streams of one client, as they come."""

    def __init__(self, wanted: Wanted, protocol: str) -> None:
        asked = {"stdin": wanted.stdin, "stdout": wanted.stdout, "stderr": wanted.stderr,
                 "resize": wanted.tty and protocol in WITH_RESIZE}  # fmt: skip
        self._missing = {"error", *(name for name, is_asked in asked.items() if is_asked)}
        self._found: dict[str, SpdyStream] = {}
        self.complete = asyncio.Event()

    def opened(self, stream: SpdyStream) -> None:
        """One more."""
        kind = stream.headers.get("streamtype", "")
        self._found.setdefault(kind, stream)
        self._missing.discard(kind)
        if not self._missing:
            self.complete.set()

    def get(self, kind: str) -> SpdyStream | None:
        """One of them, where it was asked for."""
        return self._found.get(kind)

    async def end(self) -> None:
        """All have brought everything."""
        for stream in self._found.values():
            await stream.end()


async def serve(http: web.BaseRequest, wanted: Wanted, run: Run) -> web.StreamResponse:
    """Run it for this client. Raises NotUpgraded, StatusError 400."""
    wire, protocol = await upgrades.spdy(http, VERSIONS)
    streams = Streams(wanted, protocol)
    connection = SpdyConnection(wire, streams.opened)
    await sessions.first_of(_work(connection, streams, wanted, protocol, run), connection.run())
    return wire.response


async def _work(
    connection: SpdyConnection, streams: Streams, wanted: Wanted, protocol: str, run: Run
) -> None:
    try:
        async with asyncio.timeout(CREATION):
            await streams.complete.wait()
        session = ClientSession(
            streams.get("stdin"), streams.get("stdout"), streams.get("stderr"), wanted.tty
        )
        await sessions.first_of(_run(streams, session, protocol, run), _resizes(streams, session))
        await connection.close()
    except (TimeoutError, ConnectionError):
        pass


async def _run(streams: Streams, session: ClientSession, protocol: str, run: Run) -> None:
    status = sessions.status_of(await sessions.outcome(run, session))
    error = streams.get("error")
    if error and protocol == V4:
        await error.write(orjson.dumps(status))
    elif error and status["status"] != "Success":
        await error.write(status["message"].encode())
    await streams.end()


async def _resizes(streams: Streams, session: ClientSession) -> None:
    stream = streams.get("resize")
    while stream and (message := await stream.read()):
        for line in message.splitlines():
            session.resize(line)
    await asyncio.Event().wait()  # the session goes on without
