"""The kernel's terminal, between a client's keys and a program that reads lines.

Keys come as they are typed: this echoes them and edits the line; Ctrl-C interrupts, Ctrl-D on an
empty line ends the input.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from breakfix.embedded.machine.streams import Pipe
from breakfix.embedded.machine.types import Input, Output

CTRL_C, CTRL_D, BACKSPACE, CTRL_H, CTRL_U, CTRL_W = (
    b"\x03",
    b"\x04",
    b"\x7f",
    b"\x08",
    b"\x15",
    b"\x17",
)
_LINE_LIMIT = 65536


class Crlf:
    """An output as a terminal shows it: line feeds return the carriage."""

    def __init__(self, output: Output) -> None:
        self._output = output

    async def write(self, data: bytes) -> None:
        await self._output.write(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


class Line:
    """The kernel's line discipline: keys in, whole lines out."""

    def __init__(self, keys: Input, echo: Output) -> None:
        self._keys, self._echo = keys, echo
        self._line = bytearray()
        self.lines = Pipe(1 << 20)
        self.interrupted = asyncio.Event()
        self._skip = False
        self.shows = True  # what is typed, which a password is not
        self.claimed = False  # a prompt sees to interrupts itself

    async def read(self, limit: int = 65536) -> bytes:
        """What has been typed, in whole lines."""
        return await self.lines.read(limit)

    async def pump(self) -> None:
        """Until the keys end."""
        while data := await self._keys.read():
            for number in data:
                await self._key(bytes((number,)))
        self.lines.end()

    async def _key(self, key: bytes) -> None:
        if self._escape(key):
            return
        if key in (b"\r", b"\n"):
            await self._echo.write(b"\r\n")
            await self.lines.write(bytes(self._line) + b"\n")
            self._line.clear()
        elif key == CTRL_C:
            self._line.clear()
            await self._echo.write(b"^C\r\n")
            self.interrupted.set()
        elif key == CTRL_D:
            self._end()
        else:
            await self._edit(key)

    def _end(self) -> None:
        if not self._line:
            self.lines.end()

    def _escape(self, key: bytes) -> bool:
        """Arrow keys and the like do nothing here."""
        if key == b"\x1b":
            self._skip = True
            return True
        if self._skip:
            self._skip = key in b"[O0123456789;"
            return True
        return False

    async def _edit(self, key: bytes) -> None:
        if key in (BACKSPACE, CTRL_H):
            if self._line:
                self._line.pop()
                await self._echo.write(b"\b \b")
        elif key in (CTRL_U, CTRL_W):
            count = len(self._line)
            self._line.clear()
            await self._echo.write(b"\b \b" * count)
        elif key >= b" " or key == b"\t":
            await self._typed(key)

    async def _typed(self, key: bytes) -> None:
        if len(self._line) < _LINE_LIMIT:
            self._line += key
            if self.shows:
                await self._echo.write(key)


async def controlled(line: Line, interrupt: Callable[[], None]) -> None:
    """Take the keys, and interrupt the program on Ctrl-C, unless a prompt does so itself."""
    pump = asyncio.ensure_future(line.pump())
    try:
        while True:
            await line.interrupted.wait()
            if line.claimed:
                await pump
                return
            line.interrupted.clear()
            interrupt()
    finally:
        pump.cancel()


def terminal_streams(stdin: Input, stdout: Output, stderr: Output) -> tuple[Input, Output, Output]:
    """What a program on a terminal gets in place of these."""
    out = Crlf(stdout)
    return Line(stdin, stdout), out, out if stderr is stdout else Crlf(stderr)
