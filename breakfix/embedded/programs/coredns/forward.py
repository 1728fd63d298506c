"""CoreDNS's forward plugin: other name servers are asked."""

from __future__ import annotations

from breakfix.embedded.network.dns_messages import Message, decode, encode, frame
from breakfix.embedded.network.dns_records import DnsFormatError
from breakfix.embedded.network.resolv_conf import read_resolv_conf
from breakfix.embedded.network.resolving import is_address, read_framed
from breakfix.embedded.network.types import NetworkError, RefusedError
from breakfix.embedded.programs.coredns.chain import (
    Next,
    Plugin,
    Query,
    Result,
    SetupError,
    normalized,
)
from breakfix.embedded.programs.coredns.controller import Controller
from breakfix.embedded.programs.coredns.forward_route import Route, Upstream, set_option

DEADLINE, READ_TIMEOUT, PAUSE = 5.0, 2.0, 0.1  # s
MAX_UPSTREAMS = 15
MAX_WAITING = 1000  # forwarded queries of one plugin; more would be a loop


class Forward(Plugin):
    """`forward FROM TO... { except, policy, max_fails, ... }`; several may stand in a block."""

    name = "forward"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.routes: list[Route] = []

    def setup(self, c: Controller) -> None:
        for _ in iter(c.next, False):
            if not c.next_arg():
                raise c.wrong_args()
            route = Route(normalized([c.val])[0])
            for text in c.some():
                route.upstreams += self._upstreams(text)
            if len(route.upstreams) > MAX_UPSTREAMS:
                words = f"more than {MAX_UPSTREAMS} TOs configured: {len(route.upstreams)}"
                raise SetupError(words)
            while c.next_block():
                set_option(c, route)
            self.routes.append(route)

    def _upstreams(self, text: str) -> list[Upstream]:
        for scheme in ("dns://", "tls://"):
            text = text.removeprefix(scheme)
        scheme = text.partition("://")[0]
        if scheme in ("grpc", "https", "quic"):
            raise SetupError(
                f"'{scheme}' is not supported as a destination protocol in forward: {text}"
            )
        host, port = _split(text)
        if is_address(host):
            return [Upstream(host, port)]
        try:
            found = read_resolv_conf(self.server.file(text)).nameservers
        except OSError:
            raise SetupError(f'not an IP address or file: "{text}"') from None
        if not found:
            raise SetupError(f'no nameservers found in "{text}"')
        return [Upstream(address, 53) for address in found]

    async def serve(self, query: Query, after: Next) -> Result:
        for route in self.routes:
            if route.takes(query.name):
                return await self._forwarded(route, query)
        return await after(query)

    async def _forwarded(self, route: Route, query: Query) -> Result:
        if route.limit and route.waiting >= route.limit:
            words = f"concurrent queries exceeded maximum {route.limit}"
            return Result(rcode="REFUSED", error=words)
        if route.waiting >= MAX_WAITING:
            return Result(rcode="SERVFAIL", error="no healthy proxies")
        route.waiting += 1
        try:
            return await self._ask_in_turn(route, query)
        finally:
            route.waiting -= 1

    async def _ask_in_turn(self, route: Route, query: Query) -> Result:
        clock, error = self.server.clock, "no healthy proxies"
        deadline = clock.monotonic() + DEADLINE
        while clock.monotonic() < deadline:
            listed = route.listed(self.server.random)
            usable = [u for u in listed if not route.is_down(u)]
            if not usable and route.failfast:
                break
            for upstream in usable or listed[:1]:
                before = clock.monotonic()
                answer = await self._ask(route, upstream, query)
                if isinstance(answer, Message):
                    return Result(answer)
                error = answer
                self._failed(route, upstream)
                if clock.monotonic() == before:
                    await clock.sleep(PAUSE)
            if not usable:
                break
        return Result(rcode="SERVFAIL", error=error)

    async def _ask(self, route: Route, upstream: Upstream, query: Query) -> Message | str:
        """Its answer, or what went wrong in Go's words."""
        host = self.server.process.host
        tcp = route.tcp or (query.proto == "tcp" and not route.udp)
        kind = "tcp" if tcp else "udp"
        there = f"{upstream.host}:{upstream.port}"
        asked = query.message.changed(id=self.server.random.randrange(65536))
        try:
            data = await self._exchange(upstream, encode(asked), tcp)
            answer = decode(data)
        except (NetworkError, DnsFormatError) as error:
            mine = host.space.addresses[0] if host.space.addresses else "127.0.0.1"
            port = self.server.random.randrange(32768, 60999)
            if tcp:
                words = "connection refused" if isinstance(error, RefusedError) else ""
                return f"dial tcp {there}: " + (f"connect: {words}" if words else "i/o timeout")
            words = "read: connection refused" if isinstance(error, RefusedError) else "i/o timeout"
            return f"read {kind} {mine}:{port}->{there}: {words}"
        upstream.fails = 0
        if answer.name.lower() != query.name or answer.type != query.type:
            return query.message.reply("FORMERR")
        return answer.changed(id=query.message.id, name=query.message.name)

    async def _exchange(self, upstream: Upstream, data: bytes, tcp: bool) -> bytes:
        host = self.server.process.host
        if not tcp:
            return await host.network.ask(
                host.space, upstream.host, upstream.port, data, READ_TIMEOUT
            )
        stream = await host.network.connect(host.space, upstream.host, upstream.port, READ_TIMEOUT)
        try:
            await stream.write(frame(data))
            return await read_framed(stream.read)
        finally:
            stream.close()

    # -- health --------------------------------------------------------------------------

    def _failed(self, route: Route, upstream: Upstream) -> None:
        """Look at it until it answers again."""
        if route.max_fails and not upstream.checking:
            upstream.checking = True
            self.server.background.append(self._check(route, upstream))

    async def _check(self, route: Route, upstream: Upstream) -> None:
        asked = encode(Message(id=1, name=route.health_name, type="NS"))
        while True:
            try:
                await self._exchange(upstream, asked, route.tcp)
                break
            except NetworkError:
                upstream.fails += 1
            await self.server.clock.sleep(route.interval)
        upstream.fails, upstream.checking = 0, False


def _split(text: str) -> tuple[str, int]:
    """Host and port; 53 without one."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return host, int(port[1:] or 53) if port[1:].isdigit() or not port[1:] else 53
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and ":" not in host:
        return host, int(port)
    return text, 53
