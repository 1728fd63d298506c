"""A connection in the place of standard input and output: nc's and curl's telnet."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from breakfix.embedded.machine.types import Input, Process
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.programs.sockets import pump


async def talk(process: Process, stream: Stream, half_close: bool = True) -> int:
    """Both ways until the other side ends; `half_close`: it is told when our input has ended."""

    async def send() -> None:
        await pump(process.stdin.read, stream.write)
        if half_close:
            stream.end_writing()

    sending = asyncio.ensure_future(send())
    try:
        with suppress(NetworkError):
            while data := await stream.read():
                await process.stdout.write(data)
        return 0
    finally:
        sending.cancel()
        stream.close()


class _From:
    """A connection as standard input and output."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def read(self, limit: int = 65536) -> bytes:
        with suppress(NetworkError):
            return await self._stream.read(limit)
        return b""

    async def write(self, data: bytes) -> None:
        try:
            await self._stream.write(data)
        except NetworkError:
            raise BrokenPipeError from None


async def execute(process: Process, argv: list[str], stream: Stream) -> int:
    """Run a program whose input and output the connection is."""
    assert process.spawn is not None  # noqa: S101 - every container's process has it
    both = _From(stream)
    source: Input = both
    try:
        return await process.spawn(argv, stdin=source, stdout=both, stderr=both)
    finally:
        stream.close()
