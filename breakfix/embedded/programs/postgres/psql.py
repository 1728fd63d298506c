"""psql and pg_isready."""

from __future__ import annotations

import posixpath
import struct
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from breakfix.embedded.machine.tty import Line
from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import NetworkError, TimedOutError
from breakfix.embedded.programs.options import OptionError, Options, getopt
from breakfix.embedded.programs.postgres.engine import FLOAT, INT
from breakfix.embedded.programs.postgres.postgres import VERSION, message
from breakfix.embedded.programs.sockets import Reader, addresses, connect, strerror, within

_LONG = {
    "command=": "c", "host=": "h", "port=": "p", "username=": "U", "dbname=": "d", "file=": "f",
    "tuples-only": "t", "no-align": "A", "expanded": "x", "list": "l", "csv": None, "quiet": "q",
    "no-password": "w", "password": "W", "version": "V", "variable=": "v", "set=": "v",
    "field-separator=": "F", "no-psqlrc": "X", "echo-all": "a", "single-transaction": "1",
    "timeout=": None,
}  # fmt: skip


class PsqlError(Exception):
    """Words after "psql: error: "."""


@dataclass
class Answer:
    """One statement's result."""

    tag: str = ""
    columns: list[str] | None = None
    types: list[int] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    error: dict[str, str] | None = None


@dataclass
class Where:
    """What to connect to; no host: the socket."""

    host: str
    port: int
    user: str
    database: str
    password: str

    @property
    def words(self) -> str:
        if not self.host:
            return (
                f'connection to server on socket "/var/run/postgresql/.s.PGSQL.{self.port}" failed'
            )
        return f'connection to server at "{self.host}", port {self.port} failed'

    def described(self, address: str) -> str:
        r"""As \conninfo has it."""
        place = f'on host "{self.host}" (address "{address}")' if self.host \
            else 'via socket in "/var/run/postgresql"'  # fmt: skip
        return (f'You are connected to database "{self.database}" as user "{self.user}" {place} '
                f'at port "{self.port}".')  # fmt: skip

    def other(self, args: list[str]) -> Where:
        """Where another database of this server is."""
        database, user = ([a if a != "-" else "" for a in args] + ["", ""])[:2]
        return Where(self.host, self.port, user or self.user, database or self.database,
                     self.password)  # fmt: skip


def _keywords(text: str) -> dict[str, str]:
    """A connection string of names and values."""
    pairs = (word.partition("=") for word in text.split())
    return {name: value.strip("'") for name, _, value in pairs}


def target(process: Process, options: Options) -> Where:
    """By options, a URI, and the environment."""
    env = process.env
    rest = list(options.rest)
    database = options.get("d") or (rest.pop(0) if rest else "") or env.get("PGDATABASE", "")
    own = "root" if process.who.uid == 0 else "postgres"
    user = options.get("U") or (rest.pop(0) if rest else "") or env.get("PGUSER", "") or own
    where = Where(options.get("h") or env.get("PGHOST", ""),
                  int(options.get("p") or env.get("PGPORT") or 5432), user, database or user,
                  env.get("PGPASSWORD", ""))  # fmt: skip
    if "=" in database and "://" not in database:
        given = _keywords(database)
        user = given.get("user", user)
        where = Where(given.get("host", where.host), int(given.get("port", where.port)), user,
                      given.get("dbname", user), given.get("password", where.password))  # fmt: skip
    if database.startswith(("postgres://", "postgresql://")):
        url = urlsplit(database)
        user = unquote(url.username or "") or user
        where = Where(url.hostname or "", url.port or 5432, user, url.path.strip("/") or user,
                      unquote(url.password or "") or where.password)  # fmt: skip
    if where.host.startswith("/"):
        where.host = ""
    return where


class Client:
    """A connection that asks simple queries."""

    def __init__(self, process: Process, where: Where) -> None:
        self.process, self.where = process, where
        self.address, self.state, self.settings = "", b"I", dict[str, str]()
        self.reading: Reader | None = None  # where a password may be asked for

    async def open(self, timeout: float | None) -> None:
        """Raises PsqlError."""
        where = self.where
        try:
            address = (await addresses(self.process, where.host))[0] if where.host else "127.0.0.1"
        except ResolveError as error:
            words = "Temporary failure in name resolution" if error.temporary \
                else "Name or service not known"  # fmt: skip
            raise PsqlError(f'could not translate host name "{where.host}" to address: {words}') \
                from None  # fmt: skip
        self.address = address
        shown = where.words
        if where.host and address != where.host:
            shown = f'connection to server at "{where.host}" ({address}), port {where.port} failed'
        try:
            self.stream = await connect(self.process, address, where.port, timeout)
            self.reader = Reader(self.stream.read)
            await within(self.process, timeout, self.greet(shown))
        except TimedOutError as error:
            words = "timeout expired" if timeout else strerror(error)
            raise PsqlError(f"{shown}: {words}") from None
        except NetworkError as error:
            if not where.host:
                words = (
                    "No such file or directory\n\tIs the server running locally and accepting "
                    "connections on that socket?"
                )
                raise PsqlError(f"{shown}: {words}") from None
            hint = "\n\tIs the server running on that host and accepting TCP/IP connections?"
            raise PsqlError(f"{shown}: {strerror(error)}{hint}") from None

    async def greet(self, shown: str) -> None:
        where = self.where
        parts = ("user", where.user, "database", where.database, "")
        body = struct.pack("!i", 196608) + b"\0".join(p.encode() for p in parts) + b"\0"
        await self.stream.write(struct.pack("!i", len(body) + 4) + body)
        while True:
            kind, data = await self.message()
            if kind == b"E":
                fields = _fields(data)
                raise PsqlError(f"{shown}: {fields.get('S')}:  {fields.get('M')}")
            if kind == b"R" and struct.unpack("!i", data[:4])[0] == 3:  # noqa: PLR2004
                await self.ask_password()
                if not where.password:
                    raise PsqlError(f"{shown}: fe_sendauth: no password supplied")
                await self.stream.write(message(b"p", where.password.encode() + b"\0"))
            if kind == b"S":
                name, value = data.rstrip(b"\0").decode().split("\0")
                self.settings[name] = value
            if kind == b"Z":
                return
            if not kind:
                raise PsqlError(
                    f"{shown}: server closed the connection unexpectedly\n\tThis probably "
                    "means the server terminated abnormally\n\tbefore or while processing "
                    "the request."
                )

    async def ask_password(self) -> None:
        """As the user types it; without a terminal from standard input."""
        if self.where.password or self.reading is None:
            return
        await self.process.err(f"Password for user {self.where.user}: ")
        terminal = self.process.stdin
        if isinstance(terminal, Line):
            terminal.shows = False
        line = await self.reading.line()
        if isinstance(terminal, Line):
            terminal.shows = True
        self.where.password = line.decode(errors="replace").rstrip("\r\n")
        if not isinstance(terminal, Line):
            await self.process.err("\n")

    async def message(self) -> tuple[bytes, bytes]:
        kind = await self.reader.exactly(1)
        if not kind:
            return b"", b""
        size = struct.unpack("!i", await self.reader.exactly(4))[0]
        return kind, await self.reader.exactly(size - 4)

    async def ask(self, sql: str) -> list[Answer]:
        """The results of all its statements. Raises NetworkError."""
        await self.stream.write(message(b"Q", sql.encode() + b"\0"))
        answers, answer = [], Answer()
        while True:
            kind, data = await self.message()
            if not kind:
                raise NetworkError("server closed the connection unexpectedly")
            if kind == b"T":
                _describe(answer, data)
            elif kind == b"D":
                answer.rows.append(_row(data))
            elif kind in (b"C", b"E"):
                answer.tag = data.rstrip(b"\0").decode(errors="replace") if kind == b"C" else ""
                answer.error = _fields(data) if kind == b"E" else None
                answers.append(answer)
                answer = Answer()
            elif kind == b"Z":
                self.state = data[:1]
                return answers


def _fields(data: bytes) -> dict[str, str]:
    return {p[:1].decode(): p[1:].decode(errors="replace") for p in data.split(b"\0") if p}


def _describe(answer: Answer, data: bytes) -> None:
    count = struct.unpack("!h", data[:2])[0]
    answer.columns, at = [], 2
    for _ in range(count):
        end = data.index(b"\0", at)
        answer.columns.append(data[at:end].decode(errors="replace"))
        answer.types.append(struct.unpack("!ihihih", data[end + 1 : end + 19])[2])
        at = end + 19


def _row(data: bytes) -> list[str | None]:
    found: list[str | None] = []
    at = 2
    for _ in range(struct.unpack("!h", data[:2])[0]):
        size = struct.unpack("!i", data[at : at + 4])[0]
        at += 4
        found.append(None if size < 0 else data[at : at + size].decode(errors="replace"))
        at += max(size, 0)
    return found


def table(answer: Answer, options: Options, expanded: bool = False, title: str = "") -> str:
    """A result as psql prints it."""
    names, rows = answer.columns or [], [[c or "" for c in r] for r in answer.rows]
    bare = "t" in options
    if "csv" in options:
        lines = ([] if bare else [_csv(names)]) + [_csv(r) for r in rows]
        return "".join(f"{line}\n" for line in lines)
    count = f"({len(rows)} row{'' if len(rows) == 1 else 's'})"
    if "A" in options:
        mark = options.get("F") or "|"
        lines = ([] if bare else [mark.join(names)]) + [mark.join(r) for r in rows]
        return "".join(f"{line}\n" for line in lines + ([] if bare else [count]))
    if expanded:
        return _expanded(names, rows)
    widths = [max([len(n), *(len(p) for r in rows for p in r[i].split("\n"))])
              for i, n in enumerate(names)]  # fmt: skip
    right = [t in (INT, FLOAT) for t in answer.types]
    text = ""
    if title and not bare:
        whole = sum(widths) + 3 * len(widths) - 1
        text = " " * max((whole - len(title)) // 2, 0) + title + "\n"
    if not bare:
        text += "|".join(f" {n:^{w}} " for n, w in zip(names, widths, strict=True)) + "\n"
        text += "+".join("-" * (w + 2) for w in widths) + "\n"
    for row in rows:
        text += _row_text(row, widths, right)
    return text + ("" if bare else f"{count}\n") + "\n"


def _row_text(row: list[str], widths: list[int], right: list[bool]) -> str:
    """A row, of several lines where a cell has them."""
    parts = [cell.split("\n") for cell in row]
    text = ""
    for at in range(max(len(p) for p in parts)):
        cells = []
        for part, width, number in zip(parts, widths, right, strict=True):
            cell = part[at] if at < len(part) else ""
            more = "+" if at + 1 < len(part) else " "
            cells.append(f" {cell:>{width}}{more}" if number else f" {cell:<{width}}{more}")
        line = "|".join(cells)
        plain = at + 1 >= len(parts[-1])
        text += (line[:-1] if right[-1] else line.rstrip() if plain and row[-1] else line) + "\n"
    return text


def _csv(cells: list[str]) -> str:
    marks = {",", '"', "\n"}
    return ",".join('"' + c.replace('"', '""') + '"' if marks & set(c) else c for c in cells)


def _expanded(names: list[str], rows: list[list[str]]) -> str:
    width = max(len(n) for n in names)
    text = ""
    for i, row in enumerate(rows):
        text += f"-[ RECORD {i + 1} ]\n"
        text += "".join(f"{n:<{width}} | {v}\n" for n, v in zip(names, row, strict=True))
    return text + "\n"


def said(error: dict[str, str], sql: str) -> str:
    """An error, with the line that it is in."""
    text = f"{error.get('S', 'ERROR')}:  {error.get('M', '')}\n"
    position = int(error.get("P") or 0)
    if position:
        before = sql[: position - 1]
        number, start = before.count("\n") + 1, before.rfind("\n") + 1
        line = sql[start:].split("\n", maxsplit=1)[0]
        head = f"LINE {number}: "
        text += f"{head}{line}\n{' ' * (len(head) + position - 1 - start)}^\n"
    return text + (f"DETAIL:  {error['D']}\n" if "D" in error else "")


async def psql(process: Process) -> int:
    """`psql [-h HOST] [-p PORT] [-U USER] [-d DB] [-c SQL] [-f FILE] [-tAxql] [URI]`."""
    try:
        options = getopt(process.argv[1:], "c:h:p:U:d:f:tAxlqwWVv:F:Xa1nbeEo:R:s", _LONG)
    except OptionError as error:
        await process.err(f'psql: {error}\npsql: hint: Try "psql --help" for more information.\n')
        return 1
    if "V" in options:
        await process.out(f"psql (PostgreSQL) {VERSION}\n")
        return 0
    reader = Reader(process.stdin.read)
    client = Client(process, target(process, options))
    client.reading = None if "w" in options else reader
    limit = float(process.env.get("PGCONNECT_TIMEOUT") or 0) or None
    try:
        await client.open(limit)
    except PsqlError as error:
        await process.err(f"psql: error: {error}\n")
        return 2
    try:
        return await _work(process, client, options, reader)
    except NetworkError:
        await process.err(
            "server closed the connection unexpectedly\n\tThis probably means the server "
            "terminated abnormally\n\tbefore or while processing the request.\n"
            "connection to server was lost\n"
        )
        return 2
    finally:
        client.stream.close()


async def _work(process: Process, client: Client, options: Options, reader: Reader) -> int:
    from breakfix.embedded.programs.postgres.psql_shell import Shell

    shell = Shell(process, client, options)
    if "l" in options:
        return await shell.command("l")
    if "c" in options:
        code = 0
        for sql in options.all("c"):
            meta = sql.strip().startswith("\\")
            code = await (shell.command(sql.strip()[1:]) if meta else shell.statement(sql))
        return code
    if "f" in options:
        path = posixpath.join(process.cwd, options.get("f"))
        try:
            text = process.files.read(path).decode(errors="replace")
        except OSError as error:
            await process.err(f"psql: error: {options.get('f')}: {error.strerror}\n")
            return 1
    elif process.tty:
        return await shell.interactive(reader)
    else:
        text = (await reader.rest()).decode(errors="replace")
    stops = any(v.startswith("ON_ERROR_STOP=") and v[14:] not in ("0", "off")
                for v in options.all("v"))  # fmt: skip
    return await shell.script(text, stops)


async def pg_isready(process: Process) -> int:
    """`pg_isready [-h HOST] [-p PORT] [-U USER] [-d DB] [-t SECS] [-q]`."""
    try:
        options = getopt(process.argv[1:], "h:p:U:d:t:qV", _LONG)
    except OptionError as error:
        await process.err(f"pg_isready: {error}\n")
        return 3
    where = target(process, options)
    shown = f"{where.host or '/var/run/postgresql'}:{where.port}"
    code = 2
    try:
        address = (await addresses(process, where.host))[0] if where.host else "127.0.0.1"
        limit = float(options.get("t") or options.get("timeout") or 3) or None
        (await connect(process, address, where.port, limit)).close()
        code = 0
    except (ResolveError, NetworkError):
        pass
    words = "accepting connections" if code == 0 else "no response"
    if "q" not in options:
        await process.out(f"{shown} - {words}\n")
    return code
