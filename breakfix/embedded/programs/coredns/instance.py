"""One running configuration of CoreDNS: it is set up, started and stopped as a whole."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.dns_messages import decode
from breakfix.embedded.network.dns_records import DnsFormatError
from breakfix.embedded.programs.coredns.chain import (
    FatalError,
    Query,
    Result,
    Server,
    SetupError,
)
from breakfix.embedded.programs.coredns.corefile import Block
from breakfix.embedded.programs.coredns.http import Health
from breakfix.embedded.programs.coredns.register import Registry
from breakfix.embedded.programs.coredns.server import Listening, fitted
from breakfix.embedded.programs.coredns.small import Reload
from breakfix.embedded.programs.coredns.tokens import CorefileError


class Instance:
    """A configuration. `setup` may raise CorefileError, `start` OSError as one too."""

    def __init__(
        self, process: Process, blocks: list[Block], file: str, log: Callable[[str, str], None],
        port: int = 53,
    ) -> None:  # fmt: skip
        self.process, self.blocks = process, blocks
        seed = f"{process.host.hostname}{process.host.space.addresses}"
        self.server = Server(process, process.host.clock, random.Random(seed), log)  # noqa: S311
        self._registry = Registry(self.server, file, port)
        self.failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def listening(self) -> list[Listening]:
        """Its servers."""
        return list(self._registry.listening.values())

    @property
    def reload(self) -> Reload | None:
        """Its reload plugin."""
        return self._registry.reload

    @property
    def health(self) -> Health | None:
        """Its health plugin."""
        return self._registry.health

    # -- life ----------------------------------------------------------------------------

    def setup(self) -> None:
        """All server blocks with their plugins."""
        self._registry.register(self.blocks)

    async def start(self) -> None:
        """Startup of the plugins, then listen. Raises CorefileError."""
        if self.listening:
            self.server.ask_self = self.listening[0].route
        await self._start_plugins()
        await self._listen()
        self.run_background()

    async def _start_plugins(self) -> None:
        for begin in self.server.startup:
            try:
                await begin()
            except SetupError as error:
                await self.stop()
                raise CorefileError(str(error)) from error

    async def _listen(self) -> None:
        for found in self.listening:
            try:
                found.listen(self.process, partial(self._answer, found), self.server.stopping)
            except OSError as error:
                await self.stop()
                words = (error.strerror or str(error)).lower()
                raise CorefileError(f"Listen: listen tcp {found.shown}: bind: {words}") from error

    def run_background(self) -> None:
        """Start what plugins have left to be done besides."""
        waiting, self.server.background = self.server.background, []
        for work in waiting:
            task = asyncio.ensure_future(self._guarded(work))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except FatalError as error:
            self._fail(str(error))

    def _fail(self, words: str) -> None:
        if not self.failed.done():
            self.failed.set_result(words)

    async def stop(self) -> None:
        """Close the ports."""
        for close in self.server.stopping:
            close()
        self.server.stopping.clear()
        for task in list(self._tasks):
            task.cancel()
        for work in self.server.background:
            if asyncio.iscoroutine(work):
                work.close()

    # -- queries -------------------------------------------------------------------------

    async def _answer(
        self, found: Listening, data: bytes, peer: tuple[str, int], proto: str
    ) -> bytes | None:
        try:
            asked = decode(data)
        except DnsFormatError:
            return None
        own = self.process.host.space.addresses
        query = Query(asked, peer, proto, own[0] if own else "", found.shown)
        result = await self._result(found, query)
        if result is None or result.rcode == "DROP":
            return None
        limit = 65535 if proto == "tcp" else asked.limit
        return fitted(result.written(query), asked, limit)

    async def _result(self, found: Listening, query: Query) -> Result | None:
        """None where the process ends of it."""
        try:
            return await found.route(query)
        except FatalError as error:
            self._fail(str(error))
            return None
        finally:
            self.run_background()
