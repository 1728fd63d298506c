"""redis-server: its start, protocol, password and files; fakeredis does the commands."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Iterator
from typing import Any

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.programs.redis.admin import configure, managed
from breakfix.embedded.programs.redis.config import (
    DEFAULTS,
    ConfigurationError,
    configuration,
    split,
)
from breakfix.embedded.programs.redis.info import Facts, info
from breakfix.embedded.programs.sockets import Reader, Serving

VERSION = "7.4.5"
_BLOCKING = {b"BLPOP", b"BRPOP", b"BZPOPMIN", b"BZPOPMAX", b"BRPOPLPUSH", b"BLMOVE"}
_READS = frozenset(
    [
        "GET",
        "MGET",
        "EXISTS",
        "TTL",
        "PTTL",
        "KEYS",
        "TYPE",
        "STRLEN",
        "LRANGE",
        "LLEN",
        "LINDEX",
        "HGET",
        "HGETALL",
        "HKEYS",
        "HVALS",
        "HLEN",
        "SMEMBERS",
        "SCARD",
        "SISMEMBER",
        "ZRANGE",
        "ZCARD",
        "ZSCORE",
        "SCAN",
        "HSCAN",
        "SSCAN",
        "DBSIZE",
        "PING",
        "ECHO",
        "INFO",
        "CONFIG",
        "TIME",
        "SELECT",
        "AUTH",
        "HELLO",
        "CLIENT",
        "COMMAND",
        "QUIT",
        "SUBSCRIBE",
        "MULTI",
        "EXEC",
        "DISCARD",
        "WATCH",
        "UNWATCH",
        "OBJECT",
        "MEMORY",
        "SAVE",
        "BGSAVE",
        "LASTSAVE",
        "GETRANGE",
        "XREAD",
        "XRANGE",
        "XLEN",
    ]
)
_MAX_ARGS, _MAX_BULK = 4096, 4 << 20


def pack(args: list[bytes]) -> bytes:
    """A command as a client sends it."""
    return b"*%d\r\n" % len(args) + b"".join(b"$%d\r\n%s\r\n" % (len(a), a) for a in args)


async def read_command(reader: Reader) -> list[bytes] | None:
    """A command: as an array, or words of a line. None at the end."""
    line = await reader.line()
    if not line:
        return None
    text = line.strip()
    if not text.startswith(b"*"):
        return split(text.decode(errors="replace"))
    if not text[1:].isdigit() or int(text[1:]) > _MAX_ARGS:
        raise ConfigurationError("Protocol error: invalid multibulk length")
    found = []
    for _ in range(int(text[1:])):
        size = (await reader.line()).strip()
        if not size.startswith(b"$") or not size[1:].isdigit() or int(size[1:]) > _MAX_BULK:
            raise ConfigurationError("Protocol error: expected '$', got something else")
        found.append(await reader.exactly(int(size[1:])))
        await reader.exactly(2)
    return found


class RedisServer:
    """One server with its data."""

    def __init__(self, process: Process, config: dict[str, str], banner: str = "Redis") -> None:
        self.process, self.config, self.banner = process, config, banner
        self.config["dir"] = self.config["dir"] or process.cwd
        self.serving = Serving(process)
        self.engine: Any = None
        self.started = process.host.clock.monotonic()
        self.commands = self.clients = self.connections = 0
        self._loading = False

    async def log(self, text: str, sign: str = "*", role: str = "M") -> None:
        """A line as redis has it."""
        now = self.process.host.clock.now().strftime("%d %b %Y %H:%M:%S.%f")[:-3]
        await self.process.out(f"{self.process.pid}:{role} {now} {sign} {text}\n")

    # -- files -----------------------------------------------------------------------------

    def path(self, *names: str) -> str:
        base = self.config["dir"] or self.process.cwd
        return posixpath.normpath(posixpath.join(self.process.cwd, base, *names))

    @property
    def appending(self) -> bool:
        return self.config["appendonly"] == "yes"

    @property
    def aof(self) -> str:
        name = self.config["appendfilename"] + ".1.incr.aof"
        return self.path(self.config["appenddirname"], name)

    async def load(self) -> int:
        """What was kept. An exit code where it cannot be."""
        files = self.process.files
        folder = self.path(self.config["appenddirname"])
        if self.appending and not files.exists(folder):
            try:
                files.mkdir(folder)
            except OSError as error:
                words = f"Can't open or create append-only dir {self.config['appenddirname']}"
                await self.log(f"{words}: {error.strerror}", "#")
                return 1
        source = self.aof if self.appending else self.path("dump.rdb.breakfix")
        if files.exists(source):
            data = files.read(source)
            await self.replay(data)
            if data:
                kind = "append only file" if self.appending else "disk"
                await self.log(f"DB loaded from {kind}: 0.000 seconds")
        elif self.appending:
            try:
                files.write(source, b"")
            except OSError as error:
                await self.log(f"Can't open the append-only file {posixpath.basename(source)}: "
                               f"{error.strerror}", "#")  # fmt: skip
                return 1
        return 0

    async def replay(self, data: bytes) -> None:
        chunks = iter([data, b""])

        async def read(_limit: int) -> bytes:
            return next(chunks, b"")

        reader, session = Reader(read), Session(self, None)
        self._loading = True
        try:
            while command := await read_command(reader):
                session.execute(command)
        finally:
            self._loading = False

    def keep(self, command: list[bytes]) -> str:
        """Append a write; the error's words where the disk refuses."""
        if not self.appending or self._loading or command[0].decode().upper() in _READS:
            return ""
        try:
            self.process.files.append(self.aof, pack(command))
        except OSError as error:
            return f"MISCONF Errors writing to the AOF file: {error.strerror}"
        return ""

    # -- running ---------------------------------------------------------------------------

    async def run(self) -> int:
        """Start, serve until it is stopped."""
        role = "C"
        await self.log(f"oO0OoO0OoO0Oo {self.banner} is starting oO0OoO0OoO0Oo", "*", role)
        await self.log(f"{self.banner} version={VERSION}, bits=64, commit=00000000, modified=0, "
                       f"pid={self.process.pid}, just started", "*", role)  # fmt: skip
        await self.log("Configuration loaded", "*", role)
        await self.log("monotonic clock: POSIX clock_gettime")
        port = int(self.config["port"])
        try:
            self.listen(port)
        except OSError as error:
            await self.log(f"Warning: Could not create server TCP listening socket *:{port}: bind: "
                           f"{error.strerror}", "#")  # fmt: skip
            await self.log(f"Failed listening on port {port} (TCP), aborting.", "#")
            return 1
        await self.log(f"Running mode=standalone, port={port}.")
        await self.log("Server initialized")
        self.engine = engine()
        code = await self.load()
        if code:
            self.serving.close()
            return code
        await self.log("Ready to accept connections tcp")
        return await self.serving.run()

    def listen(self, port: int) -> None:
        words = self.config["bind"].split()
        plain = [w.lstrip("-") for w in words if ":" not in w]
        address = "0.0.0.0" if not plain or "*" in plain or "0.0.0.0" in plain else plain[0]  # noqa: S104
        self.serving.tcp(port, self.serve, address)

    async def serve(self, end: Stream) -> None:
        """One client."""
        self.clients += 1
        self.connections += 1
        session, reader = Session(self, end), Reader(end.read)
        pushing = self.serving.start(session.push())
        try:
            while not session.over:
                command = await read_command(reader)
                if command is None:
                    return
                if command:
                    await end.write(await session.answer(command))
        except ConfigurationError as error:
            await end.write(f"-ERR {error}\r\n".encode())
        except NetworkError:
            return
        finally:
            pushing.cancel()
            self.clients -= 1

    @property
    def protected(self) -> bool:
        """Only the own machine may: no password, protected mode, no bind."""
        return (self.config["protected-mode"] == "yes" and not self.config["requirepass"]
                and self.config["bind"] != DEFAULTS["bind"])  # fmt: skip


def engine() -> Any:
    """Fakeredis's store; imported when the first server starts."""
    import fakeredis

    return fakeredis.FakeServer(version=(7,))


CLIENT = ("age=0 idle=0 flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 watch=0 qbuf=26 qbuf-free=20448 "
          "argv-mem=10 multi-mem=0 rbs=16384 rbp=16384 obl=0 oll=0 omem=0 tot-mem=37682 events=r "
          "cmd=client|list user=default redir=-1 resp=2 lib-name= lib-ver=")  # fmt: skip


class Session:
    """One connection."""

    def __init__(self, server: RedisServer, end: Stream | None) -> None:
        import redis
        from fakeredis._socket._fakesocket import FakeSocket

        self.server, self.end = server, end
        self.socket: Any = FakeSocket(server.engine, 0, client_class=redis.Redis)
        self.known = end is None or not server.config["requirepass"]
        self.over = False
        self.name, self.number = "", server.connections

    async def answer(self, command: list[bytes]) -> bytes:
        """One command's reply, as bytes."""
        name = command[0].upper()
        self.server.commands += 1
        greeting = {b"QUIT": self.quit, b"AUTH": self.auth, b"HELLO": self.hello}.get(name)
        if greeting is not None:
            return greeting(command[1:])
        if self.server.config["requirepass"] and not self.known:
            return b"-NOAUTH Authentication required.\r\n"
        if name == b"SHUTDOWN":
            self.over = True
            self.server.serving.end(0)
            return b""
        if name in (b"CONFIG", b"INFO", b"COMMAND", b"CLIENT", b"SAVE", b"BGSAVE"):
            return self.own(name, command[1:])
        known = managed([c.decode(errors="replace") for c in command], self.execute)
        if known is not None:
            return known
        if name in _BLOCKING:
            return await self.blocking(command)
        reply = self.execute(command)
        failed = "" if reply.startswith(b"-") else self.server.keep(command)
        return f"-{failed}\r\n".encode() if failed else reply

    def quit(self, _: list[bytes]) -> bytes:
        """The connection ends after the answer."""
        self.over = True
        return b"+OK\r\n"

    def auth(self, args: list[bytes]) -> bytes:
        password = self.server.config["requirepass"]
        if not args or len(args) > 2:  # noqa: PLR2004
            return b"-ERR wrong number of arguments for 'auth' command\r\n"
        if not password and len(args) == 1:
            return (b"-ERR AUTH <password> called without any password configured for the default "
                    b"user. Are you sure your configuration is correct?\r\n")  # fmt: skip
        self.known = args[-1].decode(errors="replace") == password or not password
        if self.known:
            return b"+OK\r\n"
        return b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"

    def hello(self, args: list[bytes]) -> bytes:
        if args and args[0] == b"3":
            return b"-NOPROTO unsupported protocol version\r\n"
        fields = [b"server", b"redis", b"version", VERSION.encode(), b"mode", b"standalone",
                  b"role", b"master"]  # fmt: skip
        return pack(fields)

    def own(self, name: bytes, args: list[bytes]) -> bytes:
        if name == b"CONFIG":
            return configure(self.server.config, [a.decode(errors="replace") for a in args])
        if name == b"INFO":
            return _bulk(info(self.facts(), args[0].decode().lower() if args else ""))
        if name == b"COMMAND":
            return b"*0\r\n"
        if name == b"CLIENT":
            return self.client([a.decode(errors="replace") for a in args])
        return b"+Background saving started\r\n" if name == b"BGSAVE" else b"+OK\r\n"

    def facts(self) -> Facts:
        """What INFO is made of."""
        server = self.server
        return Facts(
            VERSION, server.process.pid, server.config,
            int(server.process.host.clock.monotonic() - server.started), server.clients,
            server.connections, server.commands,
            {n: len(db) for n, db in server.engine.dbs.items() if len(db)},
        )  # fmt: skip

    def client(self, args: list[str]) -> bytes:
        """CLIENT, of this connection alone."""
        match [args[0].upper() if args else "", *args[1:]]:
            case ["LIST" | "INFO"]:
                host, port = self.end.peer if self.end else ("127.0.0.1", 0)
                return _bulk(f"id={self.number} addr={host}:{port} "
                             f"laddr={host}:{self.server.config['port']} fd=8 name={self.name} "
                             f"{CLIENT}\n")  # fmt: skip
            case ["ID"]:
                return b":%d\r\n" % self.number
            case ["GETNAME"]:
                return _bulk(self.name) if self.name else b"$-1\r\n"
            case ["SETNAME", name]:
                self.name = name
            case ["KILL", _]:
                return b"-ERR No such client\r\n"
        return b"+OK\r\n"

    async def blocking(self, command: list[bytes]) -> bytes:
        """Ask again and again, for fakeredis would hold everybody up."""
        clock = self.server.process.host.clock
        try:
            seconds = float(command[-1])
        except ValueError:
            return b"-ERR timeout is not a float or out of range\r\n"
        until = clock.monotonic() + seconds if seconds else float("inf")
        name = {b"BRPOPLPUSH": b"RPOPLPUSH", b"BLMOVE": b"LMOVE"}.get(
            command[0].upper(), command[0][1:])  # fmt: skip
        while True:
            keys = command[1:-1] if name in (b"LPOP", b"RPOP", b"ZPOPMIN", b"ZPOPMAX") else [b""]
            for key in keys:
                asked = [name, key] if key else [name, *command[1:-1]]
                found = self.execute(asked)
                if found not in (b"$-1\r\n", b"*0\r\n", b"*-1\r\n"):
                    self.server.keep(asked)
                    return b"*2\r\n" + _raw(key) + found if key else found
            if clock.monotonic() >= until:
                return b"*-1\r\n"
            await clock.sleep(0.05)

    def execute(self, command: list[bytes]) -> bytes:
        """By the engine."""
        self.socket.sendall(pack(command))
        reply = b"".join(_encoded(value) for value in self._replies())
        return _unknown(command) if reply.startswith(b"-ERR unknown command") else reply

    def _replies(self) -> Iterator[Any]:
        responses = self.socket.responses
        while responses is not None and not responses.empty():
            yield responses.get()

    async def push(self) -> None:
        """Messages of channels, as they come."""
        while self.end is not None:
            await self.server.process.host.clock.sleep(0.2)
            data = b"".join(_encoded(value) for value in self._replies())
            if data:
                await self.end.write(data)


def _raw(data: bytes) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(data), data)


def _bulk(text: str) -> bytes:
    return _raw(text.encode())


def _unknown(command: list[bytes]) -> bytes:
    name, *args = (c.decode(errors="replace") for c in command)
    shown = "".join(f"'{a}' " for a in args)
    return f"-ERR unknown command '{name}', with args beginning with: {shown}\r\n".encode()


_CODES = frozenset(["ERR", "WRONGTYPE", "NOAUTH", "NOPERM", "NOSCRIPT", "EXECABORT", "BUSYGROUP",
                    "NOGROUP", "WRONGPASS", "READONLY", "OOM", "BUSYKEY"])  # fmt: skip


def _encoded(value: Any) -> bytes:
    if isinstance(value, Exception):
        text = str(value)
        prefix = "EXECABORT " if type(value).__name__ == "ExecAbortError" else "ERR "
        prefix = "" if text.split(" ", 1)[0] in _CODES else prefix
        return f"-{prefix}{text}\r\n".encode()
    if value is None:
        return b"$-1\r\n"
    if isinstance(value, bool):
        return b":%d\r\n" % value
    if isinstance(value, int):
        return b":%d\r\n" % value
    if isinstance(value, (list, tuple)):
        return b"*%d\r\n" % len(value) + b"".join(_encoded(v) for v in value)
    data = value if isinstance(value, bytes) else str(value).encode()
    if data in (b"OK", b"PONG", b"QUEUED"):
        return b"+" + data + b"\r\n"
    return _raw(data)


async def redis_server(process: Process) -> int:
    """`redis-server [FILE] [--OPTION VALUE...]`."""
    words = process.argv[1:]
    if words[:1] in (["--version"], ["-v"]):
        await process.out(f"Redis server v={VERSION} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 "
                          "build=0\n")  # fmt: skip
        return 0
    try:
        config = configuration(process, words, VERSION)
    except ConfigurationError as error:
        await process.err(f"\n{error}")
        return 1
    except OSError as error:
        now = process.host.clock.now().strftime("%d %b %Y %H:%M:%S.%f")[:-3]
        await process.err(
            f"{process.pid}:C {now} # Fatal error, can't open config file "
            f"'{words[0] if words else process.argv[1]}': {error.strerror}\n"
        )
        return 1
    await asyncio.sleep(0)
    return await RedisServer(process, config).run()
