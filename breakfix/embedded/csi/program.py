"""What the programs of CSI have in common: flags, log lines, their end."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

from breakfix.embedded.csi.api import Api, NoApiError, in_cluster
from breakfix.embedded.machine.types import Process

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


class ExitError(Exception):
    """The program ends: its exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class Flags:
    """Go's flags: `--name=value`, `--name value`; a switch alone is true."""

    def __init__(self, words: list[str]) -> None:
        self._values: dict[str, str] = {}
        self.words: list[str] = []
        left = list(words)
        while left:
            word = left.pop(0)
            if not word.startswith("-"):
                self.words.append(word)
                continue
            name, equals, value = word.lstrip("-").partition("=")
            if not equals and left and not left[0].startswith("-"):
                value = left.pop(0)
            self._values[name] = value if equals or value else "true"

    def text(self, name: str, default: str = "") -> str:
        """Of a flag."""
        return self._values.get(name, default)

    def is_on(self, name: str, default: bool = False) -> bool:
        """Of a switch."""
        return self.text(name, str(default)).lower() in ("true", "1", "t")

    def number(self, name: str, default: int = 0) -> int:
        """Of a number."""
        with suppress(ValueError):
            return int(self.text(name, str(default)))
        return default

    def seconds(self, name: str, default: float) -> float:
        """Of a duration, such as 1m30s."""
        found = re.findall(r"([0-9.]+)(h|ms|m|s)", self.text(name))
        return sum(float(n) * _UNITS[unit] for n, unit in found) if found else default


class Klog:
    """Lines as klog writes them, on standard error."""

    def __init__(self, process: Process, file: str) -> None:
        self._process, self._file = process, file

    def of(self, file: str) -> Klog:
        """The same program's lines from another file of its source."""
        return Klog(self._process, file)

    async def info(self, words: str, line: int = 1) -> None:
        """An I line."""
        await self._line("I", words, line)

    async def error(self, words: str, line: int = 1) -> None:
        """An E line."""
        await self._line("E", words, line)

    async def fatal(self, words: str, code: int = 1) -> None:
        """Say it and end. Raises ExitError."""
        await self._line("E", words, 1)
        raise ExitError(code)

    async def _line(self, level: str, words: str, line: int) -> None:
        stamp = self._process.host.clock.now().strftime("%m%d %H:%M:%S.%f")
        text = f"{level}{stamp} {self._process.pid:7d} {self._file}:{line}] {words}\n"
        await self._process.err(text)


async def until_told(process: Process, work: Callable[[], Awaitable[None]]) -> int:
    """Do the work until it ends or somebody sends SIGTERM or SIGINT: the exit code."""
    task = asyncio.ensure_future(work())

    def end() -> None:
        task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        process.handlers[number] = end
    try:
        await asyncio.wait((task,))
    finally:
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
    if task.cancelled():
        return 0
    error = task.exception()
    if isinstance(error, ExitError):
        return error.code
    if error is not None:
        raise error
    return 0


async def enter(process: Process, log: Klog) -> Api:
    """The API, or the end of the program. Raises ExitError."""
    try:
        return await in_cluster(process)
    except NoApiError as error:
        await log.fatal(f'"Failed to create config" err="{error}"')
        raise ExitError(1) from error
