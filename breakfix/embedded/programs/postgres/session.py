"""One client's session, and the simple queries that it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from breakfix.embedded.network.types import Stream
from breakfix.embedded.programs.postgres import protocol
from breakfix.embedded.programs.postgres.catalog import Facts
from breakfix.embedded.programs.postgres.errors import SqlError
from breakfix.embedded.programs.postgres.parser import statements
from breakfix.embedded.programs.postgres.results import Result
from breakfix.embedded.programs.postgres.startup import Startup
from breakfix.embedded.programs.postgres.utility import run_utility
from breakfix.embedded.programs.sockets import Reader

if TYPE_CHECKING:
    from breakfix.embedded.programs.postgres.postgres import Postgres


class Session:
    """One session; `pid` is that of the process which serves it."""

    def __init__(self, server: Postgres, end: Stream, pid: int) -> None:
        self.server, self.end, self.pid = server, end, pid
        self.cluster = server.cluster
        self.reader = Reader(end.read)
        self.database = self.user = ""
        self.failed = False  # in a transaction that an error has ended

    async def run(self) -> None:
        """Serve it until its end. Raises NetworkError."""
        startup = Startup(self.server, self.end, self.reader, self.pid)
        if not await startup.run():
            return
        self.user, self.database = startup.user, startup.database
        self.server.sessions[self.pid] = (self.database, self.user)
        await self.end.write(startup.greeting() + self.ready())
        while kind := await self.reader.exactly(1):
            body = await protocol.read_body(self.reader, protocol.MAX_MESSAGE)
            if kind == b"X":
                return
            if kind == b"Q":
                await self.query(protocol.decoded(body))
            else:
                words = "only simple queries are served here"
                await self.end.write(protocol.error_response("0A000", words) + self.ready())

    def ready(self) -> bytes:
        """A ReadyForQuery, with the state of the transaction."""
        database = self.cluster.databases.get(self.database)
        status = b"T" if database is not None and database.in_transaction else b"I"
        return protocol.ready_for_query(b"E" if self.failed else status)

    async def query(self, sql: str) -> None:
        """Run the statements until one fails."""
        data = b""
        try:
            for statement in statements(sql):
                data += _encoded(self.execute(statement))
        except SqlError as error:
            self.failed = self.cluster.databases[self.database].in_transaction
            await self.server.log(error.message, "ERROR", self.pid)
            await self.server.log(sql.strip(), "STATEMENT", self.pid)
            data += protocol.error_response(
                error.code, error.message, detail=error.detail, position=error.position
            )
        except OSError as error:
            words = f"could not write to file: {error.strerror}"
            data += protocol.error_response("58030", words)
        await self.end.write((data or protocol.empty_query_response()) + self.ready())

    def execute(self, sql: str) -> Result:
        """One statement. Raises SqlError, OSError."""
        sql = self.ended(sql)
        result = run_utility(self.cluster, sql)
        if result is not None:
            return result
        database = self.cluster.databases[self.database]
        database.facts = self.facts(sql)
        result = database.run(sql)
        if result.wrote and not database.in_transaction:
            self.cluster.save(self.database)
        return result

    def ended(self, sql: str) -> str:
        """What may be said in a transaction that has failed: that it ends. Raises SqlError."""
        if not self.failed:
            return sql
        if sql.split(maxsplit=1)[0].lower() not in ("rollback", "commit", "end", "abort"):
            raise SqlError("25P02", "current transaction is aborted, commands ignored until end "
                           "of transaction block")  # fmt: skip
        self.failed = False
        return "ROLLBACK"

    def facts(self, sql: str) -> Facts:
        """For the views of the catalog."""
        cluster = self.cluster
        activity = [(d, pid, user) for pid, (d, user) in self.server.sessions.items()]
        return Facts(self.user, self.database, list(cluster.databases), list(cluster.roles),
                     cluster.settings, activity, self.pid, sql)  # fmt: skip


def _encoded(result: Result) -> bytes:
    """The messages of a result."""
    data = b""
    if result.columns is not None:
        data = protocol.row_description(result.columns, result.types)
        for row in result.rows:
            data += protocol.data_row(row)
    return data + protocol.command_complete(result.tag)
