"""What nginx refuses of a configuration whose words are all known and in place."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from breakfix.embedded.programs.nginx.config import ConfigError, Directive
from breakfix.embedded.programs.nginx.pcre import check_pattern

_LISTEN = frozenset(["default_server", "default", "ssl", "http2", "quic", "proxy_protocol",
                     "deferred", "reuseport", "bind"])  # fmt: skip
_LISTEN_VALUES = ("setfib=", "fastopen=", "backlog=", "rcvbuf=", "sndbuf=", "accept_filter=",
                  "ipv6only=", "so_keepalive=")  # fmt: skip
_TIMES = frozenset(["proxy_connect_timeout", "proxy_read_timeout", "proxy_send_timeout",
                    "client_body_timeout", "client_header_timeout", "send_timeout",
                    "resolver_timeout", "keepalive_timeout"])  # fmt: skip
_SIZES = frozenset(["client_max_body_size", "client_body_buffer_size", "proxy_buffer_size",
                    "client_header_buffer_size"])  # fmt: skip
_ONCE = _TIMES | _SIZES | frozenset([
    "autoindex", "auth_basic", "auth_basic_user_file", "charset", "daemon", "default_type",
    "events", "gzip", "http", "pid", "proxy_buffering", "proxy_http_version", "proxy_pass",
    "root", "sendfile", "server_tokens", "tcp_nodelay", "tcp_nopush", "user", "worker_connections",
    "worker_processes",
])  # fmt: skip
_TIME = re.compile(r"(\d+(ms|[smhdwMy])?\s*)+")
_PARAMETER = re.compile(r"(weight|max_fails|max_conns)=\d+|fail_timeout=\d\w*|backup|down|"
                        r"slow_start=.+|resolve|service=.+|route=.+")  # fmt: skip


def check(root: Directive) -> None:
    """Look at all directives in turn. Raises ConfigError."""
    _block(root)
    http = root.find("http")
    if http is not None:
        _formats(http)
        _upstreams(http)


def _block(parent: Directive) -> None:
    seen: dict[str, str] = {}
    for found in parent.block or []:
        _once(found, seen)
        test = _TESTS.get(found.name)
        if test is not None and parent.name not in ("map", "types", "geo", "split_clients"):
            test(found, parent)
        if found.name in _TIMES and not _TIME.fullmatch(found.args[0]):
            raise _invalid(found)
        if found.name in _SIZES and not re.fullmatch(r"\d+[kKmMgG]?", found.args[0]):
            raise _invalid(found)
        if found.block is not None and found.name not in ("map", "types", "geo"):
            _block(found)


def _once(found: Directive, seen: dict[str, str]) -> None:
    """Some stand in a block once."""
    name = "root" if found.name == "alias" else found.name
    if name not in _ONCE:
        return
    before = seen.get(name, "")
    if before and before != found.name:
        raise ConfigError(f'"{found.name}" directive is duplicate, "{before}" directive was '
                          f"specified earlier{found.where}")  # fmt: skip
    if before:
        raise ConfigError(f'"{found.name}" directive is duplicate{found.where}')
    seen[name] = found.name


def _invalid(found: Directive) -> ConfigError:
    return ConfigError(f'"{found.name}" directive invalid value{found.where}')


def _parameter(found: Directive, word: str) -> ConfigError:
    return ConfigError(f'invalid parameter "{word}"{found.where}')


def _listen(found: Directive, _parent: Directive) -> None:
    for word in found.args[1:]:
        if word not in _LISTEN and not word.startswith(_LISTEN_VALUES):
            raise _parameter(found, word)


def _return(found: Directive, _parent: Directive) -> None:
    code = found.args[0]
    if re.fullmatch(r"\d{1,3}", code):
        return
    if len(found.args) > 1 or not re.match(r"https?://|\$scheme", code):
        raise ConfigError(f'invalid return code "{code}"{found.where}')


def _error_page(found: Directive, _parent: Directive) -> None:
    for code in found.args[:-1]:
        if code.startswith("=") and code == found.args[-2]:
            continue
        if not code.isdigit():
            raise ConfigError(f'invalid value "{code}"{found.where}')
        if not 300 <= int(code) <= 599:  # noqa: PLR2004
            raise ConfigError(f'value "{code}" must be between 300 and 599{found.where}')


def _access(found: Directive, _parent: Directive) -> None:
    word = found.args[0]
    if word in ("all", "unix:"):
        return
    try:
        ipaddress.ip_network(word, strict=False)
    except ValueError:
        raise _parameter(found, word) from None


def _processes(found: Directive, _parent: Directive) -> None:
    if found.args[0] != "auto" and not found.args[0].isdigit():
        raise _invalid(found)


def _connections(found: Directive, _parent: Directive) -> None:
    if not found.args[0].isdigit():
        raise ConfigError(f'invalid number "{found.args[0]}"{found.where}')


def _location(found: Directive, parent: Directive) -> None:
    inner, outer = found.args[-1], parent.args[-1] if parent.args else ""
    if parent.name != "location" or found.args[0] in ("~", "~*") or len(parent.args) > 1:
        return
    if not inner.startswith(outer):
        raise ConfigError(f'location "{inner}" is outside location "{outer}"{found.where}')


def _proxy_pass(found: Directive, parent: Directive) -> None:
    path = found.args[0].partition("://")[2].partition("/")[1]
    plain = parent.args[0] not in ("~", "~*") and not parent.args[0].startswith("@")
    if path and "$" not in found.args[0] and (parent.name != "location" or not plain):
        raise ConfigError(
            '"proxy_pass" cannot have URI part in location given by regular expression, or '
            f'inside named location, or inside "if" statement, or inside "limit_except" block'
            f"{found.where}"
        )


def check_authority(authority: str, found: Directive) -> None:
    """Host and port of what is proxied to. Raises ConfigError."""
    port = authority.rpartition(":")[2] if ":" in authority else "80"
    if not authority:
        raise ConfigError(f'no host in upstream ""{found.where}')
    if port.isdigit() and not 0 < int(port) < 65536:  # noqa: PLR2004
        raise ConfigError(f'invalid port in upstream "{authority}"{found.where}')


def _resolver(found: Directive, _parent: Directive) -> None:
    if all("=" in word for word in found.args):
        raise ConfigError(f"no name servers defined{found.where}")


def _set(found: Directive, _parent: Directive) -> None:
    if not found.args[0].startswith("$"):
        raise ConfigError(f'invalid variable name "{found.args[0]}"{found.where}')


def _patterns(found: Directive, _parent: Directive) -> None:
    words = [found.args[0]] if found.name == "rewrite" else \
        [a[1:] for a in found.args if a.startswith("~")]  # fmt: skip
    for pattern in words:
        check_pattern(pattern, found)


_TESTS: dict[str, Callable[[Directive, Directive], None]] = {
    "listen": _listen, "return": _return, "error_page": _error_page, "allow": _access,
    "deny": _access, "worker_processes": _processes, "worker_connections": _connections,
    "location": _location, "proxy_pass": _proxy_pass, "set": _set, "rewrite": _patterns,
    "server_name": _patterns, "resolver": _resolver,
}  # fmt: skip


def _formats(http: Directive) -> None:
    names = {"combined"}
    for found in http.all("log_format"):
        if found.args[0] in names:
            raise ConfigError(f'duplicate "log_format" name "{found.args[0]}"{found.where}')
        names.add(found.args[0])
    levels = [http, *http.all("server"),
              *(c for s in http.all("server") for c in s.all("location"))]  # fmt: skip
    for found in (d for level in levels for d in level.all("access_log")):
        word = found.args[1] if len(found.args) > 1 else "combined"
        if "=" not in word and word not in names and found.args[0] != "off":
            raise ConfigError(f'unknown log format "{word}"{found.where}')


def _upstreams(http: Directive) -> None:
    names: set[str] = set()
    for group in http.all("upstream"):
        if group.args[0] in names:
            raise ConfigError(f'duplicate upstream "{group.args[0]}"{group.where}')
        names.add(group.args[0])
        for server in group.all("server"):
            for word in server.args[1:]:
                if not _PARAMETER.fullmatch(word):
                    raise _parameter(server, word)
