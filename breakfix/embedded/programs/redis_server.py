"""redis-server: its start, protocol, password and files; fakeredis does the commands."""

from __future__ import annotations

import asyncio
import posixpath
import re
from collections.abc import Iterator
from typing import Any

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import NetworkError, Stream
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
_DEFAULTS = {
    "port": "6379", "bind": "* -::*", "dir": "", "requirepass": "", "appendonly": "no",
    "maxmemory": "0", "protected-mode": "yes", "save": "3600 1 300 100 60 10000",
    "maxmemory-policy": "noeviction", "databases": "16", "timeout": "0", "maxclients": "10000",
    "appendfsync": "everysec", "dbfilename": "dump.rdb", "appenddirname": "appendonlydir",
    "appendfilename": "appendonly.aof", "loglevel": "notice", "logfile": "", "daemonize": "no",
    "tcp-keepalive": "300", "tcp-backlog": "511", "hz": "10", "masterauth": "", "replicaof": "",
    "slaveof": "", "user": "", "include": "", "notify-keyspace-events": "", "pidfile": "",
    "maxmemory-samples": "5", "lazyfree-lazy-eviction": "no", "io-threads": "1",
    "cluster-enabled": "no", "auto-aof-rewrite-percentage": "100", "rdbcompression": "yes",
    "auto-aof-rewrite-min-size": "67108864", "rename-command": "", "aclfile": "",
    "stop-writes-on-bgsave-error": "yes", "unixsocket": "", "always-show-logo": "no",
    "replica-read-only": "yes", "min-replicas-to-write": "0", "supervised": "no",
}  # fmt: skip


class ConfigurationError(Exception):
    """Words of a bad configuration."""


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


def split(text: str) -> list[bytes]:
    """Words with quotes."""
    pattern = r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|(\S+)'
    return [(re.sub(r"\\(.)", r"\1", m[1]) if m[1] is not None else m[2] if m[2] is not None
             else m[3]).encode() for m in re.finditer(pattern, text)]  # fmt: skip


class RedisServer:
    """One server with its data."""

    def __init__(self, process: Process, config: dict[str, str], banner: str = "Redis") -> None:
        self.process, self.config, self.banner = process, config, banner
        self.serving = Serving(process)
        self.engine: Any = None
        self.started = process.host.clock.monotonic()
        self.commands = self.clients = 0
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
                and self.config["bind"] != _DEFAULTS["bind"])  # fmt: skip


def engine() -> Any:
    """Fakeredis's store; imported when the first server starts."""
    import fakeredis

    return fakeredis.FakeServer(version=(7,))


class Session:
    """One connection."""

    def __init__(self, server: RedisServer, end: Stream | None) -> None:
        import redis
        from fakeredis._socket._fakesocket import FakeSocket

        self.server, self.end = server, end
        self.socket: Any = FakeSocket(server.engine, 0, client_class=redis.Redis)
        self.known = end is None or not server.config["requirepass"]
        self.over = False

    async def answer(self, command: list[bytes]) -> bytes:
        """One command's reply, as bytes."""
        name = command[0].upper()
        self.server.commands += 1
        if name == b"QUIT":
            self.over = True
            return b"+OK\r\n"
        if name == b"AUTH":
            return self.auth(command[1:])
        if name == b"HELLO":
            return self.hello(command[1:])
        if self.server.config["requirepass"] and not self.known:
            return b"-NOAUTH Authentication required.\r\n"
        if name == b"SHUTDOWN":
            self.over = True
            self.server.serving.end(0)
            return b""
        if name in (b"CONFIG", b"INFO", b"COMMAND", b"CLIENT", b"SAVE", b"BGSAVE"):
            return self.own(name, command[1:])
        if name in _BLOCKING:
            return await self.blocking(command)
        reply = self.execute(command)
        failed = "" if reply.startswith(b"-") else self.server.keep(command)
        return f"-{failed}\r\n".encode() if failed else reply

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
            return self.configure([a.decode(errors="replace") for a in args])
        if name == b"INFO":
            return _bulk(info(self.server, args[0].decode().lower() if args else ""))
        if name == b"COMMAND":
            return b"*0\r\n"
        if name == b"CLIENT" and args and args[0].upper() == b"LIST":
            return _bulk("id=1 addr=127.0.0.1:0 name= db=0 cmd=client\n")
        return b"+Background saving started\r\n" if name == b"BGSAVE" else b"+OK\r\n"

    def configure(self, args: list[str]) -> bytes:
        import fnmatch

        config = self.server.config
        if len(args) > 1 and args[0].lower() == "get":
            found = [(k, v) for k, v in config.items() if fnmatch.fnmatch(k, args[1].lower())]
            return pack([part.encode() for pair in found for part in pair])
        if len(args) > 2 and args[0].lower() == "set":  # noqa: PLR2004
            if args[1].lower() not in config:
                return (f"-ERR Unknown option or number of arguments for CONFIG SET - "
                        f"'{args[1]}'\r\n").encode()  # fmt: skip
            config[args[1].lower()] = args[2]
            return b"+OK\r\n"
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
        return b"".join(_encoded(value) for value in self._replies())

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


def _encoded(value: Any) -> bytes:
    if isinstance(value, Exception):
        text = str(value)
        first = text.split(" ", 1)[0]
        prefix = "" if first.isupper() and first.isalpha() else "ERR "
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


def info(server: RedisServer, section: str) -> str:
    """INFO, the parts that are looked at."""
    passed = int(server.process.host.clock.monotonic() - server.started)
    keys = {n: len(db) for n, db in server.engine.dbs.items() if len(db)}
    parts = {
        "server": f"redis_version:{VERSION}\nredis_mode:standalone\nos:Linux 6.8.0 x86_64\n"
        f"arch_bits:64\nprocess_id:{server.process.pid}\ntcp_port:{server.config['port']}\n"
        f"uptime_in_seconds:{passed}\nuptime_in_days:{passed // 86400}\nconfig_file:\n",
        "clients": f"connected_clients:{server.clients}\nblocked_clients:0\n",
        "memory": f"used_memory:1048576\nused_memory_human:1.00M\n"
        f"maxmemory:{server.config['maxmemory']}\nmaxmemory_policy:"
        f"{server.config['maxmemory-policy']}\n",
        "persistence": f"loading:0\naof_enabled:{int(server.appending)}\n",
        "stats": f"total_commands_processed:{server.commands}\n",
        "replication": "role:master\nconnected_slaves:0\nmaster_failover_state:no-failover\n",
        "keyspace": "".join(f"db{n}:keys={c},expires=0,avg_ttl=0\n" for n, c in keys.items()),
    }  # fmt: skip
    chosen = [section] if section in parts else list(parts)
    text = "\n".join(f"# {name.capitalize()}\n{parts[name]}" for name in chosen)
    return text.replace("\n", "\r\n")


def _configuration(process: Process, words: list[str]) -> dict[str, str]:
    """File and options. Raises ConfigurationError, OSError."""
    config = dict(_DEFAULTS)
    lines: list[list[str]] = []
    if words and not words[0].startswith("-"):
        path = posixpath.join(process.cwd, words.pop(0))
        text = process.files.read(path).decode(errors="replace").splitlines()
        plain = [line for line in text if line.strip() and not line.strip().startswith("#")]
        lines += [[w.decode() for w in split(line)] for line in plain]
    option: list[str] = []
    for word in words:
        if word.startswith("--"):
            option = [word[2:]]
            lines.append(option)
        elif option:
            option.append(word)
    for number, given in enumerate(lines):
        name = given[0].lower()
        if name not in config:
            shown = " ".join([given[0], *(f'"{w}"' for w in given[1:])])
            raise ConfigurationError(f"*** FATAL CONFIG FILE ERROR (Redis {VERSION}) ***\n"
                                     f"Reading the configuration file, at line {number + 2}\n"
                                     f">>> '{shown}'\nBad directive or wrong number of "
                                     "arguments\n")  # fmt: skip
        config[name] = " ".join(given[1:])
    return config


async def redis_server(process: Process) -> int:
    """`redis-server [FILE] [--OPTION VALUE...]`."""
    words = process.argv[1:]
    if words[:1] in (["--version"], ["-v"]):
        await process.out(f"Redis server v={VERSION} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 "
                          "build=0\n")  # fmt: skip
        return 0
    try:
        config = _configuration(process, words)
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
