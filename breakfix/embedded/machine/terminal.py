"""Shells that read their commands: prompts on a TTY, scripts on standard input.

On a TTY Ctrl-C interrupts the running command, Ctrl-D ends the shell.
"""

from __future__ import annotations

import asyncio
import contextlib

from breakfix.embedded.machine.shell.grammar import unfinished
from breakfix.embedded.machine.shell.session import Session
from breakfix.embedded.machine.streams import Empty, Pipe
from breakfix.embedded.machine.tty import Line
from breakfix.embedded.machine.types import Input, Output, Process

_INCOMPLETE = ("unexpected end of file", "unterminated", "expected", "end of input", "unclosed")


class Lines:
    """Input line by line. `cooked`: it comes from a terminal, already edited and echoed."""

    cooked = False

    def __init__(self, source: Input) -> None:
        self._source, self._rest, self._ended = source, b"", False

    async def line(self) -> str | None:
        """The next one with its end; None at the end."""
        while b"\n" not in self._rest and not self._ended:
            data = await self._source.read()
            self._ended = not data
            self._rest += data
        if not self._rest:
            return None
        line, mark, self._rest = self._rest.partition(b"\n")
        return (line + mark).decode(errors="replace")

    async def read(self, limit: int = 65536) -> bytes:
        if not self._rest and not self._ended:
            self._rest = await self._source.read(limit)
            self._ended = not self._rest
        chunk, self._rest = self._rest[:limit], self._rest[limit:]
        return chunk


class Prompt:
    """A shell that takes its commands from standard input."""

    def __init__(self, process: Process, name: str, interactive: bool = False) -> None:
        self._process, self._name = process, name
        self._interactive = interactive or process.tty
        self._line: Line | None = None
        source: Input = process.stdin
        if isinstance(process.stdin, Line):
            self._line = process.stdin
            self._line.claimed = True
            source = self._line.lines
        self._lines = Lines(source)
        self._lines.cooked = process.tty
        process.stdin = Empty()  # commands of a prompt do not take its lines away
        self._session = Session(process, name, name == "bash")
        self._session.terminal = self._lines

    async def run(self) -> int:
        """Until `exit` or the end of the input."""
        try:
            return await self._loop()
        finally:
            self._session.close()

    async def _loop(self) -> int:
        session, text = self._session, ""
        while True:
            await self._prompt("> " if text else self.prompt())
            line = await self._next()
            if line is None:
                break
            text = "" if line == "\x03" else text + line
            if not text.strip():
                text = ""
                continue
            if self._unfinished(text):
                continue
            await self._run(text)
            text = ""
            if session.ended or (session.refused and not self._interactive):
                return session.code
        if text:
            await self._run(text)
        if self._process.tty:
            await self._process.out("\n" if self._name != "bash" else "exit\n")
        return session.code

    async def _run(self, text: str) -> None:
        session = self._session
        work = asyncio.ensure_future(session.run(text, last=False))
        if self._line is None:
            await work
            return
        self._line.interrupted.clear()
        stop = asyncio.ensure_future(self._line.interrupted.wait())
        try:
            await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                session.interrupt()
                with contextlib.suppress(Exception):
                    await work
                session.clear()
                session.code = 130
        finally:
            stop.cancel()
            if not work.done():
                work.cancel()

    async def _next(self) -> str | None:
        """A line; the key itself for Ctrl-C at the prompt."""
        if self._line is None:
            return await self._lines.line()
        self._line.interrupted.clear()
        line = asyncio.ensure_future(self._lines.line())
        stop = asyncio.ensure_future(self._line.interrupted.wait())
        try:
            await asyncio.wait((line, stop), return_when=asyncio.FIRST_COMPLETED)
            return line.result() if line.done() else "\x03"
        finally:
            stop.cancel()
            if not line.done():
                line.cancel()

    def _unfinished(self, text: str) -> bool:
        if text.rstrip("\n").endswith("\\"):
            return True
        if self._name != "bash":
            return unfinished(text)
        error = self._session.parses(text)
        return bool(error) and any(
            word in error for word in _INCOMPLETE[:1] + _INCOMPLETE[3:] + ("unterminated",)
        )

    async def _prompt(self, text: str) -> None:
        if self._interactive:
            await self._process.err(text)

    def prompt(self) -> str:
        """As the image's shell has it."""
        process = self._process
        sign = "#" if process.who.uid == 0 else "$"
        cwd = self._session.cwd()
        home = process.env.get("HOME", "")
        if home not in ("", "/") and (cwd + "/").startswith(home.rstrip("/") + "/"):
            cwd = "~" + cwd[len(home.rstrip("/")) :]
        if self._name == "bash":
            from breakfix.embedded.machine.users import user_name

            user = user_name(process.files, process.who.uid)
            user = "I have no name!" if user == str(process.who.uid) else user
            return f"{user}@{process.host.hostname}:{cwd}{sign} "
        return f"{cwd} {sign} " if process.files.exists("/bin/busybox") else f"{sign} "


class Terminal:
    """A TTY between a client and a process: for `exec -it` and containers with `tty: true`."""

    def __init__(self, output: Output) -> None:
        self.keys = Pipe(1 << 16)
        self.output = output

    async def type(self, data: bytes) -> None:
        """Keys from the client."""
        await self.keys.write(data)
