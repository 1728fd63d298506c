"""Programs outside breakfix (kind, docker), run without a shell and without blocking.

Which programs there are is an argument (`Programs`), so a test needs none of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from breakfix.clusters.install import how_to_install
from breakfix.errors import ClusterError, CommandError

OnLine = Callable[[str], None]
TIMED_OUT = 124  # what coreutils' timeout(1) ends with
GRACE_SECONDS = 5.0
LONGEST_LINE = 1 << 20


def ignore(line: str) -> None:
    """The callback of somebody who does not want to see the output."""


class Programs(Protocol):
    """The programs of one machine. `platform` is as in sys.platform."""

    @property
    def platform(self) -> str: ...

    def find(self, name: str) -> str | None:
        """Where the program is, or None."""

    async def run(
        self,
        command: Sequence[str],
        on_line: OnLine = ignore,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> str:
        """Run to the end; each line goes to `on_line` as it comes; returns stdout.

        `env` is added to the environment, and shown with the command where it fails.
        Raises ClusterError where the program is missing, CommandError where it fails or
        does not end within `timeout` seconds.
        """


@dataclass(frozen=True)
class SystemPrograms:
    """The programs on the PATH of this environment."""

    environ: Mapping[str, str]
    platform: str = sys.platform

    def find(self, name: str) -> str | None:
        return shutil.which(name, path=self.environ.get("PATH", ""))

    async def run(
        self,
        command: Sequence[str],
        on_line: OnLine = ignore,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> str:
        added = dict(env or {})
        path = self.find(command[0])
        if path is None:
            raise missing(command[0], self.platform)
        output = _Output(on_line)
        async with _started([path, *command[1:]], {**self.environ, **added}) as process:
            try:
                async with asyncio.timeout(timeout):
                    code = await output.collect(process)
            except TimeoutError:
                output.lines.append(f"no end within {timeout:g} s")
                code = TIMED_OUT
        if code != 0:
            raise CommandError(command, code, "\n".join(output.lines), env=_shown(added))
        return "\n".join(output.stdout)


def missing(name: str, platform: str) -> ClusterError:
    """The error for a program that is not there, with the command that installs it."""
    return ClusterError(
        f"{name} is not installed, or not on PATH", f"Install it: {how_to_install(name, platform)}"
    )


@dataclass
class _Output:
    """Both streams of a process as lines: all of them, and those of stdout alone."""

    on_line: OnLine
    lines: list[str] = field(default_factory=list)
    stdout: list[str] = field(default_factory=list)

    async def collect(self, process: Process) -> int:
        """Read both streams to their end; returns the exit code."""
        await asyncio.gather(
            self._read(process.stdout, [self.lines, self.stdout]),
            self._read(process.stderr, [self.lines]),
        )
        return await process.wait()

    async def _read(self, stream: asyncio.StreamReader | None, into: list[list[str]]) -> None:
        while raw := await stream.readline() if stream else b"":
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            for lines in into:
                lines.append(line)
            self.on_line(line)


@contextlib.asynccontextmanager
async def _started(command: Sequence[str], environ: Mapping[str, str]) -> AsyncIterator[Process]:
    """A running process that does not outlive the block."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=PIPE,
        env=environ, limit=LONGEST_LINE, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            await _end(process)


async def _end(process: Process) -> None:
    """Ask it and its children to end; after GRACE_SECONDS end them."""
    _signal(process, "SIGTERM")
    try:
        await asyncio.wait_for(process.wait(), GRACE_SECONDS)
    except TimeoutError:
        _signal(process, "SIGKILL")
        await process.wait()


def _signal(process: Process, name: str) -> None:
    """To the whole group that the process leads; Windows has none, and only one way to end."""
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.Signals[name])


def _shown(env: Mapping[str, str]) -> str:
    return " ".join(f"{name}={shlex.quote(value)}" for name, value in env.items())
