"""One connection to a redis server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from breakfix.embedded.network.types import Stream
from breakfix.embedded.programs.redis.admin import configure, managed
from breakfix.embedded.programs.redis.info import Facts, info
from breakfix.embedded.programs.redis.protocol import bulk, encoded, pack, text_bulk, unknown

if TYPE_CHECKING:
    from breakfix.embedded.programs.redis.server import RedisServer

VERSION = "7.4.5"
_BLOCKING = {b"BLPOP", b"BRPOP", b"BZPOPMIN", b"BZPOPMAX", b"BRPOPLPUSH", b"BLMOVE"}
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
            return text_bulk(info(self.facts(), args[0].decode().lower() if args else ""))
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
                return text_bulk(f"id={self.number} addr={host}:{port} "
                             f"laddr={host}:{self.server.config['port']} fd=8 name={self.name} "
                             f"{CLIENT}\n")  # fmt: skip
            case ["ID"]:
                return b":%d\r\n" % self.number
            case ["GETNAME"]:
                return text_bulk(self.name) if self.name else b"$-1\r\n"
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
                    return b"*2\r\n" + bulk(key) + found if key else found
            if clock.monotonic() >= until:
                return b"*-1\r\n"
            await clock.sleep(0.05)

    def execute(self, command: list[bytes]) -> bytes:
        """By the engine."""
        self.socket.sendall(pack(command))
        reply = b"".join(encoded(value) for value in self._replies())
        return unknown(command) if reply.startswith(b"-ERR unknown command") else reply

    def _replies(self) -> Iterator[Any]:
        responses = self.socket.responses
        while responses is not None and not responses.empty():
            yield responses.get()

    async def push(self) -> None:
        """Messages of channels, as they come."""
        while self.end is not None:
            await self.server.process.host.clock.sleep(0.2)
            data = b"".join(encoded(value) for value in self._replies())
            if data:
                await self.end.write(data)
