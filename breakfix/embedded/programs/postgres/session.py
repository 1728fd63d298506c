"""One client's session, and the simple queries that it asks."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from breakfix.embedded.network.types import Stream
from breakfix.embedded.programs.postgres import protocol
from breakfix.embedded.programs.postgres.answers import error_message, result_messages
from breakfix.embedded.programs.postgres.backend import Backend
from breakfix.embedded.programs.postgres.database_commands import database_to_leave
from breakfix.embedded.programs.postgres.errors import SqlError
from breakfix.embedded.programs.postgres.facts import Facts
from breakfix.embedded.programs.postgres.parser import statements
from breakfix.embedded.programs.postgres.results import Result
from breakfix.embedded.programs.postgres.startup import Startup
from breakfix.embedded.programs.postgres.utility import run_utility
from breakfix.embedded.programs.sockets import Reader

if TYPE_CHECKING:
    from breakfix.embedded.programs.postgres.postgres import Postgres

_CONTROL = re.compile(r"\s*(begin|start|commit|end|rollback|abort)\b", re.IGNORECASE)
_OUTSIDE = re.compile(r"\s*(create|drop)\s+database\b|\s*vacuum\b", re.IGNORECASE)


class Session:
    """One session; `pid` is that of the process which serves it."""

    def __init__(self, server: Postgres, end: Stream, pid: int) -> None:
        self.server, self.end, self.pid = server, end, pid
        self.cluster = server.cluster
        self.reader = Reader(end.read)
        self.database = self.user = ""
        self.backend: Backend | None = None
        self.began = self.now()
        self.failed = False  # in a transaction that an error has ended

    async def run(self) -> None:
        """Serve it until its end. Raises NetworkError."""
        startup = Startup(self.server, self.end, self.reader, self.pid)
        if not await startup.run():
            return
        self.user, self.database = startup.user, startup.database
        self.cluster.sessions[self.pid] = (self.database, self.user)
        self.backend = Backend(self.cluster.databases[self.database])
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
        status = b"T" if self.in_transaction else b"I"
        return protocol.ready_for_query(b"E" if self.failed else status)

    @property
    def in_transaction(self) -> bool:
        """Has it a transaction that is open?"""
        return self.backend is not None and self.backend.in_transaction

    def now(self) -> datetime:
        """The server's time."""
        return self.server.process.host.clock.now()

    def close(self) -> None:
        """Its end."""
        if self.backend is not None:
            self.backend.close()

    async def query(self, sql: str) -> None:
        """Run the statements until one fails; several are one transaction."""
        data, parts = b"", statements(sql)
        together = len(parts) > 1 and not self.in_transaction \
            and not any(_CONTROL.match(part) for _, part in parts)  # fmt: skip
        try:
            if together:
                self.execute("BEGIN")
            for place, part in parts:
                data += await self.answer(place, part)
            if together:
                self.execute("COMMIT")
        except SqlError as error:
            data += await self.failure(error, sql)
            if together:
                self.execute("ROLLBACK")
        except OSError as error:
            words = f"could not write to file: {error.strerror}"
            data += protocol.error_response("58030", words)
        await self.end.write((data or protocol.empty_query_response()) + self.ready())

    async def answer(self, place: int, sql: str) -> bytes:
        """The messages of one statement of a query. Raises SqlError, OSError."""
        await self.wait_for_others(sql)
        try:
            return result_messages(self.execute(sql))
        except SqlError as error:
            error.position += place if error.position else 0
            raise

    async def failure(self, error: SqlError, sql: str) -> bytes:
        """The message of an error, which stands in the log too."""
        self.failed = self.in_transaction
        await self.server.log(error.message, "ERROR", self.pid)
        for level, text in (("DETAIL", error.detail), ("HINT", error.hint)):
            if text:
                await self.server.log(text, level, self.pid)
        await self.server.log(sql.strip(), "STATEMENT", self.pid)
        return error_message(error)

    def execute(self, sql: str) -> Result:
        """One statement. Raises SqlError, OSError."""
        sql = self.ended(sql)
        if self.in_transaction and (found := _OUTSIDE.match(sql)):
            words = " ".join(found[0].upper().split())
            raise SqlError("25001", f"{words} cannot run inside a transaction block")
        result = run_utility(self.cluster, sql, self.pid)
        if result is not None or self.backend is None:
            return result or Result("")
        self.began = self.began if self.in_transaction else self.now()
        self.backend.facts = self.facts(sql)
        result = self.backend.run(sql)
        if result.wrote and not self.in_transaction:
            self.cluster.save(self.database)
        return result

    async def wait_for_others(self, sql: str) -> None:
        """Before a database is dropped: a moment for its sessions to end."""
        for _ in range(50):
            others, forced = database_to_leave(self.cluster, sql, self.pid)
            if not others or self.in_transaction:
                return
            for pid in others if forced else []:
                await self.server.terminate(pid)
            await self.server.process.host.clock.sleep(0.1)

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
        activity = [(d, pid, user) for pid, (d, user) in cluster.sessions.items()]
        return Facts(self.user, self.database, list(cluster.databases), cluster.attributes,
                     cluster.settings, activity, self.pid, sql, self.began, self.now())  # fmt: skip
