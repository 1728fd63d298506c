"""Connection parameters: from options, a connection string or URI, and the environment."""

from __future__ import annotations

from dataclasses import dataclass, replace

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.options import Options
from breakfix.embedded.programs.postgres.connection_strings import (
    ConninfoError,
    integer,
    parameters,
)

_PORT, _PORTS = "5432", 65536
_SHORTEST = 2.0  # s that libpq waits at least


@dataclass
class Conninfo:
    """What to connect to; no host: the socket."""

    host: str
    port_word: str  # as it was given
    user: str
    database: str
    password: str
    connect_timeout: str = ""  # as it was given

    @property
    def port(self) -> int:
        """Its number. Raises ConninfoError."""
        found = integer(self.port_word, "port")
        if not 0 < found < _PORTS:
            raise ConninfoError(f'invalid port number: "{self.port_word}"')
        return found

    @property
    def timeout(self) -> float | None:
        """Seconds that a connection may take; None for ever. Raises ConninfoError."""
        found = integer(self.connect_timeout or "0", "connect_timeout")
        return max(float(found), _SHORTEST) if found > 0 else None

    def failed(self, address: str) -> str:
        """What stands before the reason of a connection's failure."""
        if not self.host:
            socket = f"/var/run/postgresql/.s.PGSQL.{self.port}"
            return f'connection to server on socket "{socket}" failed'
        shown = f" ({address})" if address != self.host else ""
        return f'connection to server at "{self.host}"{shown}, port {self.port} failed'

    def described(self, address: str) -> str:
        r"""As \conninfo has it."""
        place = f'on host "{self.host}" (address "{address}")' if self.host \
            else 'via socket in "/var/run/postgresql"'  # fmt: skip
        return (f'You are connected to database "{self.database}" as user "{self.user}" {place} '
                f'at port "{self.port}".')  # fmt: skip

    def other(self, args: list[str]) -> Conninfo:
        r"""As \connect changes it: another database of this server, perhaps another user."""
        database, user = ([a if a != "-" else "" for a in args] + ["", ""])[:2]
        return replace(self, user=user or self.user, database=database or self.database)


def conninfo(process: Process, options: Options) -> Conninfo:
    """By options, a connection string or URI, and the environment. Raises ConninfoError."""
    env = process.env
    rest = list(options.rest)
    database = options.get("d") or (rest.pop(0) if rest else "") or env.get("PGDATABASE", "")
    own = "root" if process.who.uid == 0 else "postgres"
    user = options.get("U") or (rest.pop(0) if rest else "") or env.get("PGUSER", "") or own
    host = options.get("h") or env.get("PGHOST", "")
    port = options.get("p") or env.get("PGPORT") or _PORT
    given = parameters(database)
    user = given.get("user") or user
    name = given.get("dbname") or ("" if given else database) or user
    host = given.get("host") or host
    return Conninfo(
        "" if host.startswith("/") else host, given.get("port") or port, user, name,
        given.get("password") or env.get("PGPASSWORD", ""),
        given.get("connect_timeout") or env.get("PGCONNECT_TIMEOUT", ""),
    )  # fmt: skip
