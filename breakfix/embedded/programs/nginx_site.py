"""How nginx answers one request."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from breakfix.embedded.network.resolving import ResolveError, Resolver, Settings
from breakfix.embedded.programs.http_messages import Request, Response, http_date
from breakfix.embedded.programs.nginx_config import Directive, seconds
from breakfix.embedded.programs.nginx_proxy import Call, ProxyError, Upstream, passed_on
from breakfix.embedded.programs.nginx_server import Location, Server, _pcre, fill, normal
from breakfix.embedded.programs.nslookup import is_address

if TYPE_CHECKING:
    from breakfix.embedded.programs.nginx import Nginx

_CYCLES = 10
_REASONS = {302: "Moved Temporarily", 405: "Not Allowed", 413: "Request Entity Too Large",
            414: "Request-URI Too Large", 500: "Internal Server Error", 503:
            "Service Temporarily Unavailable", 504: "Gateway Time-out"}  # fmt: skip
_TITLES = {302: "Found"}
_ALWAYS = (200, 201, 204, 206, 301, 302, 303, 304, 307, 308)
NO_ANSWER = 444


def page(status: int, version: str) -> bytes:
    """Nginx's own page of an error or redirect."""
    title = f"{status} {_TITLES.get(status) or words(status)}"
    return (f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}"
            f"</h1></center>\r\n<hr><center>nginx/{version}</center>\r\n</body>\r\n</html>\r\n"
            ).encode()  # fmt: skip


def words(status: int) -> str:
    """What follows the status."""
    from breakfix.embedded.programs.http_messages import reason

    return _REASONS.get(status) or reason(status)


class _Redirect(Exception):  # noqa: N818 - no error
    """Go on with another path inside."""

    def __init__(self, path: str, args: str | None = None, named: str = "") -> None:
        super().__init__(path)
        self.path, self.query, self.named = path, args, named


@dataclass
class Exchange:
    """One request and what is known of it."""

    nginx: Nginx
    server: Server
    request: Request
    number: int
    path: str = ""
    args: str = ""
    own: dict[str, str] = field(default_factory=dict)  # set by `set` and captures
    location: Location | None = None
    response: Response | None = None
    upstream: str = ""
    upstream_status: str = ""
    started: float = 0.0

    # -- variables -----------------------------------------------------------------------

    def value(self, name: str) -> str:
        """A variable's value; "" where it has none."""
        if name in self.own:
            return self.own[name]
        if (known := self.nginx.maps.get(name)) is not None:
            return self.mapped(known)
        if name.startswith("arg_"):
            found = re.search(rf"(?:^|&){re.escape(name[4:])}=([^&]*)", self.args)
            return found[1] if found else ""
        if name.startswith("http_"):
            return self.request.header(name[5:].replace("_", "-"))
        if name.startswith("sent_http_") and self.response:
            return self.response.header(name[10:].replace("_", "-"))
        if name.startswith("cookie_"):
            pattern = rf"(?:^|;\s*){re.escape(name[7:])}=([^;]*)"
            found = re.search(pattern, self.request.header("cookie"))
            return found[1] if found else ""
        simple = _SIMPLE.get(name)
        return simple(self) if simple else ""

    def mapped(self, block: Directive) -> str:
        source = self.fill(block.args[0])
        default = ""
        for entry in block.block or []:
            result = entry.args[0] if entry.args else ""
            if entry.name == "default":
                default = result
            elif entry.name.startswith("~"):
                flags = re.IGNORECASE if entry.name.startswith("~*") else 0
                if re.search(_pcre(entry.name.lstrip("~*")), source, flags):
                    return self.fill(result)
            elif entry.name == source:
                return self.fill(result)
        return self.fill(default)

    def fill(self, text: str) -> str:
        return fill(text, self.value)

    @property
    def host(self) -> str:
        name = self.request.header("host").rpartition(":")
        plain = name[0] if name[2].isdigit() and name[0] else self.request.header("host")
        return plain.lower() or self.server.names[0]

    @property
    def uri_given(self) -> str:
        return self.path + (f"?{self.args}" if self.args else "")

    # -- answering -----------------------------------------------------------------------

    async def answer(self) -> Response:
        """Find the location and do what it says, until there is an answer."""
        self.path, self.args = normal(self.request), self.request.query
        named = ""
        for _ in range(_CYCLES):
            try:
                return await self.once(named)
            except _Redirect as other:
                self.path, named = other.path, other.named
                self.args = self.args if other.query is None else other.query
        await self.log("rewrite or internal redirection cycle while internally redirecting to "
                       f'"{self.path}"')  # fmt: skip
        return await self.failed(self.location or self.server.top, 500)

    async def once(self, named: str = "") -> Response:
        found = self.rewritten(self.server.top)
        if found is not None:
            return await self.finished(self.server.top, found)
        location = self.server.locate(self.path)
        if named:
            location = next(c for c in self.server.top.children if c.pattern == named)
        if location.kind in ("~", "~*"):
            flags = re.IGNORECASE if location.kind == "~*" else 0
            match = re.search(_pcre(location.pattern), self.path, flags)
            if match:
                self.captures(match)
        self.location = location
        found = self.rewritten(location) if location is not self.server.top else None
        response = found or await self.content(location)
        return await self.finished(location, response)

    def captures(self, match: re.Match[str]) -> None:
        self.own |= {str(i + 1): g or "" for i, g in enumerate(match.groups())}
        self.own |= {k: v or "" for k, v in match.groupdict().items()}

    async def finished(self, location: Location, response: Response) -> Response:
        """error_page and add_header."""
        if response.status >= 300 and not response.body and response.status != NO_ANSWER:  # noqa: PLR2004
            response = await self.failed(location, response.status, response)
        for found in location.settings("add_header"):
            always = found.args[-1] == "always" and len(found.args) > 2  # noqa: PLR2004
            value = self.fill(found.args[1])
            if value and (always or response.status in _ALWAYS):
                response.headers.append((found.args[0], value))
        return response

    async def failed(
        self, location: Location, status: int, response: Response | None = None
    ) -> Response:
        for found in location.settings("error_page"):
            codes = [a for a in found.args[:-1] if a.isdigit()]
            if str(status) in codes and "error_page" not in self.own:
                self.own["error_page"] = str(status)
                return await self.error_page(found, status)
        done = response or Response(status=status)
        done.status, done.reason = status, words(status)
        done.headers = [*done.headers, ("Content-Type", "text/html")]
        done.body = page(status, self.nginx.version)
        return done

    async def error_page(self, found: Directive, status: int) -> Response:
        target = found.args[-1]
        changed = next((a[1:] for a in found.args if a.startswith("=")), None)
        if target.startswith("http"):
            code = int(changed) if changed else 302
            return Response([("Location", self.fill(target)), ("Content-Type", "text/html")],
                            page(code, self.nginx.version), code, words(code))  # fmt: skip
        if target.startswith("@"):
            inner = await self.once(target)
        else:
            self.path = self.fill(target)
            inner = await self.answer_again()
        if changed != "" and inner.status == 200:  # noqa: PLR2004
            inner.status = int(changed) if changed else status
            inner.reason = words(inner.status)
        return inner

    async def answer_again(self) -> Response:
        for _ in range(_CYCLES):
            try:
                return await self.once()
            except _Redirect as other:
                self.path = other.path
        return await self.failed(self.server.top, 500)

    # -- rewrite module --------------------------------------------------------------------

    def rewritten(self, level: Location) -> Response | None:
        """set, rewrite, if, return, in their order."""
        return self._rules(level.directive, level)

    def _rules(self, block: Directive, level: Location) -> Response | None:  # noqa: C901 - flat cases
        for rule in block.block or []:
            if rule.name == "set":
                self.own[rule.args[0].lstrip("$")] = self.fill(rule.args[1])
            elif rule.name == "return":
                return self._return(rule, level)
            elif rule.name == "break":
                return None
            elif rule.name == "if" and self._holds(rule.args):
                inner = self._rules(rule, level)
                if inner is not None:
                    return inner
            elif rule.name == "rewrite":
                stop, response = self._rewrite(rule, level)
                if response is not None or stop:
                    return response
        return None

    def _holds(self, args: list[str]) -> bool:
        text = " ".join(args).strip()
        text = text.removeprefix("(").removesuffix(")").strip()
        left, _, rest = text.partition(" ")
        value = self.fill(left)
        if not rest:
            return value not in ("", "0")
        operator, _, right = rest.strip().partition(" ")
        right = right.strip().strip("\"'")
        if operator in ("=", "!="):
            return (value == self.fill(right)) == (operator == "=")
        match = re.search(_pcre(right), value, re.IGNORECASE if "*" in operator else 0)
        if match:
            self.captures(match)
        return (match is not None) != operator.startswith("!")

    def _rewrite(self, rule: Directive, level: Location) -> tuple[bool, Response | None]:
        match = re.search(_pcre(rule.args[0]), self.path)
        if not match:
            return False, None
        self.captures(match)
        target = self.fill(rule.args[1])
        flag = rule.args[2] if len(rule.args) > 2 else ""  # noqa: PLR2004
        if flag in ("redirect", "permanent") or target.startswith(("http://", "https://")):
            return True, self._moved(301 if flag == "permanent" else 302, target)
        path, mark, args = target.partition("?")
        self.args = f"{args}&{self.args}".strip("&") if mark and self.args else args or self.args
        self.path = path
        if flag == "last" and level is not self.server.top:
            raise _Redirect(path)
        return flag in ("last", "break"), None

    def _return(self, rule: Directive, level: Location) -> Response:
        if not rule.args[0].isdigit():
            return self._moved(302, self.fill(rule.args[0]))
        status = int(rule.args[0])
        text = self.fill(rule.args[1]) if len(rule.args) > 1 else None
        if text is not None and status in (301, 302, 303, 307, 308):
            return self._moved(status, text)
        if text is None:
            return Response(status=status, reason=words(status), close=status == NO_ANSWER)
        body = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").encode()
        return Response([("Content-Type", self.kind(level, self.path))], body, status,
                        words(status))  # fmt: skip

    def _moved(self, status: int, target: str) -> Response:
        if target.startswith("/"):
            local = self.request.local[1]
            host = self.request.header("host").partition(":")[0] or self.server.names[0]
            port = "" if local == (443 if self.request.tls else 80) else f":{local}"
            target = f"{'https' if self.request.tls else 'http'}://{host}{port}{target}"
        return Response([("Location", target), ("Content-Type", "text/html")],
                        page(status, self.nginx.version), status, words(status))  # fmt: skip

    # -- content -----------------------------------------------------------------------------

    async def content(self, location: Location) -> Response:
        proxy = location.directive.find("proxy_pass")
        if proxy is None:
            branches = [b for b in location.directive.all("if") if self._holds(b.args)]
            proxy = next((p for b in branches if (p := b.find("proxy_pass"))), None)
        peer = self.request.peer[0]
        denied = any(d.args[0] in ("all", peer) for d in location.settings("deny"))
        if denied and not any(a.args[0] == peer for a in location.settings("allow")):
            await self.log("access forbidden by rule")
            return Response(status=403)
        if proxy is not None:
            return await self.proxied(location, proxy)
        if location.directive.find("stub_status"):
            return Response([("Content-Type", "text/plain")], self.nginx.status())
        if self.request.method not in ("GET", "HEAD"):
            return Response(status=405)
        return await self.static(location)

    async def static(self, location: Location) -> Response:
        tried = location.setting("try_files")
        if tried is not None and tried.args:
            return await self.tried(location, tried)
        return await self.file(location, self.place(location, self.path))

    def place(self, location: Location, path: str) -> str:
        """The file of a path: root, or alias with the rest."""
        alias = location.directive.find("alias")
        if alias is not None:
            rest = "" if location.kind in ("~", "~*") else path[len(location.pattern) :]
            return self.fill(alias.args[0]) + rest
        root = self.fill(location.word("root", "/etc/nginx/html"))
        return posixpath.join("/etc/nginx", root).rstrip("/") + path

    async def tried(self, location: Location, found: Directive) -> Response:
        files = self.nginx.process.files
        for pattern in found.args[:-1]:
            path = self.fill(pattern)
            full = self.place(location, path)
            if files.exists(full) and files.is_dir(full) == path.endswith("/"):
                self.path = path
                return await self.file(location, full)
        last = self.fill(found.args[-1])
        if last.startswith("="):
            return Response(status=int(last[1:]))
        if last.startswith("@"):
            raise _Redirect(self.path, named=last)
        path, mark, args = last.partition("?")
        if self.own.get("tried") == path:
            return await self.file(location, self.place(location, path))
        self.own["tried"] = path
        raise _Redirect(path, args if mark else None)

    async def file(self, location: Location, full: str) -> Response:
        files = self.nginx.process.files
        if self.path.endswith("/"):
            return await self.index(location, full)
        if files.is_dir(full):
            return self._moved(301, self.path + "/" + (f"?{self.args}" if self.args else ""))
        try:
            body = files.read(full)
        except OSError as error:
            await self.log(f'open() "{full}" failed ({error.errno}: {error.strerror})')
            return Response(status=403 if isinstance(error, PermissionError) else 404)
        stat = getattr(files, "stat", None)
        changed = int(stat(full).mtime) if stat else 0
        headers = [
            ("Content-Type", self.kind(location, full)), ("Content-Length", str(len(body))),
            ("Last-Modified", http_date(datetime.fromtimestamp(changed, UTC))),
            ("Connection", "keep-alive" if self.request.keeps else "close"),
            ("ETag", f'"{changed:x}-{len(body):x}"'), ("Accept-Ranges", "bytes"),
        ]  # fmt: skip
        return Response(headers, body)

    async def index(self, location: Location, full: str) -> Response:
        files = self.nginx.process.files
        found = location.setting("index")
        names = found.args if found else ["index.html"]
        for name in names:
            if files.exists(full + name):
                raise_to = self.path + name
                inner = self.server.locate(raise_to)
                if inner is not location and self.own.get("indexed") != raise_to:
                    self.own["indexed"] = raise_to
                    raise _Redirect(raise_to)
                self.path = raise_to
                return await self.file(location, full + name)
        if not files.is_dir(full):
            await self.log(f'"{full}{names[-1]}" is not found (2: No such file or directory)')
            return Response(status=404)
        if location.word("autoindex") == "on":
            return self.listing(full)
        await self.log(f'directory index of "{full}" is forbidden')
        return Response(status=403)

    def listing(self, full: str) -> Response:
        files = self.nginx.process.files
        title = f"Index of {self.path}"
        names = sorted(n + ("/" if files.is_dir(full + n) else "") for n in files.list(full))
        rows = "".join(f'<a href="{n}">{n}</a>\r\n' for n in names)
        body = (
            f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1><hr>"
            f'<pre><a href="../">../</a>\r\n{rows}</pre><hr></body>\r\n</html>\r\n'
        )
        return Response([("Content-Type", "text/html")], body.encode())

    def kind(self, location: Location, path: str) -> str:
        extension = posixpath.splitext(path)[1].lstrip(".").lower()
        found = self.nginx.types.get(extension) if extension else None
        return found or location.word("default_type", "text/plain")

    # -- proxying ----------------------------------------------------------------------------

    async def proxied(self, location: Location, rule: Directive) -> Response:
        target = self.fill(rule.args[0])
        scheme, _, rest = target.partition("://")
        authority, slash, uri = rest.partition("/")
        path = self.proxy_uri(location, rule, slash + uri)
        request = self.passed(location, authority, path)
        try:
            servers = await self.servers(authority, 443 if scheme == "https" else 80)
        except ResolveError as error:
            why = (
                "110: Operation timed out"
                if error.outcome in ("TIMEOUT", "UNREACHABLE")
                else "2: Server failure"
                if error.outcome == "SERVFAIL"
                else "3: Host not found"
            )
            await self.log(f"{error.name} could not be resolved ({why})")
            return Response(status=502)
        call = Call(self.nginx.process, request, scheme, path,
                    self.time(location, "proxy_connect_timeout"),
                    self.time(location, "proxy_read_timeout"))  # fmt: skip
        return await self.called(location, call, servers)

    def time(self, location: Location, name: str) -> float:
        return seconds(location.word(name, "60s"))

    def proxy_uri(self, location: Location, rule: Directive, uri: str) -> str:
        tail = f"?{self.args}" if self.args else ""
        if "$" in rule.args[0]:
            return uri or self.path + tail
        if not uri or location.kind in ("~", "~*"):
            original = self.request.target if self.path == normal(self.request) else ""
            return original or self.path + tail
        return uri + self.path[len(location.pattern) :] + tail

    def passed(self, location: Location, authority: str, path: str) -> Request:
        given = [d.args for d in location.settings("proxy_set_header")]
        version = location.word("proxy_http_version", "1.0")
        self.own |= {"proxy_host": authority}
        known = {a[0].lower() for a in given}
        headers = [(a[0], self.fill(a[1])) for a in given]
        if "host" not in known:
            headers.insert(0, ("Host", authority))
        if "connection" not in known:
            headers.append(("Connection", "close"))
        skipped = known | {"host", "connection", "keep-alive", "content-length",
                           "transfer-encoding"}  # fmt: skip
        headers += [h for h in self.request.headers if h[0].lower() not in skipped]
        return Request([h for h in headers if h[1]], self.request.body, self.request.method, path,
                       f"HTTP/{version}")  # fmt: skip

    async def servers(self, authority: str, port: int) -> list[tuple[str, int]]:
        """Raises ResolveError."""
        if group := self.nginx.upstreams.get(authority):
            return group.order()
        host, colon, number = authority.rpartition(":")
        if not colon or not number.isdigit():
            host, number = authority, str(port)
        if is_address(host):
            return [(host, int(number))]
        if known := self.nginx.known.get(authority):
            return known
        found = await self.nginx.resolve(host, self.location or self.server.top)
        return [(a, int(number)) for a in found]

    async def called(
        self, location: Location, call: Call, servers: list[tuple[str, int]]
    ) -> Response:
        status = 502
        for address, port in servers:
            shown = f'upstream: "{call.scheme}://{address}:{port}{call.uri}"'
            self.upstream = f"{address}:{port}"
            try:
                response = passed_on(await call.once(address, port))
            except ProxyError as error:
                status = error.status
                self.upstream_status = str(status)
                await self.log(error.words, extra=shown)
                if len(servers) > 1:
                    await self.log("upstream server temporarily disabled while connecting to "
                                   "upstream", "warn", shown)  # fmt: skip
                continue
            self.upstream_status = str(response.status)
            if response.status >= 300 and location.word("proxy_intercept_errors") == "on":  # noqa: PLR2004
                return Response(status=response.status)
            response.body = response.body or b""
            if response.status >= 300 and not response.body:  # noqa: PLR2004 - none of our pages
                response.headers.append(("Content-Length", "0"))
                response.headers = list(response.headers)
                self.own["passed"] = "1"
            return response
        return Response(status=status)

    # -- logs --------------------------------------------------------------------------------

    async def log(self, text: str, level: str = "error", extra: str = "") -> None:
        """A line in the error log, with the request's facts."""
        request = self.request
        facts = [f"client: {request.peer[0]}", f"server: {self.server.names[0]}",
                 f'request: "{request.method} {request.target} {request.version}"']  # fmt: skip
        facts += [extra] if extra else []
        facts += [f'host: "{request.header("host")}"'] if request.has("host") else []
        await self.nginx.log(level, f"*{self.number} {text}, {', '.join(facts)}", worker=True)


def _now(x: Exchange) -> datetime:
    return x.nginx.process.host.clock.now()


_SIMPLE: dict[str, Callable[[Exchange], str]] = {
    "uri": lambda x: x.path, "document_uri": lambda x: x.path, "args": lambda x: x.args,
    "query_string": lambda x: x.args, "is_args": lambda x: "?" if x.args else "",
    "request_uri": lambda x: x.request.target, "request_method": lambda x: x.request.method,
    "scheme": lambda x: "https" if x.request.tls else "http", "host": lambda x: x.host,
    "https": lambda x: "on" if x.request.tls else "",
    "hostname": lambda x: x.nginx.process.host.hostname,
    "server_name": lambda x: x.server.names[0], "server_port": lambda x: str(x.request.local[1]),
    "server_addr": lambda x: x.request.local[0], "server_protocol": lambda x: x.request.version,
    "remote_addr": lambda x: x.request.peer[0], "remote_port": lambda x: str(x.request.peer[1]),
    "request": lambda x: f"{x.request.method} {x.request.target} {x.request.version}",
    "status": lambda x: str(x.response.status) if x.response else "",
    "body_bytes_sent": lambda x: str(
        len(x.response.body) if x.response and x.request.method != "HEAD" else 0),
    "bytes_sent": lambda x: str(len(x.response.body) if x.response else 0),
    "time_local": lambda x: _now(x).strftime("%d/%b/%Y:%H:%M:%S +0000"),
    "time_iso8601": lambda x: _now(x).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
    "msec": lambda x: f"{_now(x).timestamp():.3f}",
    "request_time": lambda x: f"{x.nginx.process.host.clock.monotonic() - x.started:.3f}",
    "upstream_response_time": lambda x: (
        f"{x.nginx.process.host.clock.monotonic() - x.started:.3f}" if x.upstream else ""),
    "upstream_addr": lambda x: x.upstream, "upstream_status": lambda x: x.upstream_status,
    "request_length": lambda x: str(len(x.request.body)), "connection": lambda x: str(x.number),
    "request_body": lambda x: x.request.body.decode(errors="replace"),
    "content_type": lambda x: x.request.header("content-type"),
    "content_length": lambda x: x.request.header("content-length"),
    "nginx_version": lambda x: x.nginx.version, "pid": lambda x: str(x.nginx.process.pid),
    "proxy_add_x_forwarded_for": lambda x: ", ".join(
        p for p in (x.request.header("x-forwarded-for"), x.request.peer[0]) if p),
    "document_root": lambda x: x.fill((x.location or x.server.top).word("root", "html")),
    "request_filename": lambda x: x.place(x.location or x.server.top, x.path),
    "request_id": lambda x: f"{x.number:032x}",
}  # fmt: skip
__all__ = ["Exchange", "Resolver", "Settings", "Upstream", "page"]
