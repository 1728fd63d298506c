"""A PTY with an environment of its own, whose writes are never lost.

bittty's takes its environment when it is imported, and drops what the kernel does not
take at once (a long paste into a busy program).
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Mapping

from bittty.pty import UnixPTY

REAP_SECONDS = 1.0


class ShellPty(UnixPTY):  # type: ignore[misc]  # bittty has no type information
    """A UnixPTY with `env` and a buffer for what could not be written yet."""

    def __init__(self, rows: int, cols: int, env: Mapping[str, str]) -> None:
        super().__init__(rows, cols)
        self._env = dict(env)
        self._pending = b""

    def spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start the command in a session of its own on this PTY."""
        process: subprocess.Popen[bytes] = self.spawn_process(command, self._env)
        return process

    def write_bytes(self, data: bytes) -> int:
        """Write now what can be written, the rest when the program reads again."""
        waiting = bool(self._pending)
        self._pending += data
        if not waiting:
            self._drain()
        return len(data)

    def _drain(self) -> None:
        """Write from the buffer until it is empty or the kernel's is full."""
        if self.closed:
            self._pending = b""
            return
        written = self.to_process.write(self._pending) or 0
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
