"""redis-server: its start, protocol, password and files; fakeredis does the commands."""

from __future__ import annotations

import asyncio
import posixpath
from typing import Any

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.programs.redis.config import DEFAULTS, ConfigurationError, configuration
from breakfix.embedded.programs.redis.protocol import pack, read_command
from breakfix.embedded.programs.redis.session import VERSION, Session
from breakfix.embedded.programs.sockets import Reader, Serving

_ONLY_READ = (  # commands that the file of them does not keep
    "GET MGET EXISTS TTL PTTL KEYS TYPE STRLEN LRANGE LLEN LINDEX HGET HGETALL HKEYS HVALS HLEN"
    " SMEMBERS SCARD SISMEMBER ZRANGE ZCARD ZSCORE SCAN HSCAN SSCAN DBSIZE PING ECHO INFO CONFIG"
    " TIME SELECT AUTH HELLO CLIENT COMMAND QUIT SUBSCRIBE MULTI EXEC DISCARD WATCH UNWATCH OBJECT"
    " MEMORY SAVE BGSAVE LASTSAVE GETRANGE XREAD XRANGE XLEN"
)
_READS = frozenset(_ONLY_READ.split())


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
