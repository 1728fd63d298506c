"""Utility commands, which SQLite does not have: for databases, roles and settings."""

from __future__ import annotations

from breakfix.embedded.programs.postgres.cluster import Cluster
from breakfix.embedded.programs.postgres.database_commands import database_command
from breakfix.embedded.programs.postgres.errors import SqlError
from breakfix.embedded.programs.postgres.oids import TEXT
from breakfix.embedded.programs.postgres.results import Result
from breakfix.embedded.programs.postgres.roles import role_command


def run_utility(cluster: Cluster, sql: str, pid: int = 0) -> Result | None:
    """Its result for the session of this process; None for what is no utility command.

    Raises SqlError, OSError.
    """
    words = sql.replace("(", " ").replace(";", " ").split()
    if len(words) < 3:  # noqa: PLR2004
        return _short(cluster, words)
    verb, what = words[0].lower(), words[1].lower()
    if what == "database" and verb in ("create", "drop"):
        return database_command(cluster, sql, pid)
    if what in ("user", "role") and (found := role_command(cluster, sql, pid)):
        return found
    if verb in ("grant", "revoke", "set", "comment"):
        return Result(verb.upper())
    known = verb == "create" and what in ("extension", "schema")
    return Result(f"{verb} {what}".upper()) if known else None


def _short(cluster: Cluster, words: list[str]) -> Result | None:
    """A command of one or two words."""
    verb = words[0].lower() if words else ""
    if verb == "show" and len(words) > 1:
        return _show(cluster, words[1])
    return Result("SET") if verb in ("set", "vacuum", "analyze") else None


def _show(cluster: Cluster, name: str) -> Result:
    settings = cluster.settings
    found = next((n for n in settings if n.lower() == name.lower()), None)
    if found is None:
        raise SqlError("42704", f'unrecognized configuration parameter "{name}"')
    return Result("SHOW", [found], [TEXT], [[settings[found]]])
