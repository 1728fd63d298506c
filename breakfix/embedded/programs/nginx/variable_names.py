"""Which variables nginx has, and texts that hold them."""

from __future__ import annotations

import re
from collections.abc import Callable

from breakfix.embedded.programs.nginx.config import ConfigError, Directive, walk

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_KNOWN = frozenset([
    "args", "arg_", "body_bytes_sent", "bytes_sent", "connection", "content_length",
    "content_type", "cookie_", "document_root", "document_uri", "host", "hostname", "http_",
    "https", "is_args", "limit_rate", "msec", "nginx_version", "pid", "pipe", "proxy_host",
    "proxy_port", "proxy_add_x_forwarded_for", "query_string", "realpath_root", "remote_addr",
    "remote_port", "remote_user", "request", "request_body", "request_filename", "request_id",
    "request_length", "request_method", "request_time", "request_uri", "scheme", "sent_http_",
    "server_addr", "server_name", "server_port", "server_protocol", "status", "time_iso8601",
    "time_local", "uri", "upstream_addr", "upstream_response_length", "upstream_response_time",
    "upstream_status", "upstream_http_", "upstream_connect_time", "upstream_header_time",
    "upstream_cache_status", "ssl_protocol", "ssl_cipher", "ssl_client_verify", "ssl_client_s_dn",
    "uid_got", "uid_set", "tcpinfo_rtt", "connection_requests", "http2", "binary_remote_addr",
    "proxy_protocol_addr",
])  # fmt: skip
_PREFIXES = ("arg_", "http_", "cookie_", "sent_http_", "upstream_http_", "jwt_", "ssl_")
_PATTERNED = ("location", "server_name", "rewrite", "if")  # may capture groups


def fill(text: str, value: Callable[[str], str]) -> str:
    """Put the values of variables in."""
    return _VARIABLE.sub(lambda m: value(m[1] or m[2]), text)


def check_variables(http: Directive, own: set[str]) -> None:
    """Is each variable that is used known? `own`: those of maps. Raises ConfigError."""
    names: list[str] = []

    def look(found: Directive) -> None:
        if found.name == "set":
            own.add(found.args[0].lstrip("$"))
        if found.name in _PATTERNED:
            own.update(name for text in found.args for name in _groups(text))
            return
        for text in found.args:
            names.extend(_variables_of(text))

    walk(http, look)
    for name in names:
        if not _is_known(name, own):
            raise ConfigError(f'unknown "{name}" variable')


def _groups(pattern: str) -> list[str]:
    """The names of its groups."""
    parts = pattern.split("(?<")[1:] + pattern.split("(?P<")[1:]
    return [part.split(">")[0] for part in parts]


def _variables_of(text: str) -> list[str]:
    return [m[1] or m[2] for m in _VARIABLE.finditer(text)]


def _is_known(name: str, own: set[str]) -> bool:
    return name in own or name in _KNOWN or name.isdigit() or name.startswith(_PREFIXES)
