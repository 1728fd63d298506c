"""CREATE DATABASE and DROP DATABASE."""

from __future__ import annotations

import re

from breakfix.embedded.programs.postgres.cluster import Cluster
from breakfix.embedded.programs.postgres.errors import SqlError
from breakfix.embedded.programs.postgres.lexer import identifier
from breakfix.embedded.programs.postgres.results import Result
from breakfix.embedded.programs.postgres.roles import check_create_database

_DROP = re.compile(
    r'\s*drop\s+database\s+(if\s+exists\s+)?("[^"]+"|[^\s;()"]+)\s*(?:with\s*)?(\(\s*force\s*\))?',
    re.IGNORECASE,
)
_TEMPLATES = ("template0", "template1")


def database_command(cluster: Cluster, sql: str, pid: int) -> Result:
    """Run it for the session of this process. Raises SqlError, OSError."""
    drop = _DROP.match(sql)
    if drop is None:
        return _create(cluster, identifier(sql.replace(";", " ").split()[2]), pid)
    return _drop(cluster, bool(drop[1]), identifier(drop[2]), pid)


def database_to_leave(cluster: Cluster, sql: str, pid: int) -> tuple[list[int], bool]:
    """The other sessions that DROP DATABASE waits for, and whether it ends them by FORCE."""
    drop = _DROP.match(sql)
    if drop is None or _current(cluster, pid) == identifier(drop[2]):
        return [], False
    return _others(cluster, identifier(drop[2]), pid), bool(drop[3])


def _create(cluster: Cluster, name: str, pid: int) -> Result:
    check_create_database(cluster, pid)
    if name in cluster.databases:
        raise SqlError("42P04", f'database "{name}" already exists')
    cluster.create_database(name)
    return Result("CREATE DATABASE")


def _drop(cluster: Cluster, if_exists: bool, name: str, pid: int) -> Result:
    if name in _TEMPLATES:
        raise SqlError("42809", "cannot drop a template database")
    if name not in cluster.databases:
        if not if_exists:
            raise SqlError("3D000", f'database "{name}" does not exist')
        words = f'database "{name}" does not exist, skipping'
        return Result("DROP DATABASE", notice=("NOTICE", words))
    if name == _current(cluster, pid):
        raise SqlError("55006", "cannot drop the currently open database")
    if others := len(_others(cluster, name, pid)):
        sessions = "is 1 other session" if others == 1 else f"are {others} other sessions"
        raise SqlError("55006", f'database "{name}" is being accessed by other users',
                       f"There {sessions} using the database.")  # fmt: skip
    cluster.drop_database(name)
    return Result("DROP DATABASE")


def _current(cluster: Cluster, pid: int) -> str:
    return cluster.sessions.get(pid, ("", ""))[0]


def _others(cluster: Cluster, name: str, pid: int) -> list[int]:
    return [p for p, (database, _) in cluster.sessions.items() if database == name and p != pid]
