"""One transfer: its options and what is known about it (libcurl's easy handle)."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.http.client import Url
from breakfix.embedded.programs.http.messages import Headers, Response
from breakfix.embedded.programs.options import Options


@dataclass
class Handle:
    """What a transfer works on, and what -w can tell of it."""

    process: Process
    options: Options
    started: float
    data: bytes | None = None  # of -d and its kin
    scheme: str = ""
    method: str = "GET"
    error: str = ""
    connects: int = 0
    uploaded: int = 0
    response: Response | None = None
    url: Url | None = None
    remote: tuple[str, int] = ("", 0)
    local: tuple[str, int] = ("", 0)
    connected: bool = False
    redirects: int = 0
    times: dict[str, float] = field(default_factory=dict)

    def elapsed(self) -> int:
        """Milliseconds since the start."""
        return int((self.process.host.clock.monotonic() - self.started) * 1000)

    def reached(self, phase: str) -> None:
        """Note the time: -w has it as time_PHASE."""
        self.times[phase] = self.elapsed() / 1000

    def path(self, name: str) -> str:
        """A file that an option names."""
        return posixpath.join(self.process.cwd, name)

    async def info(self, text: str) -> None:
        """What -v tells about the connection."""
        if "v" in self.options:
            await self.process.err(f"* {text}\n")

    async def head(self, sign: str, first: str, headers: Headers) -> None:
        """What -v shows of a message: ">" is sent, "<" is received."""
        if "v" in self.options:
            lines = [first, *(f"{name}: {value}" for name, value in headers), ""]
            await self.process.err("".join(f"{sign} {line}\n" for line in lines))
