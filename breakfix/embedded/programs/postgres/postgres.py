"""postgres: the server as its image runs it, and its log."""

from __future__ import annotations

import re
from itertools import pairwise

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.programs.postgres import protocol
from breakfix.embedded.programs.postgres.cluster import Cluster
from breakfix.embedded.programs.postgres.entrypoint import entrypoint
from breakfix.embedded.programs.postgres.errors import SqlError
from breakfix.embedded.programs.postgres.lock_file import (
    LockFileError,
    create_lock_file,
    remove_lock_file,
)
from breakfix.embedded.programs.postgres.session import Session
from breakfix.embedded.programs.postgres.version import FULL_VERSION, VERSION
from breakfix.embedded.programs.sockets import Serving

_PORTS = 65536


class Postgres:
    """One server."""

    def __init__(self, process: Process, port: int) -> None:
        self.process = process
        self.serving = Serving(process)
        self.port, self.cluster = port, Cluster(process, port)
        self.pids = 100
        self.streams: dict[int, Stream] = {}  # to the clients, by pid

    async def log(self, text: str, level: str = "LOG", pid: int = 0) -> None:
        """A line of the server's log."""
        now = self.process.host.clock.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        pid = pid or self.process.pid
        await self.process.err(f"{now} UTC [{pid}] {level}:  {text}\n")

    async def run(self) -> int:
        """Start and serve."""
        try:
            code = await entrypoint(self.cluster)
        except SqlError as error:
            await self.process.err(f"psql:/docker-entrypoint-initdb.d: ERROR:  {error}\n")
            return 3
        if code:
            return code
        try:
            create_lock_file(self.cluster)
        except LockFileError as error:
            await self.log(error.message, "FATAL")
            if error.hint:
                await self.log(error.hint, "HINT")
            return 1
        code = await self.accept()
        remove_lock_file(self.cluster)
        return code

    async def accept(self) -> int:
        """Serve clients until the end."""
        await self.log(f"starting {FULL_VERSION}")
        if not await self.listen():
            return 1
        await self.log("database system is ready to accept connections")
        return await self.serving.run()

    async def listen(self) -> bool:
        """Open the port, or say why not."""
        try:
            self.serving.tcp(self.port, self.serve)
        except OSError as error:
            await self.log(f'could not bind IPv4 address "0.0.0.0": {error.strerror}')
            await self.log("could not create any TCP/IP sockets", "FATAL")
            return False
        await self.log(f'listening on IPv4 address "0.0.0.0", port {self.port}')
        await self.log(f'listening on Unix socket "/var/run/postgresql/.s.PGSQL.{self.port}"')
        return True

    async def serve(self, end: Stream) -> None:
        """One client."""
        self.pids += 1
        session = Session(self, end, self.pids)
        self.streams[session.pid] = end
        try:
            await session.run()
        except NetworkError:
            return
        finally:
            self.cluster.sessions.pop(session.pid, None)
            self.streams.pop(session.pid, None)
            session.close()

    async def terminate(self, pid: int) -> None:
        """End the session of a process."""
        words = "terminating connection due to administrator command"
        if pid in self.streams:
            await self.log(words, "FATAL", pid)
            await self.streams[pid].write(protocol.error_response("57P01", words, "FATAL"))
            self.streams[pid].close()
            self.cluster.sessions.pop(pid, None)


def _port(argv: list[str]) -> int:
    """The last one that is given by -p. Raises ValueError with the words of the log."""
    words = [value for word, value in pairwise(argv) if word == "-p"]
    if not words:
        return 5432
    if not re.fullmatch(r"\s*[+-]?\d+\s*", words[-1]):
        raise ValueError(f'invalid value for parameter "port": "{words[-1]}"')
    found = int(words[-1])
    if not 0 < found < _PORTS:
        range_ = f'{found} is outside the valid range for parameter "port" (1 .. {_PORTS - 1})'
        raise ValueError(range_)
    return found


async def postgres(process: Process) -> int:
    """`postgres [-p PORT] [-c NAME=VALUE]...`, with what the image's entrypoint does before."""
    if "--version" in process.argv or "-V" in process.argv:
        await process.out(f"postgres (PostgreSQL) {VERSION}\n")
        return 0
    try:
        server = Postgres(process, _port(process.argv))
    except ValueError as error:
        now = process.host.clock.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        await process.err(f"{now} GMT [{process.pid}] FATAL:  {error}\n")
        return 1
    return await server.run()
