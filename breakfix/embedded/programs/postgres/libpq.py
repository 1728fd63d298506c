"""libpq: a client's connection to a server, and what the server answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from breakfix.embedded.machine.tty import Line
from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import NetworkError, TimedOutError
from breakfix.embedded.programs.postgres import decoding, protocol
from breakfix.embedded.programs.postgres.connection_strings import ConninfoError
from breakfix.embedded.programs.postgres.conninfo import Conninfo
from breakfix.embedded.programs.sockets import Reader, addresses, connect, strerror, within

CLOSED = (
    "server closed the connection unexpectedly\n\tThis probably means the server "
    "terminated abnormally\n\tbefore or while processing the request."
)
_NO_SOCKET = (
    "No such file or directory\n\tIs the server running locally and accepting connections on that "
    "socket?"
)
_NO_SERVER = "\n\tIs the server running on that host and accepting TCP/IP connections?"


class ConnectionFailedError(Exception):
    """Words after "psql: error: "."""


@dataclass
class Answer:
    """One statement's result."""

    tag: str = ""
    columns: list[str] | None = None
    types: list[int] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    error: dict[str, str] | None = None
    notices: list[dict[str, str]] = field(default_factory=list)


class Connection:
    """A connection that asks simple queries."""

    def __init__(self, process: Process, conninfo: Conninfo) -> None:
        self.process, self.conninfo = process, conninfo
        self.address, self.state, self.settings = "", b"I", dict[str, str]()
        self.input: Reader | None = None  # where a password may be asked for

    async def open(self) -> None:
        """Raises ConninfoError, ConnectionFailedError."""
        host, port = self.conninfo.host, self.conninfo.port
        self.address = await self._resolved(host) if host else "127.0.0.1"
        timeout = self._timeout()
        try:
            self.stream = await connect(self.process, self.address, port, timeout)
            self.reader = Reader(self.stream.read)
            await within(self.process, timeout, self._start_up())
        except TimedOutError as error:
            words = "timeout expired" if timeout else strerror(error)
            raise self._failure(words) from None
        except NetworkError as error:
            words = strerror(error) + _NO_SERVER if host else _NO_SOCKET
            raise self._failure(words) from None

    def _timeout(self) -> float | None:
        try:
            return self.conninfo.timeout
        except ConninfoError as error:
            raise self._failure(str(error)) from None

    async def _resolved(self, host: str) -> str:
        try:
            return (await addresses(self.process, host))[0]
        except ResolveError as error:
            words = "Temporary failure in name resolution" if error.temporary \
                else "Name or service not known"  # fmt: skip
            raise ConnectionFailedError(
                f'could not translate host name "{host}" to address: {words}'
            ) from None

    async def _start_up(self) -> None:
        """Say who connects, until the server is ready for queries."""
        conninfo = self.conninfo
        parameters = {"user": conninfo.user, "database": conninfo.database}
        await self.stream.write(protocol.startup_message(parameters))
        while True:
            kind, body = await self._message()
            if not kind:
                raise self._failure(CLOSED)
            if kind == b"E":
                fields = decoding.error_fields(body)
                raise self._failure(f"{fields.get('S')}:  {fields.get('M')}")
            if kind == b"R":
                await self._authenticate(decoding.authentication_request(body))
            if kind == b"S":
                name, value = decoding.parameter(body)
                self.settings[name] = value
            if kind == b"Z":
                return

    def _failure(self, words: str) -> ConnectionFailedError:
        return ConnectionFailedError(f"{self.conninfo.failed(self.address)}: {words}")

    async def _authenticate(self, request: int) -> None:
        """Send the password, where the server asks for it."""
        if request != protocol.CLEARTEXT_PASSWORD:
            return
        if not self.conninfo.password and self.input is not None:
            self.conninfo.password = await self._asked_password(self.input)
        if not self.conninfo.password:
            raise self._failure("fe_sendauth: no password supplied")
        await self.stream.write(protocol.password_message(self.conninfo.password))

    async def _asked_password(self, reader: Reader) -> str:
        """As the user types it; without a terminal from standard input."""
        await self.process.err(f"Password for user {self.conninfo.user}: ")
        terminal = self.process.stdin
        if isinstance(terminal, Line):
            terminal.shows = False
        line = await reader.line()
        if isinstance(terminal, Line):
            terminal.shows = True
        else:
            await self.process.err("\n")
        return line.decode(errors="replace").rstrip("\r\n")

    async def _message(self) -> tuple[bytes, bytes]:
        """Kind and body of the next message; empty at the end."""
        kind = await self.reader.exactly(1)
        return (kind, await protocol.read_body(self.reader)) if kind else (b"", b"")

    async def ask(self, sql: str) -> list[Answer]:
        """The results of all its statements. Raises NetworkError."""
        await self.stream.write(protocol.query(sql))
        answers, answer = [], Answer()
        while True:
            kind, body = await self._message()
            if not kind:
                raise NetworkError("server closed the connection unexpectedly")
            if kind == b"T":
                answer.columns, answer.types = decoding.columns(body)
            elif kind == b"D":
                answer.rows.append(decoding.row(body))
            elif kind in (b"C", b"E"):
                answer.tag = protocol.decoded(body) if kind == b"C" else ""
                answer.error = decoding.error_fields(body) if kind == b"E" else None
                answers.append(answer)
                answer = Answer()
            elif kind == b"N":
                answer.notices.append(decoding.error_fields(body))
            elif kind == b"Z":
                self.state = body[:1]
                return answers
