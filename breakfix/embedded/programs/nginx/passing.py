"""Requests that nginx passes on: proxy_pass."""

from __future__ import annotations

from breakfix.embedded.network.resolving import ResolveError, is_address
from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.nginx.config import Directive, seconds
from breakfix.embedded.programs.nginx.exchange import Exchange
from breakfix.embedded.programs.nginx.location import Location, normal
from breakfix.embedded.programs.nginx.proxy import Call, ProxyError, passed_on

_UNRESOLVED = {
    "TIMEOUT": "110: Operation timed out", "UNREACHABLE": "110: Operation timed out",
    "SERVFAIL": "2: Server failure",
}  # fmt: skip


async def proxied(x: Exchange, location: Location, rule: Directive) -> Response:
    """What the other server answers; 502 and 504 where none does."""
    target = x.fill(rule.args[0])
    scheme, _, rest = target.partition("://")
    authority, slash, uri = rest.partition("/")
    path = _uri(x, location, rule, slash + uri)
    request = _passed(x, location, authority, path)
    try:
        servers = await _servers(x, authority, 443 if scheme == "https" else 80)
    except ResolveError as error:
        why = _UNRESOLVED.get(error.outcome, "3: Host not found")
        await x.log(f"{error.name} could not be resolved ({why})")
        return Response(status=502)
    call = Call(x.nginx.process, request, scheme, path,
                _time(location, "proxy_connect_timeout"),
                _time(location, "proxy_read_timeout"))  # fmt: skip
    return await _called(x, location, call, servers)


def _time(location: Location, name: str) -> float:
    return seconds(location.word(name, "60s"))


def _uri(x: Exchange, location: Location, rule: Directive, uri: str) -> str:
    tail = f"?{x.args}" if x.args else ""
    if "$" in rule.args[0]:
        return uri or x.path + tail
    if not uri or location.kind in ("~", "~*"):
        original = x.request.target if x.path == normal(x.request) else ""
        return original or x.path + tail
    return uri + x.path[len(location.pattern) :] + tail


def _passed(x: Exchange, location: Location, authority: str, path: str) -> Request:
    given = [d.args for d in location.settings("proxy_set_header")]
    version = location.word("proxy_http_version", "1.0")
    x.own |= {"proxy_host": authority}
    known = {a[0].lower() for a in given}
    headers = [(a[0], x.fill(a[1])) for a in given]
    if "host" not in known:
        headers.insert(0, ("Host", authority))
    if "connection" not in known:
        headers.append(("Connection", "close"))
    skipped = known | {"host", "connection", "keep-alive", "content-length",
                       "transfer-encoding"}  # fmt: skip
    headers += [h for h in x.request.headers if h[0].lower() not in skipped]
    return Request([h for h in headers if h[1]], x.request.body, x.request.method, path,
                   f"HTTP/{version}")  # fmt: skip


async def _servers(x: Exchange, authority: str, port: int) -> list[tuple[str, int]]:
    """Raises ResolveError."""
    if group := x.nginx.group(x, authority):
        return group.order()
    host, colon, number = authority.rpartition(":")
    if not colon or not number.isdigit():
        host, number = authority, str(port)
    if is_address(host):
        return [(host, int(number))]
    if known := x.nginx.cycle.known.get(authority):
        return known
    found = await x.nginx.resolver.resolve(host, x.location or x.server.top)
    return [(a, int(number)) for a in found]


async def _called(
    x: Exchange, location: Location, call: Call, servers: list[tuple[str, int]]
) -> Response:
    status = 502 if servers else 503
    tried: list[str] = []
    for address, port in servers:
        shown = f'upstream: "{call.scheme}://{address}:{port}{call.uri}"'
        tried.append(f"{address}:{port}")
        x.upstream = ", ".join(tried)
        before = x.upstream_status and f"{x.upstream_status}, "
        x.upstream_length = ", ".join("0" for _ in tried)
        try:
            response = passed_on(await call.once(address, port))
        except ProxyError as error:
            status = error.status
            x.upstream_status = f"{before}{status}"
            await x.log(error.words, extra=shown)
            if len(set(servers)) > 1:
                words = "upstream server temporarily disabled while connecting to upstream"
                await x.log(words, "warn", shown)
            continue
        x.upstream_status = f"{before}{response.status}"
        x.upstream_length = ", ".join([*("0" for _ in tried[1:]), str(len(response.body or b""))])
        if response.status >= 300 and location.word("proxy_intercept_errors") == "on":  # noqa: PLR2004
            return Response(status=response.status)
        response.body = response.body or b""
        if response.status >= 300 and not response.body:  # noqa: PLR2004 - none of our pages
            response.headers.append(("Content-Length", "0"))
            x.passed = True
        return response
    return Response(status=status)
