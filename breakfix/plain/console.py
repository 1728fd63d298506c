"""Where lines come from and go to: each is said once, nothing is drawn over.

What happens beside the prompt (time is up, the cluster is gone) is said on a line of its
own, and the prompt is said again with what had been typed.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from textwrap import wrap

YES, NO = ("yes", "y"), ("no", "n", "")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
"""Characters that would move the cursor or end a string; a tab is none of them."""


class Console:
    """`read` gives the next line for a prompt, or raises EOFError; `write` takes text;
    `typed` tells what stands on the line that is being typed; `offer` puts a text there,
    where that can be done. `scripted`: the lines come from a file or a pipe."""

    def __init__(
        self, read: Callable[[str], str], write: Callable[[str], None], width: int = 80,
        typed: Callable[[], str] = str, scripted: bool = False,
        offer: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        self._read, self._write, self._typed = read, write, typed
        self._width = width
        self.scripted, self.offer = scripted, offer
        self._lock = threading.RLock()
        self._prompt = ""
        self._gone = False
        self._away = False
        self._later: list[str] = []

    def say(self, *lines: str) -> None:
        """Lines, wrapped between words; one that begins with spaces (a command) is not. What
        comes from a cluster cannot steer the terminal: control characters are left out."""
        with self._lock:
            for line in lines:
                text = plain(line)
                kept = text[:1] in (" ", "") or len(text) <= self._width
                parts = [text] if kept else wrap(text, self._width, break_on_hyphens=False)
                self._put("".join(f"{part}\n" for part in parts))

    def _put(self, text: str) -> None:
        """Whoever has gone hears nothing, and what is under way goes on without."""
        try:
            self._write(text)
        except OSError:
            self._gone = True

    def ask(self, prompt: str) -> str | None:
        """The next line without the spaces around it; None at the end of input, and where
        nobody is there any more."""
        if self._gone:
            return None
        with self._lock:
            self._prompt = prompt
        try:
            line = plain(self._read(prompt)).strip()
        except (EOFError, OSError):
            self.say("")
            return None
        finally:
            self._prompt = ""
        if self.scripted:
            self.say(line)
        return line

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
                self._put(prompt + self._typed())

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


def plain(text: str) -> str:
    """A line without characters that steer a terminal."""
    return CONTROL.sub(" ", text)
