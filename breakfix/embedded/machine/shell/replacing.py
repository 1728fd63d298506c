"""`exec PROGRAM` as the last thing of a script: the program takes the shell's place.

The library runs it as a child and stays, which costs an interpreter for each server that was
started so, and signals would reach the shell and not the server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from breakfix.embedded.machine.process import Resolved, Running
from breakfix.embedded.machine.types import Process

COMMAND = "__replace"
_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"")
_LAST = re.compile(r"(?:^|(?<!\\)\n|;|&&)[ \t]*(exec)[ \t]+[\w./$Q][^\n;&|<>(){}`#\\]*\s*$")


@dataclass(frozen=True)
class Replacement:
    """What takes the shell's place."""

    found: Resolved
    env: Mapping[str, str]
    cwd: str


def told(script: str) -> str:
    """The script, with COMMAND instead of an `exec` at its end that redirects nothing."""
    if "<<" in script:
        return script
    plain = _QUOTED.sub(lambda match: "Q" * len(match[0]), script)
    match = _LAST.search(plain)
    return script if match is None else script[: match.start(1)] + COMMAND + script[match.end(1) :]


async def become(process: Process, running: Running | None, other: Replacement) -> int:
    """Go on as another program, with the same pid; its exit code."""
    process.argv, process.env, process.cwd = other.found.argv, other.env, other.cwd
    if running is not None:
        running.name = other.found.name
    return await other.found.program(process)
