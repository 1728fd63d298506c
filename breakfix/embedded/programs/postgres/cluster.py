"""The database cluster: the databases and roles of a server, and its data directory."""

from __future__ import annotations

import json
import posixpath

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.postgres.catalog import SETTINGS
from breakfix.embedded.programs.postgres.database import Database
from breakfix.embedded.programs.postgres.version import VERSION
from breakfix.embedded.programs.sockets import read_text


class Cluster:
    """One database cluster; `roles` are passwords by name, the superuser first."""

    def __init__(self, process: Process, port: int) -> None:
        self.process, self.files = process, process.files
        self.directory = process.env.get("PGDATA") or "/var/lib/postgresql/data"
        self.databases: dict[str, Database] = {}
        self.roles: dict[str, str] = {}
        self.attributes: dict[str, set[str]] = {}  # of the roles
        self.sessions: dict[int, tuple[str, str]] = {}  # database and user, by pid
        self.settings = {name: value.format(self.directory) for name, value in SETTINGS.items()}
        self.settings |= {"server_version": VERSION, "port": str(port)}

    def path(self, *names: str) -> str:
        """A path in the data directory."""
        return posixpath.join(self.directory, *names)

    @property
    def initialized(self) -> bool:
        """Is there a cluster in the data directory?"""
        return bool(read_text(self.process, self.path("PG_VERSION")))

    def load(self) -> None:
        """Read databases and roles from the data directory. Raises OSError."""
        kept = json.loads(read_text(self.process, self.path("global", "pg_authid")) or "{}")
        for number, (name, role) in enumerate(kept.items()):
            known = role if isinstance(role, dict) else {"password": role, "attributes": ["LOGIN"]}
            self.add_role(name, known["password"], {*known["attributes"]}, superuser=not number)
        names = [n.removesuffix(".db") for n in self.files.list(self.path("base")) if ".db" in n]
        self.databases = {n: Database(self.files.read(self._database_path(n))) for n in names}

    def create_database(self, name: str) -> None:
        """An empty one. Raises OSError."""
        self.databases[name] = Database()
        self.save(name)

    def drop_database(self, name: str) -> None:
        """Raises OSError."""
        del self.databases[name]
        self.files.remove(self._database_path(name))

    def save(self, name: str) -> None:
        """Write a database to the data directory. Raises OSError."""
        self.files.write(self._database_path(name), self.databases[name].data)

    def save_roles(self) -> None:
        """Write the roles to the data directory. Raises OSError."""
        kept = {name: {"password": password, "attributes": sorted(self.attributes[name])}
                for name, password in self.roles.items()}  # fmt: skip
        self.files.write(self.path("global", "pg_authid"), json.dumps(kept).encode())

    def add_role(
        self, name: str, password: str, attributes: set[str], superuser: bool = False
    ) -> None:
        """One that there is from now on; the first one may do everything."""
        self.roles[name] = password
        more = {"SUPERUSER", "CREATEROLE", "CREATEDB", "LOGIN"} if superuser else set[str]()
        self.attributes[name] = attributes | more

    def _database_path(self, name: str) -> str:
        return self.path("base", f"{name}.db")
