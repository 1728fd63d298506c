"""CoreDNS's hosts plugin: names and addresses from a file and from the Corefile."""

from __future__ import annotations

from breakfix.embedded.network.dns_messages import address_of_reverse
from breakfix.embedded.network.dns_records import Record, fqdn
from breakfix.embedded.network.resolv_conf import read_hosts
from breakfix.embedded.network.resolving import is_address
from breakfix.embedded.programs.coredns.chain import (
    ONCE,
    Fallthrough,
    Next,
    Plugin,
    Query,
    Result,
    SetupError,
    closest,
    duration,
    origins,
)
from breakfix.embedded.programs.coredns.controller import Controller

MAX_TTL = 65535


class Hosts(Plugin):
    """`hosts [FILE [ZONES...]] { [INLINE] ttl, no_reverse, reload, fallthrough }`."""

    name = "hosts"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.path, self.ttl, self.reload = "/etc/hosts", 3600, 5.0
        self.reverse = True
        self.fall = Fallthrough()
        self.inline: list[str] = []
        self.known: list[tuple[str, list[str]]] = []

    def setup(self, c: Controller) -> None:
        for i, _ in enumerate(iter(c.next, False)):
            if i:
                raise SetupError(ONCE)
            args = c.rest()
            if args:
                self.path = args[0]
                if not self.server.process.files.exists(self.path):
                    self.server.log("WARNING", f"plugin/hosts: File does not exist: {self.path}")
            self.zones = origins(args[1:], self.zones)
            while c.next_block():
                self._option(c)
        self.server.startup.append(self._begin)

    def _option(self, c: Controller) -> None:
        match c.val:
            case "fallthrough":
                self.fall.set(c.rest())
            case "no_reverse":
                self.reverse = False
            case "ttl":
                self.ttl = self._ttl(c)
            case "reload":
                args = c.rest()
                if len(args) != 1:
                    raise c.token.parsing("reload needs a duration (zero seconds to disable)")
                self.reload = self._seconds(c, args[0])
            case _ if self.fall.zones:
                raise c.token.parsing(f"unknown property '{c.val}'")
            case word:
                self.inline.append(" ".join([word, *c.rest()]))

    @staticmethod
    def _ttl(c: Controller) -> int:
        args = c.rest()
        if not args:
            raise c.token.parsing("ttl needs a time in second")
        if not args[0].lstrip("+-").isdigit():
            raise c.token.parsing("ttl needs a number of second")
        if not 0 < int(args[0]) <= MAX_TTL:
            raise c.token.parsing("ttl provided is invalid")
        return int(args[0])

    @staticmethod
    def _seconds(c: Controller, text: str) -> float:
        try:
            found = duration(text)
        except SetupError:
            raise c.token.parsing(f"invalid duration for reload '{text}'") from None
        if found < 0:
            raise c.token.parsing(f"invalid negative duration for reload '{text}'")
        return found

    async def _begin(self) -> None:
        self._read()
        if self.reload:
            self.server.background.append(self._watch())

    async def _watch(self) -> None:
        while True:
            await self.server.clock.sleep(self.reload)
            self._read()

    def _read(self) -> None:
        try:
            text = self.server.file(self.path)
        except OSError:
            text = ""
        lines = [text, *self.inline]
        self.known = [(a, n) for a, n in read_hosts("\n".join(lines)) if is_address(a)]

    async def serve(self, query: Query, after: Next) -> Result:
        if not closest(self.zones, query.name) and query.type != "PTR":
            return await after(query)
        answers = [
            Record(query.message.name, query.type, data, self.ttl)
            for data in self._found(query.name, query.type)
        ]
        if query.type == "PTR" and not answers:
            return await after(query)
        if not answers and not (self._found(query.name, "A") or self._found(query.name, "AAAA")):
            if self.fall.through(query.name):
                return await after(query)
            return Result(rcode="SERVFAIL")
        return Result(query.message.reply(aa=True, answers=answers))

    def _found(self, name: str, type: str) -> list[str]:
        if type == "PTR":
            address = address_of_reverse(name) if self.reverse else ""
            return [fqdn(n) for a, names in self.known if a == address for n in names]
        sign = {"A": ".", "AAAA": ":"}.get(type)
        if not sign:
            return []
        return [
            a for a, names in self.known if sign in a and name in [fqdn(n.lower()) for n in names]
        ]
