"""The server's end of a SPDY/3.1 connection: streams that the client opens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from breakfix.embedded.server.streams import spdy_frames as frames
from breakfix.embedded.server.streams.pipe import Pipe
from breakfix.embedded.server.streams.spdy_frames import Decoder, Encoder, Frame
from breakfix.embedded.server.streams.wire import Wire

MOST_STREAMS = 512  # at a time on one connection
CHUNK = 32 * 1024  # bytes of a data frame
STALLED = 60.0  # s that one stream may hold up all others of its connection


class SpdyStream:
    """Both directions of one stream."""

    def __init__(self, connection: SpdyConnection, number: int, headers: dict[str, str]) -> None:
        self._connection = connection
        self.number = number
        self.headers = headers
        self.inbox = Pipe()
        self.half_closed = False  # the client sends no more
        self.ended = False  # we send no more
        self._cut = asyncio.Event()

    @property
    def cut(self) -> bool:
        """Is it over in both directions, without a word?"""
        return self._cut.is_set()

    async def until_cut(self) -> None:
        """Until then."""
        await self._cut.wait()

    async def read(self, limit: int = 65536) -> bytes:
        """The next bytes, b"" at the end."""
        return await self.inbox.read(limit)

    async def write(self, data: bytes) -> None:
        """Send; waits while the client does not read. Raises ConnectionError."""
        for at in range(0, len(data), CHUNK):
            if self.cut or self.ended:
                raise ConnectionResetError
            await self._connection.send(frames.data(self.number, data[at : at + CHUNK]))

    async def end(self) -> None:
        """Send no more. Raises ConnectionError."""
        if not self.ended and not self.cut:
            self.ended = True
            self._connection.forget(self)
            await self._connection.send(frames.data(self.number, b"", last=True))

    async def reset(self, status: int = frames.CANCEL) -> None:
        """End both directions at once. Raises ConnectionError."""
        if not self.cut:
            self.lost()
            self._connection.forget(self)
            await self._connection.send(frames.reset(self.number, status))

    def lost(self) -> None:
        """The client has reset it, or is gone."""
        self._cut.set()
        self.inbox.end()


class SpdyConnection:
    """`opened` is told of each stream that the client opens."""

    def __init__(self, wire: Wire, opened: Callable[[SpdyStream], None]) -> None:
        self._wire = wire
        self._opened = opened
        self._decoder = Decoder()
        self._encoder = Encoder()
        self._streams: dict[int, SpdyStream] = {}
        self._last = 0

    async def send(self, data: bytes) -> None:
        """Whole frames. Raises ConnectionError."""
        await self._wire.write(data)

    def forget(self, stream: SpdyStream) -> None:
        """One that is over in both directions."""
        if stream.cut or (stream.ended and stream.half_closed):
            self._streams.pop(stream.number, None)

    async def run(self) -> None:
        """Until the client is gone, or does not speak SPDY."""
        try:
            while received := await self._wire.read():
                for frame in self._decoder.feed(received):
                    if frame.type == frames.GOAWAY:
                        return
                    await self._take(frame)
        except (frames.SpdyError, ConnectionError):
            pass
        finally:
            for stream in self._streams.values():
                stream.lost()
            self._streams.clear()

    async def close(self) -> None:
        """Say that it ends."""
        with contextlib.suppress(ConnectionError):
            await self.send(frames.go_away(self._last))

    # -- what comes ----------------------------------------------------------------------

    async def _take(self, frame: Frame) -> None:
        if frame.type == frames.DATA:
            await self._data(frame)
        elif frame.type == frames.SYN_STREAM:
            await self._open(frame)
        elif frame.type == frames.RST_STREAM:
            self._reset(frame)
        elif frame.type == frames.PING and frame.stream % 2:
            await self.send(frames.ping(frame.stream))
        elif frame.type in (frames.HEADERS, frames.SYN_REPLY):
            self._decoder.headers(frame.payload)

    async def _open(self, frame: Frame) -> None:
        headers = self._decoder.headers(frame.payload[6:])
        number = frame.stream
        if number % 2 == 0 or number <= self._last:
            raise frames.SpdyError(f"stream {number} after {self._last}")
        self._last = number
        if len(self._streams) >= MOST_STREAMS:
            await self.send(frames.reset(number, frames.REFUSED_STREAM))
            return
        stream = SpdyStream(self, number, headers)
        self._streams[number] = stream
        self._half_close(stream, frame)
        await self.send(self._encoder.syn_reply(number))
        self._opened(stream)

    async def _data(self, frame: Frame) -> None:
        stream = self._streams.get(frame.stream)
        if stream is None:
            return  # of a stream that has just been reset
        stream.inbox.put(frame.payload)
        self._half_close(stream, frame)
        try:
            async with asyncio.timeout(STALLED):
                await stream.inbox.has_room()
        except TimeoutError:
            await stream.reset()

    def _half_close(self, stream: SpdyStream, frame: Frame) -> None:
        if frame.flags & frames.FIN:
            stream.half_closed = True
            stream.inbox.end()
            self.forget(stream)

    def _reset(self, frame: Frame) -> None:
        stream = self._streams.pop(frame.stream, None)
        if stream is not None:
            stream.lost()
