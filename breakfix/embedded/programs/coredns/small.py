"""CoreDNS plugins of a few lines: loadbalance, loop, whoami, and the like."""

from __future__ import annotations

from dataclasses import replace

from breakfix.embedded.network.dns_messages import question
from breakfix.embedded.network.dns_records import Record
from breakfix.embedded.programs.coredns.chain import (
    ONCE,
    FatalError,
    Next,
    Plugin,
    Query,
    Result,
    SetupError,
    closest,
    duration,
    matches,
    origins,
)
from breakfix.embedded.programs.coredns.controller import Controller

LOOP_LIMIT = 2


class LoadBalance(Plugin):
    """Shuffles addresses; aliases stay first."""

    name = "loadbalance"

    def setup(self, c: Controller) -> None:
        for _ in iter(c.next, False):
            args = c.rest()
            if not args or args == ["round_robin"]:
                continue
            if args[0] != "weighted":
                raise SetupError(f"unknown policy: {args[0]}")
            while c.next_block():
                c.rest()

    async def serve(self, query: Query, after: Next) -> Result:
        result = await after(query)
        if result.message and len(result.message.answers) > 1:
            result.message = replace(result.message, answers=self._shuffled(result.message.answers))
        return result

    def _shuffled(self, records: list[Record]) -> list[Record]:
        aliases = [r for r in records if r.type == "CNAME"]
        addresses = [r for r in records if r.type in ("A", "AAAA")]
        mail = [r for r in records if r.type == "MX"]
        rest = [r for r in records if r.type not in ("CNAME", "A", "AAAA", "MX")]
        self.server.random.shuffle(addresses)
        self.server.random.shuffle(mail)
        return [*aliases, *rest, *addresses, *mail]


class Loop(Plugin):
    """Asks itself something nobody else asks, and ends the process when it comes back often."""

    name = "loop"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.zone = self.zones[0] if self.zones else "."
        words = (str(self.server.random.getrandbits(63)) for _ in range(2))
        self.secret = ".".join(words) + ("." if self.zone == "." else f".{self.zone}")
        self.seen, self.off, self.address = 0, False, ":53"

    def setup(self, c: Controller) -> None:
        for i, _ in enumerate(iter(c.next, False)):
            if i:
                raise SetupError(ONCE)
            if c.next_arg():
                raise c.wrong_args()
        self.server.startup.append(self._begin)

    async def _begin(self) -> None:
        self.server.background.append(self._probe())

    async def _probe(self) -> None:
        asked = Query(question(self.secret, "HINFO"), ("127.0.0.1", 40000), server=self.address)
        if self.server.ask_self:
            await self.server.ask_self(asked)
        await self.server.clock.sleep(2.0)
        self.off = True

    async def serve(self, query: Query, after: Next) -> Result:
        if query.type != "HINFO" or self.off or not matches(self.zone, query.name):
            return await after(query)
        self.seen += query.name == self.secret
        if self.seen > LOOP_LIMIT:
            peer = f"{query.peer[0]}:{query.peer[1]}"
            raise FatalError(
                f'plugin/loop: Loop ({peer} -> {self.address}) detected for zone "{self.zone}", '
                "see https://coredns.io/plugins/loop#troubleshooting. "
                f'Query: "HINFO {self.secret}"'
            )
        return await after(query)


class Whoami(Plugin):
    """Says who asks."""

    name = "whoami"

    def setup(self, c: Controller) -> None:
        c.next()
        if c.next_arg():
            raise c.wrong_args()

    async def serve(self, query: Query, after: Next) -> Result:
        del after
        host, port = query.peer
        name = query.message.name
        kind = "AAAA" if ":" in host else "A"
        service = f"_{query.proto}.{'' if name == '.' else name}"
        reply = query.message.reply(aa=True)
        reply.extra = [Record(name, kind, host), Record(service, "SRV", f"0 0 {port} .")]
        return Result(reply)


class Acl(Plugin):
    """Lets in, refuses or drops by the asker's network."""

    name = "acl"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.rules: list[tuple[list[str], str, list[str], list[str]]] = []

    def setup(self, c: Controller) -> None:
        for _ in iter(c.next, False):
            zones = origins(c.rest(), self.zones)
            while c.next_block():
                action = c.val.lower()
                if action not in ("allow", "block", "filter", "drop"):
                    words = (
                        f"unexpected token {c.val!r}; expect 'allow', 'block', 'filter' or 'drop'"
                    )
                    raise c.token.parsing(words.replace("'", '"', 2))
                self._rule(c, zones, action)

    def _rule(self, c: Controller, zones: list[str], action: str) -> None:
        types: list[str] = []
        nets: list[str] = []
        into = nets
        for arg in c.rest():
            if arg in ("type", "net"):
                into = types if arg == "type" else nets
            else:
                into.append(arg)
        self.rules.append((zones, action, types, nets))

    async def serve(self, query: Query, after: Next) -> Result:
        action = next((r[1] for r in self.rules if self._applies(r, query)), "allow")
        match action:
            case "block":
                return Result(query.message.reply("REFUSED"))
            case "filter":
                return Result(query.message.reply())
            case "drop":
                return Result(rcode="DROP")
        return await after(query)

    @staticmethod
    def _applies(rule: tuple[list[str], str, list[str], list[str]], query: Query) -> bool:
        from ipaddress import ip_address, ip_network

        zones, _, types, nets = rule
        if not closest(zones, query.name) or (
            types and query.type not in types and "*" not in types
        ):
            return False
        source = ip_address(query.peer[0])
        return not nets or any(n == "*" or source in ip_network(n, strict=False) for n in nets)


class Silent(Plugin):
    """A plugin that changes nothing that is seen here; its block is read over."""

    def setup(self, c: Controller) -> None:
        for _ in iter(c.next, False):
            c.rest()
            while c.next_block():
                c.rest()


class Reload(Plugin):
    """Says how often the Corefile is looked at."""

    name = "reload"
    interval, jitter = 30.0, 15.0

    def setup(self, c: Controller) -> None:
        c.next()
        args = c.rest()
        if len(args) > 2:  # noqa: PLR2004
            raise c.wrong_args()
        interval = duration(args[0]) if args else self.interval
        if interval < 2:  # noqa: PLR2004 - seconds
            raise SetupError("interval value must be greater or equal to 2s")
        jitter = duration(args[1]) if len(args) > 1 else self.jitter
        if jitter < 1:
            raise SetupError("jitter value must be greater or equal to 1s")
        jitter = min(jitter, interval / 2)
        self.interval = interval + self.server.random.uniform(-jitter / 2, jitter / 2)
