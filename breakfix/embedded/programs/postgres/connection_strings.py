"""libpq's connection strings: keywords with values, and URIs."""

from __future__ import annotations

import re
from urllib.parse import unquote

_KEYWORDS = frozenset(
    ["application_name", "channel_binding", "client_encoding", "connect_timeout", "dbname",
     "fallback_application_name", "gssencmode", "gssdelegation", "gsslib", "host", "hostaddr",
     "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname",
     "load_balance_hosts", "options", "passfile", "password", "port", "replication",
     "require_auth", "requirepeer", "requiressl", "service", "sslcert", "sslcertmode",
     "sslcompression", "sslcrl", "sslcrldir", "sslkey", "sslmode", "sslpassword", "sslrootcert",
     "sslsni", "ssl_max_protocol_version", "ssl_min_protocol_version", "target_session_attrs",
     "tcp_user_timeout", "user"])  # fmt: skip
_PAIR = re.compile(r"\s*([^\s=]+)\s*(=?)\s*('(?:[^'\\]|\\.)*'?|(?:[^\s\\]|\\.)*)", re.DOTALL)
_URI = re.compile(r"postgres(?:ql)?://(?:([^:@/?]*)(?::([^@/]*))?@)?(\[[^\]]*\]|[^:/?\[]*)"
                  r"(?::([^/?]*))?(?:/([^?]*))?(?:\?(.*))?", re.DOTALL)  # fmt: skip


class ConninfoError(Exception):
    """What is wrong with connection parameters, in libpq's words."""


def integer(text: str, option: str) -> int:
    """An option's value. Raises ConninfoError."""
    try:
        return int(text if re.fullmatch(r"\s*[+-]?\d+\s*", text) else "")
    except ValueError:
        words = f'invalid integer value "{text}" for connection option "{option}"'
        raise ConninfoError(words) from None


def parameters(text: str) -> dict[str, str]:
    """Those of a connection string or URI; none of a plain database's name.

    Raises ConninfoError.
    """
    if text.startswith(("postgres://", "postgresql://")):
        return _of_uri(text)
    return _of_keywords(text) if "=" in text else {}


def _of_keywords(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in _PAIR.finditer(text):
        name, mark, value = pair.groups()
        if not mark:
            raise ConninfoError(f'missing "=" after "{name}" in connection info string')
        if value.startswith("'"):
            if len(value) == 1 or not value.endswith("'"):
                raise ConninfoError("unterminated quoted string in connection info string")
            value = value[1:-1]
        if name not in _KEYWORDS:
            raise ConninfoError(f'invalid connection option "{name}"')
        found[name] = re.sub(r"\\(.)", r"\1", value)
    return found


def _of_uri(text: str) -> dict[str, str]:
    parts = _URI.fullmatch(text)
    if parts is None:
        raise ConninfoError(
            'end of string reached when looking for matching "]" in IPv6 host address in URI: '
            f'"{text}"'
        )
    names = ("user", "password", "host", "port", "dbname")
    given = {n: unquote(v) for n, v in zip(names, parts.groups(), strict=False) if v}
    if "host" in given:
        given["host"] = given["host"].strip("[]").split(",")[0]
    return given | _of_query(parts[6] or "")


def _of_query(text: str) -> dict[str, str]:
    """The parameters behind a URI's question mark."""
    found: dict[str, str] = {}
    for pair in text.split("&") if text else []:
        name, mark, value = pair.partition("=")
        if not mark:
            words = f'missing key/value separator "=" in URI query parameter: "{name}"'
            raise ConninfoError(words)
        if "=" in value:
            raise ConninfoError(f'extra key/value separator "=" in URI query parameter: "{name}"')
        if name not in _KEYWORDS and name != "ssl":
            raise ConninfoError(f'invalid URI query parameter: "{name}"')
        found[unquote(name)] = unquote(value)
    return found
