"""Names to addresses as programs do it: /etc/hosts, then DNS with search list and retries."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

from breakfix.embedded.network.dns_messages import (
    Message,
    address_of_reverse,
    decode,
    encode,
    frame,
    question,
    reverse_name,
)
from breakfix.embedded.network.dns_records import DnsFormatError, fqdn, labels
from breakfix.embedded.network.resolv_conf import read_hosts, read_resolv_conf
from breakfix.embedded.network.types import (
    Network,
    NetworkError,
    NetworkNamespace,
    RefusedError,
)

PORT = 53
Outcome = Literal[
    "NOERROR", "NODATA", "NXDOMAIN", "SERVFAIL", "REFUSED", "TIMEOUT", "UNREACHABLE", "BADNAME"
]
SILENT = ("TIMEOUT", "UNREACHABLE")
TEMPORARY = ("SERVFAIL", "REFUSED", "TIMEOUT", "UNREACHABLE")
MAX_SERVERS, MAX_TIMEOUT, MAX_ATTEMPTS, MAX_NDOTS = 3, 30, 5, 15


class ResolveError(Exception):
    """No address. UNREACHABLE: the name server's port is closed."""

    def __init__(self, outcome: Outcome, name: str, server: str = "") -> None:
        super().__init__(f"{name}: {outcome}")
        self.outcome, self.name, self.server = outcome, name, server

    @property
    def temporary(self) -> bool:
        """Would libc say "try again" (EAI_AGAIN), not "no such name"?"""
        return self.outcome in TEMPORARY


@dataclass(frozen=True)
class Reply:
    """What came of one question."""

    outcome: Outcome
    name: str  # as it was asked for
    server: str = ""
    message: Message | None = None

    def data(self, type: str) -> list[str]:
        """The records of one type, as text."""
        return [r.data for r in self.message.answers if r.type == type] if self.message else []


@dataclass(frozen=True)
class Settings:
    """resolv.conf, within libc's limits."""

    servers: tuple[str, ...] = ("127.0.0.1",)
    search: tuple[str, ...] = ()
    ndots: int = 1
    timeout: int = 5
    attempts: int = 2
    rotate: bool = False

    @classmethod
    def read(cls, text: str) -> Settings:
        """A resolv.conf; without a nameserver it is the own machine."""
        found = read_resolv_conf(text)

        def number(name: str, default: int, most: int) -> int:
            value = found.options.get(name)
            return min(int(value), most) if value and value.isdigit() else default

        return cls(
            tuple(found.nameservers[:MAX_SERVERS]) or cls.servers, tuple(found.search),
            number("ndots", 1, MAX_NDOTS), max(number("timeout", 5, MAX_TIMEOUT), 1),
            max(number("attempts", 2, MAX_ATTEMPTS), 1), "rotate" in found.options,
        )  # fmt: skip


class Resolver:
    """The resolver of one container; files are read by who makes it, for each lookup anew."""

    def __init__(
        self, network: Network, space: NetworkNamespace, resolv_conf: str, hosts: str = "",
        libc: Literal["glibc", "musl"] = "glibc",
    ) -> None:  # fmt: skip
        self.network, self.space, self.libc = network, space, libc
        self.settings = Settings.read(resolv_conf)
        self.hosts = read_hosts(hosts)
        self._turn = 0
        self._ids = random.Random(hash(space.addresses) & 0xFFFF)  # noqa: S311 - no secret

    # -- addresses -----------------------------------------------------------------------

    async def addresses(self, name: str, types: tuple[str, ...] = ("A", "AAAA")) -> list[str]:
        """getaddrinfo: hosts file, then DNS. Raises ResolveError."""
        if is_address(name):
            return [name]
        if known := self.in_hosts(name, types):
            return known
        last: Outcome = "NXDOMAIN"
        for candidate in self.candidates(name):
            if last in SILENT and candidate != name + ".":
                continue  # no server is there: the rest of the search list is not tried
            replies = await asyncio.gather(*(self.query(candidate, type) for type in types))
            found = [a for r in replies for a in r.data(r.message.type if r.message else "")]
            if found:
                return found
            last = _weigh(last, [r.outcome for r in replies])
            if last in TEMPORARY and self.libc == "musl":
                break
        raise ResolveError(last, name, self.settings.servers[0])

    async def name(self, address: str) -> str:
        """getnameinfo: the name of an address. Raises ResolveError."""
        for known, names in self.hosts:
            if known == address:
                return names[0]
        reply = await self.query(reverse_name(address), "PTR")
        if found := reply.data("PTR"):
            return found[0].rstrip(".")
        raise ResolveError(reply.outcome, address, reply.server)

    def in_hosts(self, name: str, types: tuple[str, ...] = ("A", "AAAA")) -> list[str]:
        """What /etc/hosts says."""
        wanted = name.lower().rstrip(".")
        return [
            address
            for address, names in self.hosts
            if wanted in (n.lower() for n in names) and ("AAAA" if ":" in address else "A") in types
        ]

    def candidates(self, name: str) -> Iterator[str]:
        """The names that are asked for, in order: as it is where it has enough dots."""
        if name.endswith("."):
            yield name
            return
        enough = name.count(".") >= self.settings.ndots
        if enough:
            yield name + "."
        if not enough or self.libc == "glibc":
            for domain in self.settings.search:
                yield f"{name}.{domain}." if domain != "." else name + "."
        if not enough and "." not in self.settings.search:
            yield name + "."

    async def lookup(self, name: str, type: str = "A") -> Reply:
        """One type along the search list: the first answer, else the last refusal."""
        reply = Reply("NXDOMAIN", name)
        kept: Reply | None = None
        for candidate in self.candidates(name):
            reply = await self.query(candidate, type)
            if reply.outcome == "NOERROR":
                return reply
            if reply.outcome in (*TEMPORARY, "NODATA"):
                kept = kept or reply
        return kept or reply

    # -- one question --------------------------------------------------------------------

    async def query(self, name: str, type: str = "A", server: str = "") -> Reply:
        """Ask for exactly this name, all servers in turn, as often as `attempts` says."""
        try:
            labels(name)
        except DnsFormatError:
            return Reply("BADNAME", name)
        servers = (server,) if server else self._servers()
        last = Reply("TIMEOUT", name, servers[0])
        for _ in range(self.settings.attempts):
            for i, one in enumerate(servers):
                last = await self.ask(one, name, type, self._patience(i, len(servers)))
                if last.outcome not in TEMPORARY:
                    return last
            if last.outcome in ("SERVFAIL", "REFUSED"):
                return last
        return last

    def _patience(self, i: int, servers: int) -> float:
        """Seconds for one try of the i-th server; with musl all tries share one timeout."""
        if self.libc == "musl":
            return self.settings.timeout / self.settings.attempts / servers
        return max((self.settings.timeout << i) // (servers if i else 1), 1)

    def _servers(self) -> tuple[str, ...]:
        servers = self.settings.servers
        if not self.settings.rotate:
            return servers
        self._turn = (self._turn + 1) % len(servers)
        return servers[self._turn :] + servers[: self._turn]

    async def ask(
        self, server: str, name: str, type: str, timeout: float, port: int = PORT,
        tcp: bool = False,
    ) -> Reply:  # fmt: skip
        """One question to one server, once; over TCP where its answer was cut short."""
        asked = question(name, type, self._ids.randrange(1, 65536))
        try:
            message = await self._exchange(server, port, asked, timeout, tcp)
            if message.tc and not tcp:
                message = await self._exchange(server, port, asked, timeout, True)
        except RefusedError:
            return Reply("UNREACHABLE", name, server)
        except (NetworkError, DnsFormatError):
            return Reply("TIMEOUT", name, server)
        return Reply(_outcome(message), name, server, message)

    async def _exchange(
        self, server: str, port: int, asked: Message, timeout: float, tcp: bool
    ) -> Message:
        data = encode(asked)
        if not tcp:
            return decode(await self.network.ask(self.space, server, port, data, timeout))
        stream = await self.network.connect(self.space, server, port, timeout)
        try:
            await stream.write(frame(data))
            return decode(await read_framed(stream.read))
        finally:
            stream.close()


async def read_framed(read: Callable[[int], Awaitable[bytes]]) -> bytes:
    """One message of a TCP stream, b"" at its end."""
    data = b""
    while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):  # noqa: PLR2004
        chunk = await read(65537 - len(data))
        if not chunk:
            return b""
        data += chunk
    return data[2:]


def _outcome(message: Message) -> Outcome:
    if message.rcode == "NOERROR":
        kinds = (message.type, "CNAME") if message.type == "CNAME" else (message.type,)
        return "NOERROR" if any(r.type in kinds for r in message.answers) else "NODATA"
    if message.rcode in ("NXDOMAIN", "REFUSED"):
        return "NXDOMAIN" if message.rcode == "NXDOMAIN" else "REFUSED"
    return "SERVFAIL"


def _weigh(last: Outcome, outcomes: list[Outcome]) -> Outcome:
    """What is said at the end: something temporary outweighs no data, that no name."""
    for wanted in (*TEMPORARY, "NODATA"):
        if wanted in (last, *outcomes):
            return wanted
    return outcomes[-1] if outcomes else last


def is_address(text: str) -> bool:
    """Is it an IP address?"""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


__all__ = [
    "Reply", "ResolveError", "Resolver", "Settings", "address_of_reverse", "fqdn", "is_address",
]  # fmt: skip
