"""The start-up of a connection: the client's parameters, and its authentication."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from breakfix.embedded.network.types import Stream
from breakfix.embedded.programs.postgres import protocol
from breakfix.embedded.programs.postgres.errors import SqlError
from breakfix.embedded.programs.postgres.version import VERSION
from breakfix.embedded.programs.sockets import Reader

if TYPE_CHECKING:
    from breakfix.embedded.programs.postgres.postgres import Postgres

_HEAD, _MAX_SIZE = 8, 10_000  # bytes of a StartupMessage: length and version; all of it


class Startup:
    """Who connects, and to which database."""

    def __init__(self, server: Postgres, end: Stream, reader: Reader, pid: int) -> None:
        self.server, self.end, self.reader, self.pid = server, end, reader, pid
        self.cluster = server.cluster
        self.database = self.user = ""

    async def run(self) -> bool:
        """Let the user in to the database, or say why not. Raises NetworkError."""
        parameters = await self.parameters()
        if parameters is None:
            return False
        self.user = parameters.get("user", "")
        self.database = parameters.get("database") or self.user
        try:
            if not self.trusted and not await self.authenticated():
                return False
            self.check()
        except SqlError as error:
            await self.server.log(error.message, "FATAL", self.pid)
            await self.end.write(protocol.error_response(error.code, error.message, "FATAL"))
            return False
        return True

    async def parameters(self) -> dict[str, str] | None:
        """The parameters of the StartupMessage; None where there comes none."""
        while True:
            head = await self.reader.exactly(_HEAD)
            if len(head) < _HEAD:
                return None
            size, code = struct.unpack("!ii", head)
            if code == protocol.SSL_REQUEST:
                await self.end.write(b"N")
                continue
            if code != protocol.PROTOCOL_VERSION or not _HEAD <= size <= _MAX_SIZE:
                await self.server.log("invalid length of startup packet", pid=self.pid)
                return None
            parts = (await self.reader.exactly(size - _HEAD)).decode(errors="replace").split("\0")
            return dict(zip(parts[::2], parts[1::2], strict=False))

    @property
    def trusted(self) -> bool:
        """Does the client need no password?"""
        method = self.server.process.env.get("POSTGRES_HOST_AUTH_METHOD")
        return self.end.peer[0].startswith("127.") or method == "trust"

    async def authenticated(self) -> bool:
        """By a password; False where the client sends none. Raises SqlError."""
        await self.end.write(protocol.authentication(protocol.CLEARTEXT_PASSWORD))
        if await self.reader.exactly(1) != b"p":
            return False
        password = protocol.decoded(await protocol.read_body(self.reader, protocol.MAX_MESSAGE))
        if self.cluster.roles.get(self.user) != password or not password:
            raise SqlError("28P01", f'password authentication failed for user "{self.user}"')
        return True

    def check(self) -> None:
        """Are there such a role and such a database? Raises SqlError."""
        if self.user not in self.cluster.roles:
            raise SqlError("28000", f'role "{self.user}" does not exist')
        if "LOGIN" not in self.cluster.attributes[self.user]:
            raise SqlError("28000", f'role "{self.user}" is not permitted to log in')
        if self.database not in self.cluster.databases:
            raise SqlError("3D000", f'database "{self.database}" does not exist')

    def greeting(self) -> bytes:
        """What the server says once, before the first query."""
        settings = {
            "server_version": VERSION,
            "client_encoding": "UTF8",
            "DateStyle": "ISO, MDY",
            "is_superuser": "on" if "SUPERUSER" in self.cluster.attributes[self.user] else "off",
        }
        data = protocol.authentication(protocol.AUTHENTICATION_OK)
        for name, value in settings.items():
            data += protocol.parameter_status(name, value)
        return data + protocol.backend_key_data(self.pid)
