"""Lines as klog writes them, on standard error."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process


def quoted(text: str) -> str:
    """As Go's %q."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


class Log:
    """Of one process; `place` is the source's file and line."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def info(self, place: str, words: str) -> None:
        """An I line."""
        await self._line("I", place, words)

    async def warn(self, place: str, words: str) -> None:
        """A W line."""
        await self._line("W", place, words)

    async def error(self, place: str, words: str) -> None:
        """An E line."""
        await self._line("E", place, words)

    async def fatal(self, place: str, words: str) -> None:
        """An F line; the program ends then."""
        await self._line("F", place, words)

    async def _line(self, level: str, place: str, words: str) -> None:
        stamp = self._process.host.clock.now().strftime("%m%d %H:%M:%S.%f")
        await self._process.err(f"{level}{stamp} {self._process.pid:7d} {place}] {words}\n")
