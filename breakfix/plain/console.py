"""Where lines come from and go to: each is said once, nothing is drawn over.

What happens beside the prompt (time is up, the cluster is gone) is said on a line of its
own, and the prompt is said again with what had been typed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from textwrap import wrap

YES, NO = ("yes", "y"), ("no", "n", "")


class Console:
    """`read` gives the next line for a prompt, or raises EOFError; `write` takes text;
    `typed` tells what stands on the line that is being typed."""

    def __init__(
        self, read: Callable[[str], str], write: Callable[[str], None], width: int = 80,
        typed: Callable[[], str] = str, echo: bool = False,
    ) -> None:  # fmt: skip
        self._read, self._write, self._typed = read, write, typed
        self._width = width
        self._echo = echo
        self._lock = threading.RLock()
        self._prompt = ""
        self._away = False
        self._later: list[str] = []
        self.offer: Callable[[str], None] = lambda _: None

    def say(self, *lines: str) -> None:
        """Lines, wrapped between words; one that begins with spaces (a command) is not."""
        with self._lock, suppress(OSError):  # a terminal that is gone hears nothing
            for line in lines:
                kept = line[:1] in (" ", "") or len(line) <= self._width
                parts = [line] if kept else wrap(line, self._width, break_on_hyphens=False)
                self._write("".join(f"{part}\n" for part in parts))

    def ask(self, prompt: str) -> str | None:
        """The next line without the spaces around it; None at the end of input."""
        with self._lock:
            self._prompt = prompt
        try:
            line = self._read(prompt)
        except EOFError:
            self.say("")
            return None
        finally:
            self._prompt = ""
        if self._echo:
            self.say(line)
        return line.strip()

    def confirm(self, question: str) -> bool:
        """A yes or a no; the end of input is a no."""
        while True:
            answer = self.ask(f"{question} yes or no: ")
            if answer is None or answer.lower() in NO:
                return False
            if answer.lower() in YES:
                return True
            self.say("Please type yes or no.")

    def interject(self, text: str, urgent: bool = False) -> None:
        """Say something from beside the prompt. While another program has the terminal,
        only what is urgent is said at once; the rest when it has ended."""
        with self._lock:
            if self._away and not urgent:
                self._later.append(text)
                return
            prompt = self._prompt
            if prompt:
                self.say("")
            self.say(text)
            if prompt:
                with suppress(OSError):
                    self._write(prompt + self._typed())

    @contextmanager
    def lent(self) -> Iterator[None]:
        """The terminal is another program's for the block."""
        with self._lock:
            self._away = True
        try:
            yield
        finally:
            with self._lock:
                self._away = False
                later, self._later = self._later, []
            self.say(*later)
