"""One tab of a browser is one `breakfix play`: started with it, ended with it.

The protocol between the two is textual-serve's: packets on the process's standard input
and output. A process that does not go when it is asked to is hung up on, then killed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from breakfix.web.password import VARIABLE

DRIVER = "breakfix.tui.browser:BrowserDriver"
READY = b"__GANGLION__\n"
QUIT_SECONDS = 1.0  # to take the wish that it should end
GRACE_SECONDS = 10.0
HANG_UP_SECONDS = 3.0
MOST_TOLD = 1 << 16  # bytes of what a process said as it died
SMALLEST, LARGEST = 2, 1000  # cells


class Session(AppService):  # type: ignore[misc]  # textual_serve has no type information
    """`command` is run with `environ`; what it draws goes to `draw`."""

    _task: asyncio.Task[None] | None

    def __init__(
        self, command: list[str], environ: Mapping[str, str],
        draw: Callable[[bytes], Awaitable[None]],
        tell: Callable[[str], Awaitable[None]], close: Callable[[], Awaitable[object]],
        downloads: DownloadManager,
    ) -> None:  # fmt: skip
        super().__init__(
            "", write_bytes=draw, write_str=tell, close=close, download_manager=downloads
        )
        self._arguments, self._environ = command, environ
        self._said = b""
        self._ending: asyncio.Task[None] | None = None

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        self._process = process = await asyncio.create_subprocess_exec(
            *self._arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True,
            env=environment(self._environ, width, height),
        )  # fmt: skip
        self._stdin = process.stdin
        return process

    async def run(self) -> None:
        """Pass on what the process draws until it has ended."""
        process: Process = self._process
        errors = asyncio.create_task(self._read_errors(process), name="web-session-errors")
        try:
            with suppress(asyncio.IncompleteReadError):
                await self._packets(process)
        finally:
            code = await process.wait()
            await errors
        if code and self._said:
            await self._tell_why(code)
        with suppress(ConnectionError):
            await self.remote_close()

    async def _packets(self, process: Process) -> None:
        output = _pipe(process.stdout)
        await output.readuntil(READY)
        kinds = {b"D": self.on_data, b"M": self.on_meta, b"P": self.on_packed}
        while True:
            kind = await output.readexactly(1)
            payload = await output.readexactly(int.from_bytes(await output.readexactly(4), "big"))
            with suppress(ConnectionError):  # the tab is gone; what it drew goes nowhere
                await kinds[kind](payload)

    async def _read_errors(self, process: Process) -> None:
        errors = _pipe(process.stderr)
        while chunk := await errors.read(1 << 12):
            self._said = (self._said + chunk)[-MOST_TOLD:]

    async def _tell_why(self, code: int) -> None:
        """A process that died says why: to the page, and to whoever runs the server."""
        text = self._said.decode("utf-8", "replace").strip()
        sys.stderr.write(f"a session ended with {code}:\n{text}\n")
        await self.say(f"{text}\n")

    async def say(self, text: str) -> None:
        """Show this on the page in place of the terminal."""
        shown = f"\x1b[?1049l\x1b[2J\x1b[H{text}".replace("\n", "\r\n")
        with suppress(ConnectionError):
            await self.on_data(shown.encode("utf-8", "replace"))

    async def stop(self) -> None:
        """End the process, in order where it lets itself be ended. Whoever calls this waits
        for the one end that there is."""
        if self._ending is None and self._task is not None:
            self._ending = asyncio.create_task(self._end(self._task), name="web-session-end")
        if self._ending is not None:
            await asyncio.shield(self._ending)

    async def _end(self, task: asyncio.Task[None]) -> None:
        await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
        with suppress(OSError):  # a timeout is one
            async with asyncio.timeout(QUIT_SECONDS):  # a full pipe takes nothing
                await self.send_meta({"type": "quit"})
        for number, seconds in ((signal.SIGHUP, GRACE_SECONDS), (signal.SIGKILL, HANG_UP_SECONDS)):
            done, _ = await asyncio.wait([task], timeout=seconds)
            if done:
                break
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
        await task

    async def resize(self, width: int, height: int) -> None:
        """Tell the process how large the page is, within what can be drawn."""
        await self.set_terminal_size(_within(width), _within(height))


def _pipe(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    if stream is None:
        raise ValueError("the process was started without this pipe")
    return stream


def _within(cells: int) -> int:
    return min(max(cells, SMALLEST), LARGEST)


def environment(environ: Mapping[str, str], width: int, height: int) -> dict[str, str]:
    """What a session's process finds around it: the server's own without its password."""
    kept = {name: text for name, text in environ.items() if name != VARIABLE}
    return kept | {
        "TEXTUAL_DRIVER": DRIVER,
        "TEXTUAL_FPS": "60",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TERM_PROGRAM": "textual",
        "COLUMNS": str(_within(width)),
        "ROWS": str(_within(height)),
    }
