"""CoreDNS's forward plugin: other name servers are asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_address

from breakfix.embedded.network.dns_messages import Message, decode, encode, frame
from breakfix.embedded.network.dns_records import RCODES, DnsFormatError
from breakfix.embedded.network.resolv_conf import read_resolv_conf
from breakfix.embedded.network.resolving import read_framed
from breakfix.embedded.network.types import NetworkError, RefusedError
from breakfix.embedded.programs.coredns_chain import (
    Next,
    Plugin,
    Query,
    Result,
    SetupError,
    duration,
    integer,
    matches,
    normalized,
)
from breakfix.embedded.programs.coredns_corefile import Controller, CorefileError

DEADLINE, READ_TIMEOUT, PAUSE = 5.0, 2.0, 0.1  # s
MAX_UPSTREAMS = 15
MAX_WAITING = 1000  # forwarded queries of one plugin; more would be a loop
POLICIES = ("random", "round_robin", "sequential")
FLAGS = ("force_tcp", "prefer_udp", "failfast_all_unhealthy_upstreams")


@dataclass(eq=False)
class Upstream:
    """One server; `fails` are those since its last answer."""

    host: str
    port: int
    fails: int = 0
    checking: bool = False


class Forward(Plugin):
    """`forward FROM TO... { except, policy, max_fails, ... }`; several may stand in a block."""

    name = "forward"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.routes: list[_Route] = []

    def setup(self, c: Controller) -> None:
        for _ in iter(c.next, False):
            if not c.next_arg():
                raise c.wrong_args()
            route = _Route(normalized([c.val])[0])
            for text in c.some():
                route.upstreams += self._upstreams(text)
            if len(route.upstreams) > MAX_UPSTREAMS:
                words = f"more than {MAX_UPSTREAMS} TOs configured: {len(route.upstreams)}"
                raise SetupError(words)
            while c.next_block():
                _option(c, route)
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
        if _is_address(host):
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

    async def _forwarded(self, route: _Route, query: Query) -> Result:
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

    async def _ask_in_turn(self, route: _Route, query: Query) -> Result:
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

    async def _ask(self, route: _Route, upstream: Upstream, query: Query) -> Message | str:
        """Its answer, or what went wrong in Go's words."""
        host = self.server.process.host
        tcp = route.tcp or (query.proto == "tcp" and not route.udp)
        kind = "tcp" if tcp else "udp"
        there = f"{upstream.host}:{upstream.port}"
        asked = replace(query.message, id=self.server.random.randrange(65536))
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
        return replace(answer, id=query.message.id, name=query.message.name)

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

    def _failed(self, route: _Route, upstream: Upstream) -> None:
        """Look at it until it answers again."""
        if route.max_fails and not upstream.checking:
            upstream.checking = True
            self.server.background.append(self._check(route, upstream))

    async def _check(self, route: _Route, upstream: Upstream) -> None:
        asked = encode(Message(id=1, name=route.health_name, type="NS"))
        while True:
            try:
                await self._exchange(upstream, asked, route.tcp)
                break
            except NetworkError:
                upstream.fails += 1
            await self.server.clock.sleep(route.interval)
        upstream.fails, upstream.checking = 0, False


class _Route:
    """One `forward` line."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self.upstreams: list[Upstream] = []
        self.ignored: list[str] = []
        self.max_fails, self.limit, self.waiting = 2, 0, 0
        self.interval, self.health_name = 0.5, "."
        self.policy = "random"
        self.tcp = self.udp = self.failfast = False
        self._turn = -1

    def takes(self, name: str) -> bool:
        """Is the name for these servers?"""
        ignored = any(matches(zone, name) for zone in self.ignored)
        return matches(self.zone, name) and (name == self.zone or not ignored)

    def is_down(self, upstream: Upstream) -> bool:
        """Has its health check failed too often?"""
        return bool(self.max_fails) and upstream.fails > self.max_fails

    def listed(self, random: object) -> list[Upstream]:
        """All servers in the policy's order."""
        found = list(self.upstreams)
        if self.policy == "random":
            random.shuffle(found)  # type: ignore[attr-defined]
        elif self.policy == "round_robin":
            self._turn = (self._turn + 1) % len(found)
            found = found[self._turn :] + found[: self._turn]
        return found


def _option(c: Controller, route: _Route) -> None:
    word = c.val
    if word in FLAGS:
        if c.rest():
            raise c.wrong_args()
        route.tcp |= word == "force_tcp"
        route.udp |= word == "prefer_udp"
        route.failfast |= word == "failfast_all_unhealthy_upstreams"
        return
    if word not in _OPTIONS:
        raise c.token.parsing(f"unknown property '{word}'")
    args = c.rest() if word == "tls" else c.some()
    _OPTIONS[word](c, route, args)


def _except(c: Controller, route: _Route, args: list[str]) -> None:
    del c
    route.ignored += normalized(args)


def _max_fails(c: Controller, route: _Route, args: list[str]) -> None:
    del c
    route.max_fails = integer(args[0], "ParseUint")


def _health(c: Controller, route: _Route, args: list[str]) -> None:
    del c
    route.interval = duration(args[0]) or 0.5
    if route.interval < 0:
        raise SetupError(f"health_check can't be negative: {int(route.interval * 1e9)}")
    options = iter(args[1:])
    for option in options:
        if option == "domain":
            route.health_name = next(options, ".")
        elif option != "no_rec":
            raise SetupError(f"health_check: unknown option {option}")


def _limit(c: Controller, route: _Route, args: list[str]) -> None:
    del c
    route.limit = integer(args[0])
    if route.limit < 0:
        raise SetupError(f"max_concurrent can't be negative: {route.limit}")


def _policy(c: Controller, route: _Route, args: list[str]) -> None:
    if args[0] not in POLICIES:
        raise _unknown_policy(c, args[0])
    route.policy = args[0]


def _unknown_policy(c: Controller, text: str) -> CorefileError:
    return c.token.parsing(f"unknown policy '{text}'")


def _rcodes(c: Controller, route: _Route, args: list[str]) -> None:
    del c, route
    for arg in args:
        if arg.upper() not in RCODES:
            raise SetupError(f"{arg} is not a valid rcode")


def _nothing(c: Controller, route: _Route, args: list[str]) -> None:
    del c, route, args


def _expire(c: Controller, route: _Route, args: list[str]) -> None:
    del c, route
    if duration(args[0]) < 0:
        raise SetupError(f"expire can't be negative: {args[0]}")


_OPTIONS = {
    "except": _except, "max_fails": _max_fails, "health_check": _health, "expire": _expire,
    "max_concurrent": _limit, "policy": _policy, "next": _rcodes, "tls": _nothing,
    "tls_servername": _nothing,
}  # fmt: skip


def _split(text: str) -> tuple[str, int]:
    """Host and port; 53 without one."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return host, int(port[1:] or 53) if port[1:].isdigit() or not port[1:] else 53
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and ":" not in host:
        return host, int(port)
    return text, 53


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
