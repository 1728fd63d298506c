"""postgres as its image runs it: the entrypoint's refusals, the server, the wire protocol."""

from __future__ import annotations

import json
import posixpath
import struct

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.programs.postgres.catalog import SETTINGS, Facts
from breakfix.embedded.programs.postgres.engine import Database, Result, SqlError, statements
from breakfix.embedded.programs.sockets import Reader, Serving, read_text

VERSION = "16.9 (Debian 16.9-1.pgdg120+1)"
_SSL, _PROTOCOL = 80877103, 196608
_MAX_MESSAGE = 4 << 20
_REFUSAL = """Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all
       connections without a password. This is *not* recommended.

       See PostgreSQL documentation about "trust":
       https://www.postgresql.org/docs/current/auth-trust.html
"""
_INIT = """The files belonging to this database system will be owned by user "postgres".
This user must also own the server process.

The database cluster will be initialized with locale "en_US.utf8".
The default database encoding has accordingly been set to "UTF8".
The default text search configuration will be set to "english".

Data page checksums are disabled.

fixing permissions on existing directory {0} ... ok
creating subdirectories ... ok
selecting dynamic shared memory implementation ... posix
selecting default max_connections ... 100
selecting default shared_buffers ... 128MB
selecting default time zone ... Etc/UTC
creating configuration files ... ok
running bootstrap script ... ok
performing post-bootstrap initialization ... ok
syncing data to disk ... ok


Success. You can now start the database server using:

    pg_ctl -D {0} -l logfile start

"""


class Postgres:
    """One server."""

    def __init__(self, process: Process) -> None:
        self.process, self.files = process, process.files
        self.folder = process.env.get("PGDATA") or "/var/lib/postgresql/data"
        self.serving = Serving(process)
        self.databases: dict[str, Database] = {}
        self.roles: dict[str, str] = {}
        self.port = 5432
        self.pids = 100
        self.sessions: dict[int, tuple[str, str]] = {}  # database and user, by pid
        for i, word in enumerate(process.argv):
            if word == "-p" and process.argv[i + 1 : i + 2]:
                self.port = int(process.argv[i + 1])

    async def log(self, text: str, level: str = "LOG", pid: int = 0) -> None:
        """A line of the server's log."""
        now = self.process.host.clock.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        pid = pid or self.process.pid
        await self.process.err(f"{now} UTC [{pid}] {level}:  {text}\n")

    def path(self, *names: str) -> str:
        return posixpath.join(self.folder, *names)

    # -- the entrypoint ------------------------------------------------------------------

    async def prepared(self) -> int:
        """Make the database cluster where there is none. An exit code, 0 to go on."""
        env, files = self.process.env, self.files
        if read_text(self.process, self.path("PG_VERSION")):
            await self.process.out("\nPostgreSQL Database directory appears to contain a database; "
                                   "Skipping initialization\n\n")  # fmt: skip
            self.roles = json.loads(
                read_text(self.process, self.path("global", "pg_authid")) or "{}"
            )
            names = [n.removesuffix(".db") for n in files.list(self.path("base")) if ".db" in n]
            self.databases = {n: Database(files.read(self.path("base", f"{n}.db"))) for n in names}
            return 0
        trusting = env.get("POSTGRES_HOST_AUTH_METHOD") == "trust"
        password = self.password()
        if not password and not trusting:
            await self.process.err(_REFUSAL)
            return 1
        return await self.initialize(password)

    def password(self) -> str:
        path = self.process.env.get("POSTGRES_PASSWORD_FILE")
        if path:
            return read_text(self.process, path).strip()
        return self.process.env.get("POSTGRES_PASSWORD", "")

    async def initialize(self, password: str) -> int:
        env, files, who = self.process.env, self.files, self.process.who
        try:
            files.mkdir(self.folder, True)
        except OSError as error:
            await self.process.err(f"mkdir: cannot create directory \u2018{self.folder}\u2019: "
                                   f"{error.strerror}\n")  # fmt: skip
            return 1
        if not any(line.split(":")[2:3] == [str(who.uid)]
                   for line in read_text(self.process, "/etc/passwd").splitlines()):  # fmt: skip
            await self.process.err(
                f"initdb: could not look up effective user ID {who.uid}: user does not exist\n"
            )
            return 1
        found = files.list(self.folder)
        if found:
            await self.process.err(_not_empty(self.folder, found))
            return 1
        user = env.get("POSTGRES_USER") or "postgres"
        try:
            for name in ("base", "global", "pg_wal", "pg_xact"):
                files.mkdir(self.path(name))
            chmod = getattr(files, "chmod", None)
            if chmod and who.uid:
                chmod(self.folder, 0o700)
            files.write(self.path("PG_VERSION"), b"16\n")
            files.write(self.path("postgresql.conf"), b"listen_addresses = '*'\n")
        except OSError as error:
            what = "change permissions of" if error.errno == 1 else "access"
            await self.process.err(f'initdb: error: could not {what} directory "{self.folder}": '
                                   f"{error.strerror}\n")  # fmt: skip
            return 1
        await self.process.out(_INIT.format(self.folder))
        self.roles = {user: password}
        for name in dict.fromkeys(("postgres", env.get("POSTGRES_DB") or user)):
            self.databases[name] = Database()
            self.save(name)
        self.save_roles()
        await self.scripts(user)
        await self.process.out("\nPostgreSQL init process complete; ready for start up.\n\n")
        return 0

    async def scripts(self, user: str) -> None:
        """What is in /docker-entrypoint-initdb.d."""
        folder = "/docker-entrypoint-initdb.d"
        database = self.process.env.get("POSTGRES_DB") or user
        if not self.files.is_dir(folder):
            return
        for name in self.files.list(folder):
            if not name.endswith(".sql"):
                continue
            await self.process.out(
                f"/usr/local/bin/docker-entrypoint.sh: running {folder}/{name}\n"
            )
            for sql in statements(read_text(self.process, f"{folder}/{name}")):
                result = self.command(sql) or self.databases[database].run(sql)
                await self.process.out(result.tag + "\n")
        self.save(database)

    def save(self, name: str) -> None:
        """Put a database on its volume. Raises OSError."""
        self.files.write(self.path("base", f"{name}.db"), self.databases[name].kept())

    def save_roles(self) -> None:
        """The roles too."""
        self.files.write(self.path("global", "pg_authid"), json.dumps(self.roles).encode())

    # -- serving -------------------------------------------------------------------------

    async def run(self) -> int:
        """Start and serve."""
        try:
            code = await self.prepared()
        except SqlError as error:
            await self.process.err(f"psql:/docker-entrypoint-initdb.d: ERROR:  {error}\n")
            return 3
        if code:
            return code
        await self.log(f"starting PostgreSQL {VERSION} on x86_64-pc-linux-gnu, compiled by gcc "
                       "(Debian 12.2.0-14) 12.2.0, 64-bit")  # fmt: skip
        try:
            self.serving.tcp(self.port, self.serve)
        except OSError as error:
            await self.log(f'could not bind IPv4 address "0.0.0.0": {error.strerror}')
            await self.log("could not create any TCP/IP sockets", "FATAL")
            return 1
        await self.log(f'listening on IPv4 address "0.0.0.0", port {self.port}')
        await self.log(f'listening on Unix socket "/var/run/postgresql/.s.PGSQL.{self.port}"')
        await self.log("database system is ready to accept connections")
        return await self.serving.run()

    async def serve(self, end: Stream) -> None:
        """One client."""
        self.pids += 1
        session = _Session(self, end, self.pids)
        try:
            await session.run()
        except NetworkError:
            return
        finally:
            self.sessions.pop(session.pid, None)

    def command(self, sql: str) -> Result | None:
        """Databases and roles, which SQLite does not have. Raises SqlError."""
        words = sql.replace("(", " ").replace(";", " ").split()
        lower = [w.lower() for w in words[:3]]
        if len(words) < 3:  # noqa: PLR2004
            if lower[:1] == ["show"] and len(words) > 1:
                return self.show(words[1])
            return Result("SET") if lower[:1] in (["set"], ["vacuum"], ["analyze"]) else None
        verb, what, name = lower[0], lower[1], words[2].strip('"')
        if what == "database" and verb in ("create", "drop"):
            return self.database(verb, name)
        if what in ("user", "role") and verb in ("create", "alter", "drop"):
            return self.role(verb, name, sql)
        if verb in ("grant", "revoke", "set", "comment"):
            return Result(verb.upper())
        known = verb == "create" and what in ("extension", "schema")
        return Result(f"{verb} {what}".upper()) if known else None

    @property
    def settings(self) -> dict[str, str]:
        """What SHOW shows."""
        found = {n: v.format(self.folder) for n, v in SETTINGS.items()}
        return found | {"server_version": VERSION, "port": str(self.port)}

    def show(self, name: str) -> Result:
        """One setting. Raises SqlError."""
        settings = self.settings
        found = next((n for n in settings if n.lower() == name.lower()), None)
        if found is None:
            raise SqlError("42704", f'unrecognized configuration parameter "{name}"')
        return Result("SHOW", [found], [25], [[settings[found]]])

    def database(self, what: str, name: str) -> Result:
        """Create or drop one. Raises SqlError."""
        if what == "create":
            if name in self.databases:
                raise SqlError("42P04", f'database "{name}" already exists')
            self.databases[name] = Database()
            self.save(name)
            return Result("CREATE DATABASE")
        if self.databases.pop(name, None) is None:
            raise SqlError("3D000", f'database "{name}" does not exist')
        self.files.remove(self.path("base", f"{name}.db"))
        return Result("DROP DATABASE")

    def role(self, what: str, name: str, sql: str) -> Result:
        import re

        if what == "create" and name in self.roles:
            raise SqlError("42710", f'role "{name}" already exists')
        if what != "create" and name not in self.roles:
            raise SqlError("42704", f'role "{name}" does not exist')
        found = re.search(r"password\s+'([^']*)'", sql, re.IGNORECASE)
        if what == "drop":
            del self.roles[name]
        else:
            self.roles[name] = found[1] if found else self.roles.get(name, "")
        self.save_roles()
        return Result(f"{what.upper()} ROLE")


def _not_empty(folder: str, names: list[str]) -> str:
    detail = ""
    if "lost+found" in names:
        detail = (
            "initdb: detail: It contains a lost+found directory, perhaps due to it being a "
            "mount point.\ninitdb: hint: Using a mount point directly as the data directory "
            "is not recommended.\nCreate a subdirectory under the mount point.\n"
        )
    else:
        detail = ("initdb: hint: If you want to create a new database system, either remove or "
                  f'empty the directory "{folder}" or run initdb with an argument other than '
                  f'"{folder}".\n')  # fmt: skip
    return f'initdb: error: directory "{folder}" exists but is not empty\n{detail}'


def message(kind: bytes, body: bytes = b"") -> bytes:
    """One message of the protocol."""
    return kind + struct.pack("!i", len(body) + 4) + body


def error_message(code: str, text: str, severity: str = "ERROR", detail: str = "",
                  position: int = 0) -> bytes:  # fmt: skip
    """An ErrorResponse."""
    fields = [f"S{severity}", f"V{severity}", f"C{code}", f"M{text}"]
    fields += [f"D{detail}"] if detail else []
    fields += [f"P{position}"] if position else []
    return message(b"E", b"".join(f.encode() + b"\0" for f in fields) + b"\0")


class _Session:
    def __init__(self, server: Postgres, end: Stream, pid: int) -> None:
        self.server, self.end, self.pid = server, end, pid
        self.reader = Reader(end.read)
        self.database = self.user = ""
        self.failed = False  # in a transaction that an error has ended

    async def run(self) -> None:
        given = await self.startup()
        if given is None or not await self.allowed(given):
            return
        settings = {
            "server_version": VERSION,
            "client_encoding": "UTF8",
            "DateStyle": "ISO, MDY",
            "is_superuser": "on" if self.user == next(iter(self.server.roles)) else "off",
        }
        data = message(b"R", struct.pack("!i", 0))
        for name, value in settings.items():
            data += message(b"S", name.encode() + b"\0" + value.encode() + b"\0")
        await self.end.write(data + message(b"K", struct.pack("!ii", self.pid, 0)) + self.ready())
        while kind := await self.reader.exactly(1):
            body = await self.body()
            if kind == b"X":
                return
            if kind == b"Q":
                await self.query(body.rstrip(b"\0").decode(errors="replace"))
            else:
                words = "only simple queries are served here"
                await self.end.write(error_message("0A000", words) + self.ready())

    async def body(self) -> bytes:
        size = struct.unpack("!i", await self.reader.exactly(4))[0] - 4
        return await self.reader.exactly(max(min(size, _MAX_MESSAGE), 0))

    def ready(self) -> bytes:
        found = self.server.databases.get(self.database)
        if self.failed:
            return message(b"Z", b"E")
        return message(b"Z", b"T" if found is not None and found.in_transaction else b"I")

    async def startup(self) -> dict[str, str] | None:
        while True:
            head = await self.reader.exactly(8)
            if len(head) < 8:  # noqa: PLR2004
                return None
            size, code = struct.unpack("!ii", head)
            if code == _SSL:
                await self.end.write(b"N")
                continue
            if code != _PROTOCOL or not 8 <= size <= 10000:  # noqa: PLR2004
                await self.server.log("invalid length of startup packet", pid=self.pid)
                return None
            parts = (await self.reader.exactly(size - 8)).decode(errors="replace").split("\0")
            return dict(zip(parts[::2], parts[1::2], strict=False))

    async def allowed(self, given: dict[str, str]) -> bool:
        user = self.user = given.get("user", "")
        self.database = given.get("database") or user
        trusted = self.end.peer[0].startswith("127.") or \
            self.server.process.env.get("POSTGRES_HOST_AUTH_METHOD") == "trust"  # fmt: skip
        if not trusted:
            await self.end.write(message(b"R", struct.pack("!i", 3)))
            if await self.reader.exactly(1) != b"p":
                return False
            password = (await self.body()).rstrip(b"\0").decode(errors="replace")
            if self.server.roles.get(user) != password or not password:
                return await self.fatal(
                    "28P01", f'password authentication failed for user "{user}"'
                )
        if user not in self.server.roles:
            return await self.fatal("28000", f'role "{user}" does not exist')
        if self.database not in self.server.databases:
            return await self.fatal("3D000", f'database "{self.database}" does not exist')
        self.server.sessions[self.pid] = (self.database, user)
        return True

    async def fatal(self, code: str, words: str) -> bool:
        await self.server.log(words, "FATAL", self.pid)
        await self.end.write(error_message(code, words, "FATAL"))
        return False

    async def query(self, sql: str) -> None:
        data = b""
        try:
            for statement in statements(sql):
                data += self.one(statement)
        except SqlError as error:
            self.failed = self.server.databases[self.database].in_transaction
            await self.server.log(error.message, "ERROR", self.pid)
            await self.server.log(sql.strip(), "STATEMENT", self.pid)
            data += error_message(error.code, error.message, "ERROR", error.detail, error.position)
        except OSError as error:
            words = f"could not write to file: {error.strerror}"
            data += error_message("58030", words)
        await self.end.write((data or message(b"I")) + self.ready())

    def one(self, sql: str) -> bytes:
        sql = self.ended(sql)
        result = self.server.command(sql)
        if result is None:
            database = self.server.databases[self.database]
            database.facts = self.facts(sql)
            result = database.run(sql)
            if result.wrote and not database.in_transaction:
                self.server.save(self.database)
        data = b""
        if result.columns is not None:
            data = _described(result)
            for row in result.rows:
                data += message(b"D", struct.pack("!h", len(row)) + b"".join(_cell(v) for v in row))
        return data + message(b"C", result.tag.encode() + b"\0")

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
        server = self.server
        activity = [(d, pid, user) for pid, (d, user) in server.sessions.items()]
        return Facts(self.user, self.database, list(server.databases), list(server.roles),
                     server.settings, activity, self.pid, sql)  # fmt: skip


def _described(result: Result) -> bytes:
    names = result.columns or []
    body = struct.pack("!h", len(names))
    for name, kind in zip(names, result.types, strict=True):
        body += name.encode() + b"\0" + struct.pack("!ihihih", 0, 0, kind, -1, -1, 0)
    return message(b"T", body)


def _cell(value: str | None) -> bytes:
    if value is None:
        return struct.pack("!i", -1)
    data = value.encode()
    return struct.pack("!i", len(data)) + data


async def postgres(process: Process) -> int:
    """`postgres [-p PORT] [-c NAME=VALUE]...`, with what the image's entrypoint does before."""
    if "--version" in process.argv or "-V" in process.argv:
        await process.out(f"postgres (PostgreSQL) {VERSION}\n")
        return 0
    return await Postgres(process).run()
