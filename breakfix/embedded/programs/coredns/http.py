"""CoreDNS's small HTTP servers: health, ready and prometheus."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.network.listening import Port
from breakfix.embedded.network.types import Stream
from breakfix.embedded.programs.coredns.chain import (
    ONCE,
    Next,
    Plugin,
    Query,
    Result,
    SetupError,
    duration,
    listening_address,
)
from breakfix.embedded.programs.coredns.controller import Controller

MAX_HEAD = 16 * 1024
REASONS = {200: "OK", 404: "Not Found", 503: "Service Unavailable"}
Page = Callable[[], tuple[int, str]]


async def serve_page(end: Stream, path: str, page: Page) -> None:
    """Answer requests for one path; everything else is not there."""
    while head := await _head(end):
        method, _, rest = head.partition(" ")
        asked = rest.split(" ", 1)[0].partition("?")[0]
        status, text = page() if asked == path else (404, "404 page not found\n")
        body = text.encode()
        lines = [
            f"HTTP/1.1 {status} {REASONS[status]}", "Content-Type: text/plain; charset=utf-8",
            f"Content-Length: {len(body)}",
        ]  # fmt: skip
        shown = b"" if method == "HEAD" else body
        await end.write("\r\n".join([*lines, "", ""]).encode() + shown)
        if "connection: close" in head.lower() or "HTTP/1.0" in head:
            break
    end.close()


async def _head(end: Stream) -> str:
    data = b""
    while b"\r\n\r\n" not in data and len(data) < MAX_HEAD:
        chunk = await end.read(MAX_HEAD)
        if not chunk:
            return ""
        data += chunk
    return data.decode("latin-1")


class _Http(Plugin):
    """Listens on an address; the server block's queries pass it unchanged."""

    path = "/"
    default = ("", 8080)

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.address = self.default

    def take_address(self, c: Controller) -> None:
        """What stands behind the plugin's name. Raises CorefileError."""
        args = c.rest()
        if len(args) > 1:
            raise c.wrong_args()
        if args:
            self.address = listening_address(args[0])

    def page(self) -> tuple[int, str]:
        """Status and body."""
        return 200, "OK"

    async def _listen(self) -> None:
        host = self.server.process.host

        async def answer(end: Stream) -> None:
            await serve_page(end, self.path, self.page)

        where = {"localhost": "127.0.0.1"}.get(self.address[0], self.address[0])
        try:
            port = host.network.listen(host.space, self.address[1], answer, where or "0.0.0.0")  # noqa: S104
        except OSError as error:
            words = (error.strerror or str(error)).lower()
            shown = f"{self.address[0]}:{self.address[1]}"
            raise SetupError(f"listen tcp {shown}: bind: {words}") from error
        self.server.stopping.append(port.close)

    async def serve(self, query: Query, after: Next) -> Result:
        return await after(query)


class Health(_Http):
    """`health [ADDRESS] { lameduck DURATION }`."""

    name, path = "health", "/health"
    lameduck = 0.0
    shown = ""

    def setup(self, c: Controller) -> None:
        for _ in iter(c.next, False):
            self.take_address(c)
            while c.next_block():
                if c.val != "lameduck":
                    raise c.wrong_args()
                self.shown = c.one()
                try:
                    self.lameduck = duration(self.shown)
                except SetupError as error:
                    words = f"unable to parse lameduck duration value: '{self.shown}' : {error}"
                    raise SetupError(words) from error
        self.server.startup.append(self._listen)


class Ready(_Http):
    """`ready [ADDRESS]`."""

    name, path, default = "ready", "/ready", ("", 8181)

    def setup(self, c: Controller) -> None:
        for _ in iter(c.next, False):
            self.take_address(c)
            while c.next_block():
                c.rest()
        self.server.startup.append(self._listen)

    def page(self) -> tuple[int, str]:
        waiting = ",".join(sorted({n for n, ready in self.server.ready if not ready()}))
        if not waiting:
            return 200, "OK"
        self.server.log("INFO", f'plugin/ready: Still waiting on: "{waiting}"')
        return 503, waiting


class Prometheus(_Http):
    """`prometheus [ADDRESS]`: a few counters."""

    name, path, default = "prometheus", "/metrics", ("localhost", 9153)

    def setup(self, c: Controller) -> None:
        for i, _ in enumerate(iter(c.next, False)):
            if i:
                raise SetupError(ONCE)
            self.take_address(c)
        self.server.startup.append(self._listen)

    def page(self) -> tuple[int, str]:
        lines = [
            "# HELP coredns_build_info A metric with a constant '1' value labeled by version, "
            "revision, and goversion from which CoreDNS was built.",
            "# TYPE coredns_build_info gauge",
            'coredns_build_info{goversion="go1.24.1",revision="707c7c1",version="1.12.1"} 1',
        ]
        for name, kind, words in _METRICS:
            found = [(n, v) for n, v in sorted(self.server.counts.items()) if n.startswith(name)]
            if found:
                lines += [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]
                lines += [f"{n} {v}" for n, v in found]
        return 200, "\n".join([*lines, ""])

    async def serve(self, query: Query, after: Next) -> Result:
        result = await after(query)
        zone = self.zones[0] if self.zones else "."
        common = f'server="dns://{query.server}",view="",zone="{zone}"'
        about = f'{common},proto="{query.proto}",family="1",type="{query.type}"'
        self._count("coredns_dns_requests_total", about)
        rcode = result.message.rcode if result.message else result.rcode
        self._count("coredns_dns_responses_total", f'{common},plugin="",rcode="{rcode}"')
        return result

    def _count(self, name: str, labels: str) -> None:
        key = f"{name}{{{labels}}}"
        self.server.counts[key] = self.server.counts.get(key, 0) + 1


_METRICS = (
    ("coredns_dns_requests_total", "counter",
     "Counter of DNS requests made per zone, protocol and family."),
    ("coredns_dns_responses_total", "counter", "Counter of response status codes."),
)  # fmt: skip
__all__ = ["Health", "Port", "Prometheus", "Ready", "serve_page"]
