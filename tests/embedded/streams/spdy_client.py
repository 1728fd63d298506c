"""The client's end of SPDY/3.1, over a socket."""

from __future__ import annotations

import asyncio

from breakfix.embedded.server.streams import spdy_frames as frames
from breakfix.embedded.server.streams.spdy_frames import Decoder, Encoder, Frame


class SpdyClient:
    """After the upgrade; `streams` are names of what was opened, by number."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer
        self._encoder, self._decoder = Encoder(), Decoder()
        self._frames: list[Frame] = []
        self._last = -1
        self.received: dict[int, bytes] = {}
        self.ended: set[int] = set()

    @classmethod
    async def open(cls, port: int, path: str, *versions: str) -> tuple[SpdyClient, str]:
        """Ask for the upgrade; also the head of the response."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = [f"POST {path} HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: SPDY/3.1",
                 "Content-Length: 0"]  # fmt: skip
        lines += [f"X-Stream-Protocol-Version: {version}" for version in versions]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = await reader.readuntil(b"\r\n\r\n")
        return cls(reader, writer), head.decode()

    def stream(self, kind: str, **headers: str) -> int:
        self._last += 2
        self.received[self._last] = b""
        self.writer.write(self._encoder.syn_stream(self._last, {"streamtype": kind, **headers}))
        return self._last

    def send(self, number: int, data: bytes, last: bool = False) -> None:
        self.writer.write(frames.data(number, data, last))

    async def frame(self) -> Frame | None:
        """The next one; data is also collected."""
        while not self._frames:
            data = await asyncio.wait_for(self._reader.read(65536), 5)
            if not data:
                return None
            self._frames += self._decoder.feed(data)
        frame = self._frames.pop(0)
        if frame.type == frames.DATA:
            self.received[frame.stream] += frame.payload
            if frame.flags & frames.FIN:
                self.ended.add(frame.stream)
        return frame

    async def until_ended(self, *numbers: int) -> None:
        while not self.ended >= set(numbers) and await self.frame():
            pass

    async def until(self, kind: int) -> Frame | None:
        while (frame := await self.frame()) and frame.type != kind:
            pass
        return frame
