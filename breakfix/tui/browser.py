"""The driver for a browser: draws into a pipe, and ends when the other end is gone."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from functools import partial

from textual import messages
from textual.drivers.web_driver import WebDriver


class BrowserDriver(WebDriver):
    """Textual's own driver would go on for ever behind a server that was killed."""

    def start_application_mode(self) -> None:
        """Begin to draw and to listen."""
        self._loop = asyncio.get_running_loop()
        self._write = partial(_write, self.fileno)
        super().start_application_mode()

    def run_input_thread(self) -> None:
        """Listen until the app or the input ends; at the end of input the app ends too."""
        super().run_input_thread()
        if not self.exit_event.is_set() and not self._loop.is_closed():
            ending = self._app._post_message(messages.ExitApp())
            asyncio.run_coroutine_threadsafe(ending, self._loop)


def _write(output: int, data: bytes) -> int:
    """Write all of it; where nobody reads any more it goes nowhere."""
    rest = memoryview(data)
    with suppress(BrokenPipeError):
        while rest:
            rest = rest[os.write(output, rest) :]
    return len(data)
