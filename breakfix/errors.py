"""The one family of errors that a user of breakfix can meet.

A message says what happened, with the values; a hint says what to do next. The
command line turns each into two lines and the exit code of its class, never into
a traceback. Exit codes are documented in docs/cli.md.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

EXIT_SOLVED = 0
EXIT_NOT_SOLVED = 1
EXIT_USAGE = 2
EXIT_ENVIRONMENT = 3


class BreakfixError(Exception):
    """Something that stops a command: what happened, and what to do next."""

    exit_code = EXIT_ENVIRONMENT

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(BreakfixError):
    """The person asked for something that does not exist or does not fit."""

    exit_code = EXIT_USAGE


class ScenarioError(UsageError):
    """A scenario file is wrong; the message holds file, line and column."""


class ClusterError(BreakfixError):
    """A cluster is missing, refuses, or does not answer."""


class ConsentError(ClusterError):
    """The cluster has not consented to being broken; nothing was changed."""


class RoundError(BreakfixError):
    """A round cannot be started, or cannot go on, in the state it is in."""

    exit_code = EXIT_USAGE


class SetUpError(RoundError):
    """A round cannot begin on this cluster: it is not healthy, lacks something, or does
    not show the symptom."""

    exit_code = EXIT_ENVIRONMENT


class StoreError(BreakfixError):
    """The history cannot be read or written (disk full, wrong owner, damaged)."""


class ExportError(BreakfixError):
    """A debrief cannot be written to a file, or a picture of it not be drawn."""


class CommandError(BreakfixError):
    """A subprocess failed: carries its command line, pasteable, and its output."""

    def __init__(
        self, command: Sequence[str], exit_code: int, output: str, hint: str = "", env: str = ""
    ) -> None:
        line = f"{env} {shlex.join(command)}".strip()
        super().__init__(f"this command ended with {exit_code}:\n  {line}\n{output.rstrip()}", hint)
        self.command = tuple(command)
        self.command_exit_code = exit_code
        self.output = output
