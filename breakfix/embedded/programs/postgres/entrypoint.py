"""docker-entrypoint.sh: what the image does before the server starts."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.postgres.backend import Backend
from breakfix.embedded.programs.postgres.cluster import Cluster
from breakfix.embedded.programs.postgres.facts import Facts
from breakfix.embedded.programs.postgres.initdb import MESSAGES, InitdbError, initdb
from breakfix.embedded.programs.postgres.parser import statements
from breakfix.embedded.programs.postgres.utility import run_utility
from breakfix.embedded.programs.sockets import read_text

_SCRIPTS = "/docker-entrypoint-initdb.d"
_SKIPPED = """
PostgreSQL Database directory appears to contain a database; Skipping initialization

"""
_UNSPECIFIED = """Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all
       connections without a password. This is *not* recommended.

       See PostgreSQL documentation about "trust":
       https://www.postgresql.org/docs/current/auth-trust.html
"""


async def entrypoint(cluster: Cluster) -> int:
    """Make the database cluster where there is none. An exit code, 0 to go on. Raises SqlError."""
    process = cluster.process
    if cluster.initialized:
        await process.out(_SKIPPED)
        cluster.load()
        return 0
    password = _password(process)
    if not password and process.env.get("POSTGRES_HOST_AUTH_METHOD") != "trust":
        await process.err(_UNSPECIFIED)
        return 1
    try:
        _make_directory(cluster)
        initdb(cluster)
    except InitdbError as error:
        await process.err(str(error))
        return 1
    await process.out(MESSAGES.format(cluster.directory))
    await _set_up(cluster, password)
    await process.out("\nPostgreSQL init process complete; ready for start up.\n\n")
    return 0


def _password(process: Process) -> str:
    """The superuser's."""
    path = process.env.get("POSTGRES_PASSWORD_FILE")
    if path:
        return read_text(process, path).strip()
    return process.env.get("POSTGRES_PASSWORD", "")


def _make_directory(cluster: Cluster) -> None:
    try:
        cluster.files.mkdir(cluster.directory, True)
    except OSError as error:
        raise InitdbError(f"mkdir: cannot create directory \u2018{cluster.directory}\u2019: "
                          f"{error.strerror}\n") from None  # fmt: skip


async def _set_up(cluster: Cluster, password: str) -> None:
    """The superuser, the first databases, and what the scripts add."""
    env = cluster.process.env
    user = env.get("POSTGRES_USER") or "postgres"
    database = env.get("POSTGRES_DB") or user
    cluster.add_role(user, password, set(), superuser=True)
    for name in dict.fromkeys(("postgres", database)):
        cluster.create_database(name)
    cluster.save_roles()
    if cluster.files.is_dir(_SCRIPTS):
        await _run_scripts(cluster, database)


async def _run_scripts(cluster: Cluster, database: str) -> None:
    """The SQL files of the image's folder for them. Raises SqlError."""
    process, user = cluster.process, next(iter(cluster.roles))
    backend = Backend(cluster.databases[database])
    for name in cluster.files.list(_SCRIPTS):
        if not name.endswith(".sql"):
            continue
        path = f"{_SCRIPTS}/{name}"
        await process.out(f"/usr/local/bin/docker-entrypoint.sh: running {path}\n")
        for _, sql in statements(read_text(process, path)):
            now = process.host.clock.now()
            backend.facts = Facts(user, database, now=now, statement=now)
            result = run_utility(cluster, sql) or backend.run(sql)
            await process.out(result.tag + "\n")
    backend.close()
    cluster.save(database)
