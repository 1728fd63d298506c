"""The learner's own commands and shell, on the person's own terminal.

The program gets the terminal as it is, so `kubectl exec -it`, `less` and `vim` work; Ctrl-C
is the program's while it runs. Without a terminal a program has no input: the lines that
follow are the game's.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from breakfix.errors import BreakfixError

GRACE_SECONDS = 1.0
COMPLETE_SECONDS = 2.0
BUILTINS = {  # of sh and bash; most of them are no programs
    *(".", ":", "[", "[[", "(", "{", "alias", "cd", "declare", "echo", "eval", "exec", "export"),
    *("for", "function", "if", "let", "printf", "pwd", "read", "set", "source", "test", "time"),
    *("times", "type", "ulimit", "umask", "unset", "until", "wait", "while"),
}


class LearnersShell:
    """`command` starts the learner's shell, `env` is its whole environment."""

    def __init__(self, command: list[str], env: Mapping[str, str]) -> None:
        self._command, self.env = command, dict(env)

    def knows(self, line: str) -> bool:
        """Does the line begin with something that a shell can run?"""
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        special = any(sign in word for sign in "=/$`;|&<>(")
        return special or word in BUILTINS or self._found(word) is not None

    def _found(self, word: str) -> str | None:
        return shutil.which(word, path=self.env.get("PATH", ""))

    def run(self, line: str) -> int:
        """One line, in a shell of its own; returns its exit code. Raises BreakfixError where
        the shell cannot be started (a line can be too long)."""
        return _run([self._command[0], "-c", line], self.env)

    def open(self) -> int:
        """A shell that stays until it is left with `exit`; returns its exit code."""
        return _run(self._command, self.env)

    def complete(self, line: str) -> list[str]:
        """What kubectl itself would complete the line to; nothing within COMPLETE_SECONDS."""
        words = line.split(" ")
        if words[0] not in ("k", "kubectl") or len(words) == 1:
            return []
        env = {name: text for name, text in self.env.items() if name != "BREAKFIX_COMMANDS"}
        kubectl = shutil.which("kubectl", path=env.get("PATH", "")) or "kubectl"
        asked = [kubectl, "__complete", *words[1:]]
        with suppress(OSError, subprocess.SubprocessError):
            found = subprocess.run(
                asked, env=env, capture_output=True, text=True, timeout=COMPLETE_SECONDS,
                check=True, stdin=subprocess.DEVNULL,
            ).stdout  # fmt: skip
            head = " ".join(words[:-1])
            offered = [text.split("\t")[0] for text in found.splitlines()]
            return [f"{head} {word}" for word in offered if word and word[0] != ":"]
        return []


def _start(
    command: list[str], env: Mapping[str, str], stdin: int | None
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, env=env, stdin=stdin)
    except OSError as error:
        raise BreakfixError(f"{command[0]} cannot be started: {error.strerror}") from error


def _run(command: list[str], env: Mapping[str, str]) -> int:
    interactive = sys.stdin.isatty()
    sys.stdout.flush()
    with _ctrl_c_is_theirs(), _terminal_kept(interactive):
        process = _start(command, env, None if interactive else subprocess.DEVNULL)
        try:
            return process.wait()
        except BaseException:
            _hang_up(process)
            raise


@contextmanager
def _ctrl_c_is_theirs() -> Iterator[None]:
    """A handler, not SIG_IGN: that would be passed on to the program."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _terminal_kept(interactive: bool) -> Iterator[None]:
    """However the program ends, the terminal is as it was, and ours."""
    if not interactive:
        yield
        return
    import termios

    terminal = sys.stdin.fileno()
    before: list[Any] = termios.tcgetattr(terminal)
    try:
        yield
    finally:
        stopped = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        with suppress(OSError, termios.error):
            os.tcsetpgrp(terminal, os.getpgrp())
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        signal.signal(signal.SIGTTOU, stopped)


def _hang_up(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGHUP)
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
