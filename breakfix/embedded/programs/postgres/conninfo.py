"""Connection parameters: from options, a connection string or URI, and the environment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.options import Options


@dataclass
class Conninfo:
    """What to connect to; no host: the socket."""

    host: str
    port: int
    user: str
    database: str
    password: str

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
    """By options, a connection string or URI, and the environment."""
    env = process.env
    rest = list(options.rest)
    database = options.get("d") or (rest.pop(0) if rest else "") or env.get("PGDATABASE", "")
    own = "root" if process.who.uid == 0 else "postgres"
    user = options.get("U") or (rest.pop(0) if rest else "") or env.get("PGUSER", "") or own
    host = options.get("h") or env.get("PGHOST", "")
    port = int(options.get("p") or env.get("PGPORT") or 5432)
    found = Conninfo(host, port, user, database or user, env.get("PGPASSWORD", ""))
    if database.startswith(("postgres://", "postgresql://")):
        found = _of_uri(database, found)
    elif "=" in database and "://" not in database:
        found = _of_keywords(database, found)
    return replace(found, host="") if found.host.startswith("/") else found


def _of_keywords(text: str, default: Conninfo) -> Conninfo:
    """Of a connection string of names and values."""
    pairs = (word.partition("=") for word in text.split())
    given = {name: value.strip("'") for name, _, value in pairs}
    user = given.get("user", default.user)
    return Conninfo(
        given.get("host", default.host), int(given.get("port", default.port)), user,
        given.get("dbname", user), given.get("password", default.password),
    )  # fmt: skip


def _of_uri(text: str, default: Conninfo) -> Conninfo:
    url = urlsplit(text)
    user = unquote(url.username or "") or default.user
    return Conninfo(
        url.hostname or "", url.port or 5432, user, url.path.strip("/") or user,
        unquote(url.password or "") or default.password,
    )  # fmt: skip
