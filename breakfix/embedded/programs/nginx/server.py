"""nginx's servers, locations and variables."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from breakfix.embedded.programs.http.messages import Request
from breakfix.embedded.programs.nginx.config import ConfigError, Directive

COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent"'
)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_KNOWN = frozenset(
    [
        "args",
        "arg_",
        "body_bytes_sent",
        "bytes_sent",
        "connection",
        "content_length",
        "content_type",
        "cookie_",
        "document_root",
        "document_uri",
        "host",
        "hostname",
        "http_",
        "https",
        "is_args",
        "limit_rate",
        "msec",
        "nginx_version",
        "pid",
        "pipe",
        "proxy_host",
        "proxy_port",
        "proxy_add_x_forwarded_for",
        "query_string",
        "realpath_root",
        "remote_addr",
        "remote_port",
        "remote_user",
        "request",
        "request_body",
        "request_filename",
        "request_id",
        "request_length",
        "request_method",
        "request_time",
        "request_uri",
        "scheme",
        "sent_http_",
        "server_addr",
        "server_name",
        "server_port",
        "server_protocol",
        "status",
        "time_iso8601",
        "time_local",
        "uri",
        "upstream_addr",
        "upstream_response_length",
        "upstream_response_time",
        "upstream_status",
        "upstream_http_",
        "upstream_connect_time",
        "upstream_header_time",
        "upstream_cache_status",
        "ssl_protocol",
        "ssl_cipher",
        "ssl_client_verify",
        "ssl_client_s_dn",
        "uid_got",
        "uid_set",
        "tcpinfo_rtt",
        "connection_requests",
        "server_protocol",
        "http2",
        "binary_remote_addr",
        "proxy_protocol_addr",
    ]
)


@dataclass(eq=False)
class Location:
    """A location (or a server's own level) with the settings that it inherits."""

    directive: Directive
    kind: str = ""  # "", "=", "^~", "~", "~*"
    pattern: str = ""
    parents: list[Directive] = field(default_factory=list)  # inner ones first
    children: list[Location] = field(default_factory=list)

    def setting(self, name: str) -> Directive | None:
        """The nearest directive of this name."""
        for level in (self.directive, *self.parents):
            if found := level.find(name):
                return found
        return None

    def settings(self, name: str) -> list[Directive]:
        """All of the nearest level that has any."""
        for level in (self.directive, *self.parents):
            if found := level.all(name):
                return found
        return []

    def word(self, name: str, default: str = "") -> str:
        """The first argument of a setting."""
        found = self.setting(name)
        return found.args[0] if found and found.args else default

    def matches(self, path: str) -> bool:
        """Does its regular expression match?"""
        flags = re.IGNORECASE if self.kind == "~*" else 0
        return re.search(pcre(self.pattern), path, flags) is not None


def pcre(pattern: str) -> str:
    """A pattern of nginx as one of Python."""
    return re.sub(r"\(\?<(?![=!])", "(?P<", pattern)


@dataclass(eq=False)
class Server:
    """A server block."""

    directive: Directive
    top: Location
    listens: list[tuple[str, int, bool, bool]]  # address, port, default, ssl
    names: list[str]

    def locate(self, path: str) -> Location:
        """The location of a path, as nginx finds it."""
        return _locate(self.top, path) or self.top

    def named(self, host: str) -> int:
        """How well a Host fits: 4 exact, 3 and 2 wildcards, 1 a pattern, 0 not."""
        return max((_fit(name, host) for name in self.names), default=0)


def _fit(name: str, host: str) -> int:
    if name == host:
        return 4
    if name.startswith(("*.", ".")) and (host.endswith(name.lstrip("*")) or host == name[1:]):
        return 3
    if name.endswith(".*") and host.startswith(name[:-1]):
        return 2
    return int(name.startswith("~") and bool(re.search(pcre(name[1:]), host)))


def _locate(parent: Location, path: str) -> Location | None:
    prefixes = [c for c in parent.children if c.kind in ("", "^~") and path.startswith(c.pattern)]
    for child in parent.children:
        if child.kind == "=" and child.pattern == path:
            return child
    best = max(prefixes, key=lambda c: len(c.pattern), default=None)
    inner = _locate(best, path) if best else None
    if inner is not None and inner.kind in ("=", "^~", "~", "~*"):
        return inner
    if best is None or best.kind != "^~":
        for child in parent.children:
            if child.kind in ("~", "~*") and child.matches(path):
                return _locate(child, path) or child
    return inner or best


def read_servers(http: Directive) -> list[Server]:
    """The server blocks. Raises ConfigError."""
    return [_server(d, http) for d in http.all("server")]


def one_default_each(servers: list[Server]) -> None:
    """Raises ConfigError for an address with two default servers."""
    defaults: set[tuple[str, int]] = set()
    for server in servers:
        for address, port, default, _ in server.listens:
            if default and (address, port) in defaults:
                where = next(d.where for d in server.directive.all("listen")
                             if "default_server" in d.args or "default" in d.args)  # fmt: skip
                raise ConfigError(f"a duplicate default server for {address}:{port}{where}")
            defaults |= {(address, port)} if default else set()


def same_names(servers: list[Server]) -> list[str]:
    """Warnings of names that two servers of one address have."""
    taken: dict[tuple[str, int], set[str]] = {}
    found = []
    for server in servers:
        for address, port, _, _ in server.listens:
            known = taken.setdefault((address, port), set())
            found += [f'conflicting server name "{name}" on {address}:{port}, ignored'
                      for name in dict.fromkeys(server.names) if name in known]  # fmt: skip
            known.update(server.names)
    return found


def _server(directive: Directive, http: Directive) -> Server:
    top = Location(directive, parents=[http])
    _locations(top, directive, [directive, http])
    listens: list[tuple[str, int, bool, bool]] = []
    for found in directive.all("listen"):
        listen = _listen(found)
        if listen is None:
            continue
        if any(listen[:2] == known[:2] for known in listens):
            words = f"a duplicate listen {found.args[0]}"
            if found.args[0].isdigit():
                words = f"a duplicate listen 0.0.0.0:{found.args[0]}"
            raise ConfigError(f"{words}{found.where}")
        listens.append(listen)
    if not directive.all("listen"):
        listens.append(("0.0.0.0", 80, False, False))  # noqa: S104 - inside
    names = [a for d in directive.all("server_name") for a in d.args]
    return Server(directive, top, listens, names or [""])


def _listen(found: Directive) -> tuple[str, int, bool, bool] | None:
    word = found.args[0]
    if word.startswith("unix:"):
        return None
    options = found.args[1:]
    default, ssl = "default_server" in options or "default" in options, "ssl" in options
    address, colon, port = word.rpartition(":")
    if word.startswith("["):
        return None if word.startswith("[::]") else ("::1", 80, default, ssl)
    if not colon:
        if word.isdigit():
            address, port = "0.0.0.0", word  # noqa: S104 - inside
        elif re.fullmatch(r"[\d.]+|\*|localhost", word):
            address, port = word, "80"
        else:
            raise ConfigError(f'host not found in "{word}" of the "listen" directive{found.where}')
    if not port.isdigit() or not 0 < int(port) < 65536:  # noqa: PLR2004
        raise ConfigError(f'invalid port in "{word}" of the "listen" directive{found.where}')
    address = {"*": "0.0.0.0", "localhost": "127.0.0.1"}.get(address, address)  # noqa: S104
    return address, int(port), default, ssl


def _locations(parent: Location, directive: Directive, parents: list[Directive]) -> None:
    for found in directive.all("location"):
        kind, pattern = _pattern(found)
        location = Location(found, kind, pattern, parents)
        if any((c.kind in ("~", "~*"), c.kind == "=", c.pattern)
               == (kind in ("~", "~*"), kind == "=", pattern)
               for c in parent.children) and kind not in ("~", "~*"):  # fmt: skip
            raise ConfigError(f'duplicate location "{pattern}"{found.where}')
        parent.children.append(location)
        _locations(location, found, [found, *parents])


def _pattern(found: Directive) -> tuple[str, str]:
    args = found.args
    if len(args) > 1:
        if args[0] not in ("=", "^~", "~", "~*"):
            raise ConfigError(f'invalid location modifier "{args[0]}"{found.where}')
        kind, pattern = args[0], args[1]
    else:
        kind, pattern = next(
            ((k, args[0][len(k):]) for k in ("=", "^~", "~*", "~") if args[0].startswith(k)),
            ("", args[0]),
        )  # fmt: skip
    if kind in ("~", "~*"):
        try:
            re.compile(pcre(pattern))
        except re.error as error:
            raise ConfigError(bad_pattern(error, pattern, found)) from None
    return kind, pattern


_PCRE = {
    "missing ), unterminated subpattern": ("missing closing parenthesis", False),
    "unbalanced parenthesis": ("unmatched closing parenthesis", True),
    "nothing to repeat": ("quantifier does not follow a repeatable item", True),
    "multiple repeat": ("quantifier does not follow a repeatable item", True),
    "unterminated character set": ("missing terminating ] for character class", False),
}


def bad_pattern(error: re.error, pattern: str, found: Directive) -> str:
    """How PCRE has it."""
    words, placed = _PCRE.get(error.msg, (error.msg, False))
    at = f' at "{pattern[error.pos or 0 :]}"' if placed else ""
    return f'pcre2_compile() failed: {words} in "{pattern}"{at}{found.where}'


def known_variable(name: str, own: set[str]) -> bool:
    """Is there such a variable?"""
    if name in own or name in _KNOWN or name.isdigit():
        return True
    prefixes = ("arg_", "http_", "cookie_", "sent_http_", "upstream_http_", "jwt_", "ssl_")
    return name.startswith(prefixes)


def variables_of(text: str) -> list[str]:
    """The names of the variables in a value."""
    return [m[1] or m[2] for m in _VARIABLE.finditer(text)]


def fill(text: str, value: Callable[[str], str]) -> str:
    """Put the values of variables in."""
    return _VARIABLE.sub(lambda m: value(m[1] or m[2]), text)


def normal(request: Request) -> str:
    """The path as locations see it."""
    path = re.sub(r"/+", "/", request.path) or "/"
    tail = "/" if path.endswith(("/", "/.", "/..")) and path != "/" else ""
    found = posixpath.normpath(path)
    return found + tail if found != "/" else "/"
