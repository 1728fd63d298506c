"""Utility commands, which SQLite does not have: for databases, roles and settings."""

from __future__ import annotations

import re

from breakfix.embedded.programs.postgres.cluster import Cluster
from breakfix.embedded.programs.postgres.errors import SqlError
from breakfix.embedded.programs.postgres.oids import TEXT
from breakfix.embedded.programs.postgres.results import Result


def run_utility(cluster: Cluster, sql: str) -> Result | None:
    """Its result; None for a statement that is no utility command. Raises SqlError, OSError."""
    words = sql.replace("(", " ").replace(";", " ").split()
    if len(words) < 3:  # noqa: PLR2004
        return _short(cluster, words)
    verb, what, name = words[0].lower(), words[1].lower(), words[2].strip('"')
    if what == "database" and verb in ("create", "drop"):
        return _database(cluster, verb, name)
    if what in ("user", "role") and verb in ("create", "alter", "drop"):
        return _role(cluster, verb, name, sql)
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


def _database(cluster: Cluster, verb: str, name: str) -> Result:
    """CREATE DATABASE or DROP DATABASE."""
    if verb == "create":
        if name in cluster.databases:
            raise SqlError("42P04", f'database "{name}" already exists')
        cluster.create_database(name)
        return Result("CREATE DATABASE")
    if name not in cluster.databases:
        raise SqlError("3D000", f'database "{name}" does not exist')
    cluster.drop_database(name)
    return Result("DROP DATABASE")


def _role(cluster: Cluster, verb: str, name: str, sql: str) -> Result:
    """CREATE ROLE, ALTER ROLE or DROP ROLE."""
    if verb == "create" and name in cluster.roles:
        raise SqlError("42710", f'role "{name}" already exists')
    if verb != "create" and name not in cluster.roles:
        raise SqlError("42704", f'role "{name}" does not exist')
    found = re.search(r"password\s+'([^']*)'", sql, re.IGNORECASE)
    if verb == "drop":
        del cluster.roles[name]
    else:
        cluster.roles[name] = found[1] if found else cluster.roles.get(name, "")
    cluster.save_roles()
    return Result(f"{verb.upper()} ROLE")
