"""A program in a terminal of its own: keys in, what stands on the screen out.

The screen is kept by pyte, as a terminal would show it. Nothing sleeps: waiting is
reading until it is so, and a failure carries the screen.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyte

WIDE, SMALL = (120, 40), (80, 24)
CHUNK = 65536
KEYS = {
    "enter": "\r", "tab": "\t", "escape": "\x1b", "backspace": "\x7f", "space": " ",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
    "home": "\x1b[H", "end": "\x1b[F", "pageup": "\x1b[5~", "pagedown": "\x1b[6~",
    "shift+pageup": "\x1b[5;2~", "shift+pagedown": "\x1b[6;2~", "shift+tab": "\x1b[Z",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~",
    "f6": "\x1b[17~", "f7": "\x1b[18~", "f8": "\x1b[19~", "f9": "\x1b[20~", "f10": "\x1b[21~",
    "f11": "\x1b[23~", "f12": "\x1b[24~",
} | {f"ctrl+{chr(96 + n)}": chr(n) for n in range(1, 27)}  # fmt: skip


class Driven:
    """One program in one terminal of `size` (columns, rows). Used as a context manager:
    in the end the program and all that it started in its session are gone."""

    def __init__(
        self, command: list[str], env: Mapping[str, str], size: tuple[int, int] = WIDE,
        folder: Path | None = None,
    ) -> None:  # fmt: skip
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self._master, self._slave = pty.openpty()
        self._size(*size)
        self.before = termios.tcgetattr(self._slave)
        self.raw = bytearray()
        self.arrived = 0.0
        """When something came from the program last, by time.perf_counter()."""
        self.process = subprocess.Popen(
            command, stdin=self._slave, stdout=self._slave, stderr=self._slave, cwd=folder,
            env=dict(env) | {"TERM": "xterm-256color"}, preexec_fn=_own_terminal,  # noqa: PLW1509 - no threads here
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.hang_up()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
        os.close(self._slave)

    # -- what stands on the screen ----------------------------------------------------

    @property
    def text(self) -> str:
        """The screen, without trailing blanks."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def read(self, seconds: float = 0.05) -> bool:
        """Take in what the program has written, waiting so long for it; False for nothing."""
        if self._master < 0 or not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, CHUNK)
        except OSError:  # the program has ended, and the kernel says so with EIO
            return False
        self.arrived = time.perf_counter()
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    def until(self, so: Callable[[], object], seconds: float = 20.0, what: str = "") -> None:
        """Read until it is so. Raises AssertionError with the screen where it never is."""
        deadline = time.monotonic() + seconds
        while not so():
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"{what or 'it'} never came in {seconds:g} s; the screen is\n{self.text}"
                )
            if not self.read() and self.process.poll() is not None and not self.read(0):
                if so():
                    return
                raise AssertionError(
                    f"{what or 'it'} never came, the program ended with "
                    f"{self.process.returncode}; the screen is\n{self.text}"
                )

    def wait_for(self, text: str, seconds: float = 20.0) -> None:
        """Until this stands on the screen."""
        self.until(lambda: text in self.text, seconds, repr(text))

    def gone(self, text: str, seconds: float = 20.0) -> None:
        """Until this stands on the screen no more."""
        self.until(lambda: text not in self.text, seconds, f"an end of {text!r}")

    # -- what a person does -----------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys by their names (`enter`, `f2`, `ctrl+g`), or letters."""
        for key in keys:
            self.send(KEYS.get(key, key))

    def send(self, text: str) -> None:
        """Type."""
        data = text.encode()
        while data:
            data = data[os.write(self._master, data) :]

    def resize(self, width: int, height: int) -> None:
        """The person drags the window's corner."""
        self.screen.resize(height, width)
        self._size(width, height)
        self.process.send_signal(signal.SIGWINCH)

    def _size(self, width: int, height: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    # -- the end ----------------------------------------------------------------------

    def hang_up(self) -> None:
        """The window is closed, or the line is lost: the kernel sends SIGHUP."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def ended(self, seconds: float = 15.0) -> int:
        """Read until the program has ended; its exit code (negative for a signal)."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            if not self.read():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(0.05)
        code = self.process.poll()
        assert code is not None, f"it did not end in {seconds:g} s; the screen is\n{self.text}"
        while self.read(0):
            pass
        return code

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def settings(self) -> list[Any]:
        """How the terminal is set now, as `stty -a` would say."""
        return termios.tcgetattr(self._slave)


def _own_terminal() -> None:
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
