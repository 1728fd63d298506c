"""CoreDNS's cache plugin: answers kept for a while, refusals too."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace

from breakfix.embedded.network.dns_messages import Message
from breakfix.embedded.network.dns_records import Record
from breakfix.embedded.programs.coredns.chain import (
    ONCE,
    Next,
    Plugin,
    Query,
    Result,
    SetupError,
    closest,
    duration,
    integer,
    origins,
)
from breakfix.embedded.programs.coredns.controller import Controller

FAILURE_TTL, EMPTY_TTL = 5.0, 5.0  # s
SIZE = 9984
Key = tuple[str, str, bool]


@dataclass
class Kept:
    """An answer and when it ends."""

    message: Message
    ends: float


class Cache(Plugin):
    """`cache [TTL] [ZONES...] { success, denial, disable, ... }`."""

    name = "cache"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.most = {"success": 3600.0, "denial": 1800.0}
        self.least = {"success": 5.0, "denial": 5.0}
        self.size = {"success": SIZE, "denial": SIZE}
        self.off: dict[str, list[str]] = {"success": [], "denial": []}
        self.failure = FAILURE_TTL
        self._kept: dict[str, OrderedDict[Key, Kept]] = {
            "success": OrderedDict(), "denial": OrderedDict(),
        }  # fmt: skip

    def setup(self, c: Controller) -> None:
        for i, _ in enumerate(iter(c.next, False)):
            if i:
                raise SetupError(ONCE)
            args = c.rest()
            if args and args[0].lstrip("+-").isdigit():
                ttl = _ttl(args.pop(0))
                self.most = {"success": ttl, "denial": ttl}
            self.zones = origins(args, self.zones)
            while c.next_block():
                self._option(c)

    def _option(self, c: Controller) -> None:
        word = c.val
        match word:
            case "success" | "denial":
                self._limits(word, c.some())
            case "disable":
                args = c.some()
                if args[0] not in self.off:
                    raise SetupError('cache type for disable must be "success" or "denial"')
                self.off[args[0]] = origins(args[1:], self.zones)
            case "servfail":
                self.failure = duration(c.one())
                if self.failure < 0:
                    raise SetupError("invalid negative ttl for servfail")
            case "prefetch" | "serve_stale" | "keepttl":
                c.rest()
            case _:
                raise c.wrong_args()

    def _limits(self, kind: str, args: list[str]) -> None:
        """How many, for how long at most, and at least."""
        self.size[kind] = max(integer(args[0]), 1024)
        if len(args) > 1:
            self.most[kind] = _ttl(args[1])
        if len(args) > 2:  # noqa: PLR2004
            self.least[kind] = float(integer(args[2]))

    async def serve(self, query: Query, after: Next) -> Result:
        if not closest(self.zones, query.name) or query.message.cls != "IN":
            return await after(query)
        key = (query.name, query.type, query.message.do)
        now = self.server.clock.monotonic()
        for kept in self._kept.values():
            found = kept.get(key)
            if found and found.ends > now:
                kept.move_to_end(key)
                return Result(_from_cache(found, query, now))
        result = await after(query)
        if result.message and not result.message.tc:
            result.message = self._keep(key, query, result.message)
        return result

    def _keep(self, key: Key, query: Query, message: Message) -> Message:
        """Remember it; what is passed on has the shortened TTL at once."""
        kind, ttl = self._lifetime(message)
        if not kind:
            return message
        records = [*message.answers, *message.authority, *message.extra]
        if ttl > 0 and not closest(self.off[kind], query.name):
            other = "denial" if kind == "success" else "success"
            self._kept[other].pop(key, None)
            kept = self._kept[kind]
            kept[key] = Kept(message, self.server.clock.monotonic() + ttl)
            if len(kept) > self.size[kind]:
                kept.popitem(last=False)
        return _with_ttl(message, int(ttl)) if records else message

    def _lifetime(self, message: Message) -> tuple[str, float]:
        """Which part of the cache it is for, and for how long."""
        if message.rcode == "SERVFAIL":
            return "denial", self.failure
        if message.rcode not in ("NOERROR", "NXDOMAIN"):
            return "", 0.0
        kind = "success" if message.rcode == "NOERROR" and message.answers else "denial"
        ttls = [r.ttl for r in (*message.answers, *message.authority, *message.extra)]
        ttl = float(min(ttls)) if ttls else EMPTY_TTL
        return kind, min(max(ttl, self.least[kind]), self.most[kind])


def _ttl(text: str) -> float:
    found = integer(text)
    if found <= 0:
        raise SetupError(f"cache TTL can not be zero or negative: {found}")
    return float(found)


def _from_cache(kept: Kept, query: Query, now: float) -> Message:
    old, asked = kept.message, query.message
    found = old.changed(
        id=asked.id, name=asked.name, aa=True, rd=asked.rd, cd=asked.cd, tc=False,
        size=asked.size, do=asked.do,
    )  # fmt: skip
    return _with_ttl(found, max(int(kept.ends - now), 0))


def _with_ttl(message: Message, ttl: int) -> Message:
    def all_of(records: list[Record]) -> list[Record]:
        return [replace(r, ttl=ttl) for r in records]

    return message.changed(
        answers=all_of(message.answers), authority=all_of(message.authority),
        extra=all_of(message.extra),
    )  # fmt: skip
