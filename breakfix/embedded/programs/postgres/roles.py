"""CREATE ROLE, ALTER ROLE and DROP ROLE, and who may use them."""

from __future__ import annotations

import re

from breakfix.embedded.programs.postgres.cluster import Cluster
from breakfix.embedded.programs.postgres.errors import SqlError
from breakfix.embedded.programs.postgres.lexer import identifier
from breakfix.embedded.programs.postgres.results import Result

_COMMAND = re.compile(
    r'\s*(create|alter|drop)\s+(?:role|user)\s+(if\s+exists\s+)?("[^"]+"|[^\s;,"]+)(.*)',
    re.IGNORECASE | re.DOTALL,
)
_PASSWORD = re.compile(r"password\s+'((?:[^']|'')*)'", re.IGNORECASE)
_ATTRIBUTES = ("SUPERUSER", "CREATEROLE", "CREATEDB", "LOGIN")
_MAY = {
    "create": "Only roles with the CREATEROLE attribute may create roles.",
    "drop": "Only roles with the CREATEROLE attribute and the ADMIN option on the target roles "
    "may drop roles.",
}  # fmt: skip


def role_command(cluster: Cluster, sql: str, pid: int) -> Result | None:
    """Run it for the session of this process; None for another one. Raises SqlError, OSError."""
    found = _COMMAND.match(sql)
    if found is None:
        return None
    verb, name, rest = found[1].lower(), identifier(found[3]), found[4]
    user = cluster.sessions.get(pid, ("", ""))[1]
    if verb == "drop":
        names = [name, *(identifier(w) for w in re.findall(r'"[^"]+"|[^\s;,"]+', rest))]
        return _drop(cluster, names, bool(found[2]), user)
    if verb == "create":
        _check(cluster, verb, user)
    if verb == "create" and name in cluster.roles:
        raise SqlError("42710", f'role "{name}" already exists')
    if verb == "alter" and name not in cluster.roles:
        raise SqlError("42704", f'role "{name}" does not exist')
    own = {"LOGIN"} if re.match(r"\s*create\s+user\b", sql, re.IGNORECASE) else set[str]()
    _set(cluster, name, rest, cluster.attributes.get(name, own), user)
    return Result(f"{verb.upper()} ROLE")


def _set(cluster: Cluster, name: str, options: str, before: set[str], user: str) -> None:
    """Attributes and password of a role."""
    words = re.sub(r"'(?:[^']|'')*'|\"[^\"]*\"", "", options).upper().replace(";", " ").split()
    changed = {w.removeprefix("NO") for w in words} & set(_ATTRIBUTES)
    after = (before - changed) | (changed & set(words))
    alters = name in cluster.roles
    if alters and changed:
        _check(cluster, "alter", user, name)
    if "SUPERUSER" in after and not _may(cluster, user, "SUPERUSER"):
        what = "alter" if alters else "create"
        detail = f"Only roles with the SUPERUSER attribute may {what} roles with the SUPERUSER " \
            "attribute."  # fmt: skip
        raise SqlError("42501", f"permission denied to {what} role", detail)
    password = _PASSWORD.search(options)
    known = cluster.roles.get(name, "")
    cluster.roles[name] = password[1].replace("''", "'") if password else known
    cluster.attributes[name] = after
    cluster.save_roles()


def _drop(cluster: Cluster, names: list[str], if_exists: bool, user: str) -> Result:
    _check(cluster, "drop", user)
    missing = [name for name in names if name not in cluster.roles]
    if missing and not if_exists:
        raise SqlError("42704", f'role "{missing[0]}" does not exist')
    if user in names:
        raise SqlError("55006", "current user cannot be dropped")
    for name in set(names) - set(missing):
        del cluster.roles[name], cluster.attributes[name]
    cluster.save_roles()
    skipped = f'role "{missing[0]}" does not exist, skipping' if missing else ""
    return Result("DROP ROLE", notice=("NOTICE", skipped) if skipped else None)


def check_create_database(cluster: Cluster, pid: int) -> None:
    """May the session's user create databases? Raises SqlError."""
    if not _may(cluster, cluster.sessions.get(pid, ("", ""))[1], "CREATEDB"):
        raise SqlError("42501", "permission denied to create database")


def _check(cluster: Cluster, verb: str, user: str, name: str = "") -> None:
    """May the user do this with roles? Raises SqlError."""
    if not _may(cluster, user, "CREATEROLE"):
        alter = "Only roles with the CREATEROLE attribute and the ADMIN option on role " \
            f'"{name}" may alter this role.'  # fmt: skip
        detail = _MAY.get(verb, alter)
        raise SqlError("42501", f"permission denied to {verb} role", detail)


def _may(cluster: Cluster, user: str, attribute: str) -> bool:
    """A superuser may do everything, as may the scripts of the image."""
    return not user or bool(cluster.attributes.get(user, set()) & {"SUPERUSER", attribute})
