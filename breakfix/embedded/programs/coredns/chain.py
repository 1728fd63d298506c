"""A query's way through CoreDNS: the chain of plugins of one server block."""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from breakfix.embedded.clock import Clock
from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.dns_messages import Message
from breakfix.embedded.network.dns_records import fqdn
from breakfix.embedded.programs.coredns.controller import Controller
from breakfix.embedded.programs.sockets import go_duration

FAILED = "SERVFAIL"
ONCE = "this plugin can only be used once per Server Block"


@dataclass(frozen=True)
class Query:
    """One question and where it came from."""

    message: Message
    peer: tuple[str, int]
    proto: str = "udp"
    local: str = ""
    server: str = ":53"

    @property
    def name(self) -> str:
        """In small letters, with the dot at its end."""
        return self.message.name.lower()

    @property
    def type(self) -> str:
        """A, AAAA, ..."""
        return self.message.type

    def about(self, name: str, type: str = "") -> Query:
        """The same asker with another question."""
        return replace(self, message=replace(self.message, name=name, type=type or self.type))


@dataclass
class Result:
    """A written message; or none, with the code that the server shall answer."""

    message: Message | None = None
    rcode: str = "NOERROR"
    error: str = ""

    def written(self, query: Query) -> Message:
        """What the client gets."""
        return self.message or query.message.reply(self.rcode)


Next = Callable[[Query], Awaitable[Result]]


class FatalError(Exception):
    """log.Fatal: the process ends at once."""


class SetupError(Exception):
    """A plugin's complaint that is not about a place in the file."""


@dataclass
class Server:
    """What the plugins of a process share."""

    process: Process
    clock: Clock
    random: random.Random
    log: Callable[[str, str], None]  # level, words
    background: list[Awaitable[None]] = field(default_factory=list)
    startup: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    stopping: list[Callable[[], None]] = field(default_factory=list)
    ready: list[tuple[str, Callable[[], bool]]] = field(default_factory=list)
    fatal: Callable[[str], None] = lambda _: None
    ask_self: Callable[[Query], Awaitable[Result]] | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def file(self, path: str) -> str:
        """A file of the container. Raises OSError."""
        return self.process.files.read(path).decode("utf-8", "replace")


class Plugin:
    """One plugin of one server block. `setup` reads its directive, `serve` answers."""

    name = ""

    def __init__(self, server: Server, zones: list[str]) -> None:
        self.server = server
        self.zones = zones  # of the server block
        self.upstream: Next = _nobody

    def setup(self, c: Controller) -> None:
        """Read the directive. Raises CorefileError or SetupError."""

    async def serve(self, query: Query, after: Next) -> Result:
        """Answer, or pass it on."""
        return await after(query)


async def _nobody(query: Query) -> Result:
    del query
    return Result(rcode=FAILED, error="plugin/chain: no next plugin found")


def chain(plugins: list[Plugin]) -> Next:
    """All plugins one after the other; who asks beyond the last gets SERVFAIL."""
    found: Next = _end
    for plugin in reversed(plugins):
        found = _link(plugin, found)
    for plugin in plugins:
        plugin.upstream = found
    return found


async def _end(query: Query) -> Result:
    del query
    return Result(rcode=FAILED, error="no next plugin found")


def _link(plugin: Plugin, after: Next) -> Next:
    async def serve(query: Query) -> Result:
        return await plugin.serve(query, after)

    return serve


# -- zones -------------------------------------------------------------------------------


def matches(zone: str, name: str) -> bool:
    """Is the name in the zone?"""
    zone = zone.lower()
    return zone in (".", name) or name.endswith("." + zone)


def closest(zones: list[str], name: str) -> str:
    """The longest of the zones that the name is in, "" for none."""
    return max((z for z in zones if matches(z, name)), key=len, default="")


def normalized(zones: list[str]) -> list[str]:
    """Zones as plugins know them; reverse networks are written as addresses with a mask."""
    return [zone for text in zones for zone in _zones(text)]


def _zones(text: str) -> list[str]:
    if "/" in text:
        from ipaddress import ip_network

        try:
            network = ip_network(text, strict=False)
        except ValueError:
            return [fqdn(text.lower())]
        step = 8 if network.version == 4 else 4  # noqa: PLR2004
        bits = -(-network.prefixlen // step) * step
        parts = bits // step
        found = []
        for one in network.subnets(new_prefix=bits):
            labels = one.network_address.reverse_pointer.split(".")
            found.append(".".join(labels[len(labels) - 2 - parts :]) + ".")
        return found
    text = re.sub(r"^(dns|tls|https|grpc)://", "", text)
    return [fqdn(re.sub(r":\d+$", "", text).lower())]


def origins(args: list[str], zones: list[str]) -> list[str]:
    """The zones that are named, else the server block's."""
    return normalized(args) or zones


class Fallthrough:
    """`fallthrough [ZONES...]`: names that go on to the next plugin."""

    def __init__(self) -> None:
        self.zones: list[str] = []

    def set(self, args: list[str]) -> None:
        """Without zones: all."""
        self.zones = normalized(args) or ["."]

    def through(self, name: str) -> bool:
        """Does this one go on?"""
        return bool(closest(self.zones, name))


# -- values ------------------------------------------------------------------------------


def duration(text: str) -> float:
    """Go's time.ParseDuration, in seconds. Raises SetupError with its words."""
    try:
        return go_duration(text)
    except ValueError as error:
        raise SetupError(str(error)) from None


def integer(text: str, function: str = "Atoi") -> int:
    """Go's strconv. Raises SetupError with its words."""
    if not re.fullmatch(r"[+-]?\d+", text):
        raise SetupError(f'strconv.{function}: parsing "{text}": invalid syntax')
    return int(text)


def listening_address(text: str) -> tuple[str, int]:
    """HOST:PORT. Raises SetupError with Go's words."""
    host, colon, port = text.rpartition(":")
    if not colon:
        raise SetupError(f"address {text}: missing port in address")
    if not port.isdigit():
        raise SetupError(f"lookup tcp/{port}: unknown port")
    return host.strip("[]"), int(port)
