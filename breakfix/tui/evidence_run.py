"""A kubectl command run beside the shell: its output line by line, and no process left.

No shell is involved: the words go to the program as they are, with the learner's own
environment, so that the cluster and its audit log see what they would see of a typed one.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import re
import shutil
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from breakfix.errors import BreakfixError, ClusterError

CHUNK = 1 << 16  # bytes read at once
LONGEST_LINE = 4000  # characters of a line that are kept
GRACE = 1.0  # seconds from SIGTERM to SIGKILL
ESCAPES = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
Take = Callable[[list[str]], None]


@dataclass(frozen=True)
class Ended:
    """The command has ended. `trouble` is a failure to run it at all, in words."""

    code: int
    trouble: str = ""
    hint: str = ""


class Running:
    """One command. `run` gives its lines to `take` as they come, until it ends or is stopped."""

    def __init__(self, words: list[str], env: Mapping[str, str]) -> None:
        self._words, self._env = words, env

    async def run(self, take: Take) -> Ended:
        """Run to the end. However this is left, the process and all it started are gone."""
        try:
            process = await self._start()
        except BreakfixError as error:
            return Ended(-1, error.message, error.hint)
        try:
            if process.stdout is not None:
                await _pump(process.stdout, take)
            return Ended(await process.wait())
        finally:
            await _end(process)

    async def _start(self) -> asyncio.subprocess.Process:
        program = shutil.which(self._words[0], path=self._env.get("PATH"))
        if program is None:
            raise ClusterError(
                f"{self._words[0]} is not on the PATH", "`breakfix doctor` says how to get it."
            )
        try:
            return await asyncio.create_subprocess_exec(
                program, *self._words[1:], env=dict(self._env), start_new_session=True,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
        except OSError as error:
            raise ClusterError(f"{program} cannot be run: {error.strerror or error}", "") from error


async def _pump(output: asyncio.StreamReader, take: Take) -> None:
    decoder, rest = codecs.getincrementaldecoder("utf-8")("replace"), ""
    while chunk := await output.read(CHUNK):
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        rest = rest[-LONGEST_LINE:]
        if lines:
            take([plain(line) for line in lines])
        await asyncio.sleep(0)
    if rest:
        take([plain(rest)])


def plain(line: str) -> str:
    """A line of output without what moves a terminal's cursor or changes its colours."""
    clean = CONTROLS.sub("", ESCAPES.sub("", line)).expandtabs()
    return clean if len(clean) <= LONGEST_LINE else clean[:LONGEST_LINE] + "…"


async def _end(process: asyncio.subprocess.Process) -> None:
    """Its whole group goes: first asked, then made to."""
    for name, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, name)
        if process.returncode is not None:
            return
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), patience)
            return
