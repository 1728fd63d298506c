"""A PTY with an environment of its own, whose writes are never lost and whose reads give way.

bittty's takes its environment when it is imported, drops what the kernel does not take at
once (a long paste into a busy program), and reads on for as long as a program floods it.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import termios
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic

from bittty.pty import UnixPTY

REAP_SECONDS = 1.0
LOOK_SECONDS = 0.5  # how often a silent program is asked whether it has ended
READ = 16384
TURN = 0.008  # seconds of reading before others have their turn
NEVER_ASK = frozenset({"bash", "dash", "ksh", "sh", "zsh"})
"""Shells that ask the terminal nothing at their prompt; fish does."""
MOST_PENDING = 8 * 1024 * 1024


class ShellPty(UnixPTY):  # type: ignore[misc]  # bittty has no type information
    """A UnixPTY with `env` and a buffer for what could not be written yet.

    While `answering`, what is written are answers to the program's own questions: they
    are dropped where it does not read them.
    """

    def __init__(self, rows: int, cols: int, env: Mapping[str, str]) -> None:
        super().__init__(rows, cols)
        self._env = dict(env)
        self._pending = b""
        self.answering = False
        self._prompting = 0

    def spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start the command in a session of its own on this PTY."""
        process: subprocess.Popen[bytes] = self.spawn_process(command, self._env)
        if Path(command[0]).name in NEVER_ASK:
            self._prompting = process.pid
        return process

    # -- reading ----------------------------------------------------------------------

    async def output(self, ended: Callable[[], bool]) -> AsyncIterator[str]:
        """What the program writes, in small pieces, others taking turns; ends with it."""
        while not self.closed:
            await self._readable()
            until, text, over = monotonic() + TURN, " ", False
            while text and not over and monotonic() < until:
                text, over = self._read_now()
                if text:
                    yield text
            if (over or not text) and ended():
                return
            if over:  # it has closed its terminal, and lives
                await asyncio.sleep(LOOK_SECONDS)

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self.master_fd, ready.set)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(ready.wait(), LOOK_SECONDS)
        finally:
            if not self.closed:
                loop.remove_reader(self.master_fd)

    def _read_now(self) -> tuple[str, bool]:
        """(text, whether nothing more can come)."""
        if self.closed:
            return "", True
        try:
            data = os.read(self.master_fd, READ)
        except BlockingIOError:
            return "", False
        except OSError:  # EIO: nobody has the other side open any more
            return "", True
        return self._dec.decode(data, final=False), not data

    # -- writing ----------------------------------------------------------------------

    def write_bytes(self, data: bytes) -> int:
        """Write now what can be written, the rest when the program reads again."""
        waiting = bool(self._pending)
        if self.answering and (waiting or self.reads_lines() or self._at_prompt()):
            return len(data)
        if len(self._pending) > MOST_PENDING:
            return len(data)
        self._pending += data
        if not waiting:
            self._drain()
        return len(data)

    def reads_lines(self) -> bool:
        """True while nobody reads single keys. Whoever asks the terminal something does;
        `cat` of a file with questions in it does not, and its answers would be left for
        the shell's prompt."""
        with suppress(OSError, termios.error):
            return bool(termios.tcgetattr(self.master_fd)[3] & termios.ICANON)
        return False

    def _at_prompt(self) -> bool:
        """True while a shell that asks nothing itself has the terminal: what asked has ended,
        and its answer would stand on the command line."""
        with suppress(OSError):
            return bool(self._prompting) and os.tcgetpgrp(self.master_fd) == self._prompting
        return False

    def _drain(self) -> None:
        """Write from the buffer until it is empty or the kernel's is full."""
        if self.closed:
            self._pending = b""
            return
        try:
            written = os.write(self.master_fd, self._pending)
        except BlockingIOError:
            written = 0
        except OSError:  # the program has gone
            self._pending, written = b"", 0
        self._pending = self._pending[written:]
        loop = asyncio.get_running_loop()
        if self._pending:
            loop.add_writer(self.master_fd, self._drain)
        else:
            loop.remove_writer(self.master_fd)

    def close(self) -> None:
        """Hang up: the shell and what runs in it get SIGHUP."""
        if not self.closed:
            asyncio.get_running_loop().remove_writer(self.master_fd)
        super().close()


async def reap(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was hung up; one that does not go is killed."""
    try:
        await asyncio.to_thread(process.wait, REAP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        await asyncio.to_thread(process.wait)
