"""redis-cli."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import NetworkError
from breakfix.embedded.programs.options import OptionError, getopt
from breakfix.embedded.programs.redis.config import split
from breakfix.embedded.programs.redis.protocol import pack
from breakfix.embedded.programs.redis.session import VERSION
from breakfix.embedded.programs.sockets import Reader, addresses, connect, strerror

_WARNING = ("Warning: Using a password with '-a' or '-u' option on the command line interface may "
            "not be safe.\n")  # fmt: skip
_LONG = {"raw": None, "no-raw": None, "no-auth-warning": None, "pass=": "a", "user=": None,
         "scan": None, "bigkeys": None, "csv": None, "version": "v", "help": None, "tls": None,
         "latency": None, "stat": None, "pattern=": None, "json": None}  # fmt: skip


_LISTENS = (b"SUBSCRIBE", b"PSUBSCRIBE", b"SSUBSCRIBE", b"MONITOR")
Ask = Callable[[list[bytes]], Awaitable[object]]


class RedisError(Exception):
    """A reply that is an error."""


@dataclass
class Where:
    """What to connect to."""

    host: str = "127.0.0.1"
    port: int = 6379
    password: str = ""
    user: str = ""
    db: str = ""


async def read_reply(reader: Reader) -> object:
    """One reply; errors as RedisError objects. None for nil."""
    line = (await reader.line()).rstrip(b"\r\n")
    if not line:
        raise NetworkError("Server closed the connection")
    kind, rest = line[:1], line[1:].decode(errors="replace")
    match kind:
        case b"+":
            return rest
        case b"-":
            return RedisError(rest)
        case b":":
            return int(rest)
        case b"$":
            if rest == "-1":
                return None
            data = await reader.exactly(int(rest))
            await reader.exactly(2)
            return data
    if rest == "-1":
        return None
    return [await read_reply(reader) for _ in range(int(rest))]


def shown(value: object, tty: bool, indent: str = "") -> str:
    """A reply as it is printed: bare where nobody looks at a terminal."""
    if isinstance(value, list):
        if not value:
            return "(empty array)\n" if tty else "\n"
        rows = [shown(v, tty, indent + "   ") for v in value]
        if not tty:
            return "".join(rows)
        return "".join((indent if i else "") + f"{i + 1}) {row}" for i, row in enumerate(rows))
    if isinstance(value, RedisError):
        return f"(error) {value}\n" if tty else f"{value}\n\n"
    if value is None:
        return "(nil)\n" if tty else "\n"
    if isinstance(value, int):
        return f"(integer) {value}\n" if tty else f"{value}\n"
    if isinstance(value, bytes):
        text = value.decode(errors="replace")
        return f'"{text}"\n' if tty else f"{text}" + ("" if text.endswith("\n") else "\n")
    return f"{value}\n"


def csv(value: object) -> str:
    """A reply as --csv has it."""

    def cell(one: object) -> str:
        if isinstance(one, list):
            return ",".join(cell(o) for o in one)
        if isinstance(one, bytes):
            return '"' + one.decode(errors="replace").replace('"', '\\"') + '"'
        return "NULL" if one is None else f"{one}" if isinstance(one, int) else f'"{one}"'

    return ("ERROR," if isinstance(value, RedisError) else "") + cell(value) + "\n"


async def redis_cli(process: Process) -> int:
    """`redis-cli [-h HOST] [-p PORT] [-a PASSWORD] [-n DB] [-u URI] [COMMAND...]`."""
    try:
        options = getopt(process.argv[1:], "h:p:a:n:u:r:i:xXvt:c2s:d:", _LONG, permute=False)
    except OptionError as error:
        word = str(error).rpartition("'")[0].rpartition("'")[2]
        word = word if word.startswith("-") else f"-{word}"
        await process.err(f"Unrecognized option or bad number of args for: '{word}'\n")
        return 1
    if "v" in options:
        await process.out(f"redis-cli {VERSION}\n")
        return 0
    where = Where(options.get("h") or "127.0.0.1", int(options.get("p") or 6379),
                  options.get("a") or process.env.get("REDISCLI_AUTH", ""), options.get("user"),
                  options.get("n"))  # fmt: skip
    if "u" in options:
        url = urlsplit(options.get("u"))
        where = Where(url.hostname or "127.0.0.1", url.port or 6379, unquote(url.password or ""),
                      url.username or "", url.path.strip("/"))  # fmt: skip
    if ("a" in options or ("u" in options and where.password)) \
            and "no-auth-warning" not in options:  # fmt: skip
        await process.err(_WARNING)
    tty = (process.tty or "no-raw" in options) and "raw" not in options
    words = [w.encode() for w in options.rest]
    if "x" in options:
        words.append(await _all(process))
    client = _Client(process, where, tty)
    client.csv = "csv" in options
    client.scans = (options.get("pattern") or "*") if "scan" in options else ""
    return await client.run(words, int(options.get("r") or 1), float(options.get("i") or 0))


async def _all(process: Process) -> bytes:
    found = b""
    while data := await process.stdin.read():
        found += data
    return found


class _Client:
    def __init__(self, process: Process, where: Where, tty: bool) -> None:
        self.process, self.where, self.tty = process, where, tty
        self.csv, self.scans = False, ""

    async def run(self, words: list[bytes], times: int, pause: float) -> int:
        name, port = self.where.host, self.where.port
        try:
            address = (await addresses(self.process, name))[0]
            stream = await connect(self.process, address, port)
        except ResolveError as error:
            words_ = "Temporary failure in name resolution" if error.temporary \
                else "Name or service not known"  # fmt: skip
            return await self.lost(words_)
        except NetworkError as error:
            return await self.lost(strerror(error))
        reader = Reader(stream.read)

        async def ask(command: list[bytes]) -> object:
            await stream.write(pack(command))
            return await read_reply(reader)

        try:
            await self.greet(ask)
            if words and words[0].upper() in _LISTENS:
                return await self.listen(ask, reader, words)
            if self.scans:
                return await self.scan(ask)
            if words:
                return await self.repeated(ask, words, times, pause)
            return await self.lines(ask)
        except NetworkError:
            await self.process.err("Error: Server closed the connection\n")
            return 1
        finally:
            stream.close()

    async def lost(self, why: str) -> int:
        where = f"{self.where.host}:{self.where.port}"
        await self.process.err(f"Could not connect to Redis at {where}: {why}\n")
        return 1

    async def greet(self, ask: Ask) -> None:
        where = self.where
        if where.password:
            user = [where.user.encode()] if where.user else []
            reply = await ask([b"AUTH", *user, where.password.encode()])
            if isinstance(reply, RedisError):
                await self.process.err(f"AUTH failed: {reply}\n")
        if where.db and where.db != "0":
            reply = await ask([b"SELECT", where.db.encode()])
            if isinstance(reply, RedisError):
                await self.process.err(f"SELECT {where.db} failed: {reply}\n")

    async def listen(self, ask: Ask, reader: Reader, words: list[bytes]) -> int:
        """What comes of its own accord, until the server or the user ends it."""
        if self.tty and words[0].upper() != b"MONITOR":
            await self.process.out("Reading messages... (press Ctrl-C to quit)\n")
        reply = await ask(words)
        while True:
            await self.process.out(shown(reply, self.tty))
            if isinstance(reply, RedisError):
                return 0
            reply = await read_reply(reader)

    async def scan(self, ask: Ask) -> int:
        """All keys, a line each."""
        cursor, match = b"0", [b"MATCH", self.scans.encode()]
        while True:
            reply = await ask([b"SCAN", cursor, *match])
            if not isinstance(reply, list):
                await self.process.err(f"ERROR: {reply}\n")
                return 1
            cursor, keys = reply
            for key in keys:
                await self.process.out(key.decode(errors="replace") + "\n")
            if cursor == b"0":
                return 0

    async def repeated(self, ask: Ask, words: list[bytes], times: int, pause: float) -> int:
        while times:
            reply = await ask(words)
            await self.process.out(csv(reply) if self.csv else shown(reply, self.tty))
            times -= 1
            if times and pause:
                await self.process.host.clock.sleep(pause)
            if isinstance(reply, RedisError) and str(reply).startswith("NOAUTH") and not times:
                return 0
        return 0

    async def lines(self, ask: Ask) -> int:
        """Commands from standard input."""
        reader = Reader(self.process.stdin.read)
        while True:
            if self.process.tty:
                await self.process.out(f"{self.where.host}:{self.where.port}> ")
            line = await reader.line()
            if not line:
                return 0
            words = split(line.decode(errors="replace"))
            if not words:
                continue
            if words[0].lower() in (b"quit", b"exit"):
                return 0
            await self.process.out(shown(await ask(words), self.tty))
