"""exec and attach: one run of a command, whichever way its streams come to the client."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from aiohttp import web

from breakfix.embedded.errors import StatusError, internal
from breakfix.embedded.machine.types import Input, Output
from breakfix.embedded.nodes.access import Session
from breakfix.embedded.objects import Object
from breakfix.embedded.server.streams.query import flag

Resized = Callable[[int, int], None]
Run = Callable[["ClientSession"], Awaitable[int]]
T = TypeVar("T")
LOOKING = 0.25  # s between looks whether a silent client is still there
SUCCESS: Object = {"metadata": {}, "status": "Success"}
log = logging.getLogger("breakfix.embedded")
LARGEST_SIZE = 65535  # columns or rows, as a terminal counts them


@dataclass(frozen=True)
class Wanted:
    """The streams that a client asks for."""

    stdin: bool
    stdout: bool
    stderr: bool
    tty: bool

    @classmethod
    def of(cls, http: web.BaseRequest) -> Wanted:
        """From the query; a terminal has no standard error of its own."""
        query = http.query
        tty = flag(query, "tty")
        stderr = flag(query, "stderr") and not tty
        return cls(flag(query, "stdin"), flag(query, "stdout"), stderr, tty)


class ClientSession(Session):
    """A session that tells the latest terminal size also to who listens late."""

    def __init__(
        self, stdin: Input | None, stdout: Output | None, stderr: Output | None, tty: bool
    ) -> None:
        self._size: tuple[int, int] | None = None
        self._told: Resized | None = None
        super().__init__(stdin, stdout, stderr, tty)

    @property
    def resized(self) -> Resized | None:
        """Who is told (columns, rows)."""
        return self._told

    @resized.setter
    def resized(self, told: Resized | None) -> None:
        self._told = told
        if told and self._size:
            told(*self._size)

    def resize(self, message: bytes) -> None:
        """A message of the resize channel; others than JSON with a size are ignored."""
        try:
            size = orjson.loads(message)
            self._size = columns, rows = int(size["Width"]), int(size["Height"])
        except (ValueError, KeyError, TypeError):
            return
        if self._told and 0 <= columns <= LARGEST_SIZE and 0 <= rows <= LARGEST_SIZE:
            self._told(columns, rows)


class OwnStreams:
    """A request of this very process, which brings streams of its own."""

    async def run(self, run: Run) -> web.StreamResponse:
        """Run it; the answer tells what came of it."""
        raise NotImplementedError

    async def whole(
        self, blocks: AsyncIterator[bytes], headers: Mapping[str, str]
    ) -> web.StreamResponse:
        """All blocks in one answer."""
        raise NotImplementedError


async def outcome(run: Run, session: ClientSession) -> StatusError | int:
    """What came of it: an exit code, or why it did not run."""
    try:
        return await run(session)
    except StatusError as error:
        return error
    except ConnectionError:
        return 0  # nobody is there to be told
    except Exception as trouble:
        log.exception("a session has failed")
        return internal(repr(trouble))


def status_of(found: StatusError | int) -> Object:
    """The Status that the error channel brings, as a kubelet says it."""
    if isinstance(found, StatusError):
        if found.code != 500:  # noqa: PLR2004 - it was refused before it began
            return internal(f"unable to upgrade connection: {found.message}").status()
        return found.status()
    if found == 0:
        return SUCCESS
    words = f"command terminated with exit code {found}"
    return {
        "metadata": {}, "status": "Failure",
        "message": f"command terminated with non-zero exit code: {words}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(found)}]},
    }  # fmt: skip


def translated(found: StatusError | int) -> Object:
    """The Status as an API server passes on what a kubelet said: again as its own error."""
    if isinstance(found, StatusError) and found.code == 500:  # noqa: PLR2004
        return internal(found.message).status()
    return status_of(found)


async def first_of(*works: Awaitable[object]) -> None:
    """Until one has ended; the others are cancelled, and have ended too."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def while_connected(http: web.BaseRequest, work: Coroutine[Any, Any, T]) -> T:
    """What comes of it; it is cancelled when the client goes. Raises ConnectionError then."""
    task = asyncio.create_task(work)
    try:
        while not (await asyncio.wait([task], timeout=LOOKING))[0]:
            if http.transport is None or http.transport.is_closing():
                raise ConnectionResetError
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
