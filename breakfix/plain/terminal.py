"""The console of this process: the person's terminal with readline, or a pipe.

With readline a line can be edited, called back and completed. Where the module is missing
a line is read as the terminal gives it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from breakfix.plain.console import Console

HISTORY_LINES = 500
WIDEST = 100
Complete = Callable[[str], list[str]]
"""The whole lines that a beginning can become."""


def terminal_console(history: Path, complete: Complete) -> Console:
    """A console on standard input and output; `history` keeps the lines that were typed."""
    _mend_streams()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Console(_read_pipe, _write, scripted=True)
    width = min(shutil.get_terminal_size().columns, WIDEST)
    readline = _readline()
    if readline is None:
        return Console(input, _write, width)
    _prepare(readline, history, complete)
    read, offer = _kept(readline, history), _offer(readline)
    return Console(read, _write, width, readline.get_line_buffer, offer=offer)


def _mend_streams() -> None:
    """What cannot be read or written in the person's encoding becomes a question mark, no
    error. A stream that was closed (`<&-`) is an empty one."""
    sys.stdin = sys.stdin or _nothing("r")
    sys.stdout = sys.stdout or _nothing("w")
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _nothing(mode: str) -> TextIO:
    return open(os.devnull, mode, encoding="utf-8")  # type: ignore[return-value]  # noqa: PTH123 - for the process's life


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard()
        raise


def _discard() -> None:
    """Nobody reads any more: what is still buffered must be no error when Python ends."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


def _read_pipe(prompt: str) -> str:
    """A line of a script, which is shown after its prompt."""
    _write(prompt)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


def _readline() -> Any:
    try:
        import readline
    except ImportError:
        return None
    return readline


def _prepare(readline: Any, history: Path, complete: Complete) -> None:
    """No escape sequences beyond what editing needs; whole lines are completed."""
    for setting in ("enable-bracketed-paste off", "enable-meta-key off", "bell-style none"):
        readline.parse_and_bind(f"set {setting}")
    libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
    readline.set_completer_delims("")
    readline.set_completer(_Completer(complete).state)
    with suppress(OSError):
        readline.read_history_file(history)
    readline.set_history_length(HISTORY_LINES)


class _Completer:
    """Readline asks for one after the other; they are looked up once."""

    def __init__(self, complete: Complete) -> None:
        self._complete = complete
        self._found: list[str] = []

    def state(self, text: str, number: int) -> str | None:
        """The completion of that number, None behind the last."""
        if number == 0:
            self._found = self._complete(text)
        return self._found[number] if number < len(self._found) else None


def _kept(readline: Any, history: Path) -> Callable[[str], str]:
    """Input whose lines are in the history file at once, whatever happens next."""

    def read(prompt: str) -> str:
        line = input(prompt)
        with suppress(OSError):
            history.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            readline.write_history_file(history)
            history.chmod(0o600)
        return line

    return read


def _offer(readline: Any) -> Callable[[str], None]:
    """Put text on the next line, to be changed or taken with Enter."""

    def offer(text: str) -> None:
        def insert() -> None:
            readline.insert_text(text)
            readline.redisplay()
            readline.set_pre_input_hook()

        readline.set_pre_input_hook(insert)

    return offer
