"""postgres: the server as its image runs it, and its log."""

from __future__ import annotations

from itertools import pairwise

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.programs.postgres.cluster import Cluster
from breakfix.embedded.programs.postgres.entrypoint import entrypoint
from breakfix.embedded.programs.postgres.errors import SqlError
from breakfix.embedded.programs.postgres.session import Session
from breakfix.embedded.programs.postgres.version import FULL_VERSION, VERSION
from breakfix.embedded.programs.sockets import Serving


class Postgres:
    """One server."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.serving = Serving(process)
        self.port = _port(process.argv)
        self.cluster = Cluster(process, self.port)
        self.pids = 100
        self.sessions: dict[int, tuple[str, str]] = {}  # database and user, by pid

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
        try:
            await session.run()
        except NetworkError:
            return
        finally:
            self.sessions.pop(session.pid, None)


def _port(argv: list[str]) -> int:
    """The last one that is given by -p."""
    ports = [int(value) for word, value in pairwise(argv) if word == "-p"]
    return ports[-1] if ports else 5432


async def postgres(process: Process) -> int:
    """`postgres [-p PORT] [-c NAME=VALUE]...`, with what the image's entrypoint does before."""
    if "--version" in process.argv or "-V" in process.argv:
        await process.out(f"postgres (PostgreSQL) {VERSION}\n")
        return 0
    return await Postgres(process).run()
