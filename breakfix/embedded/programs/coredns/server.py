"""One running configuration of CoreDNS: its plugins, its zones, its ports."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from breakfix.embedded.machine.types import Identity, Process
from breakfix.embedded.network.dns_messages import Message, decode, encode, frame
from breakfix.embedded.network.dns_records import DnsFormatError, labels
from breakfix.embedded.network.resolving import read_framed
from breakfix.embedded.network.types import Stream
from breakfix.embedded.programs.coredns.cache import Cache
from breakfix.embedded.programs.coredns.chain import (
    FatalError,
    Next,
    Plugin,
    Query,
    Result,
    Server,
    SetupError,
    chain,
    closest,
    normalized,
)
from breakfix.embedded.programs.coredns.corefile import (
    DIRECTIVES,
    Block,
    Controller,
)
from breakfix.embedded.programs.coredns.forward import Forward
from breakfix.embedded.programs.coredns.hosts import Hosts
from breakfix.embedded.programs.coredns.http import Health, Prometheus, Ready
from breakfix.embedded.programs.coredns.kubernetes import Kubernetes
from breakfix.embedded.programs.coredns.log import Errors, Log
from breakfix.embedded.programs.coredns.rewrite import Rewrite
from breakfix.embedded.programs.coredns.small import (
    Acl,
    LoadBalance,
    Loop,
    Reload,
    Silent,
    Whoami,
)
from breakfix.embedded.programs.coredns.template import Templates
from breakfix.embedded.programs.coredns.tokens import CorefileError

PLUGINS: dict[str, type[Plugin]] = {
    p.name: p
    for p in (
        Errors,
        Log,
        Health,
        Ready,
        Prometheus,
        LoadBalance,
        Cache,
        Rewrite,
        Templates,
        Hosts,
        Kubernetes,
        Loop,
        Forward,
        Whoami,
        Acl,
        Reload,
    )
}
NO_HANDLER = ("reload", "health", "ready", "bind", "debug", "root", "tls", "pprof", "timeouts")
LOW_PORTS = 1024
KEY = re.compile(r"^(?:(dns|tls|quic|grpc|https)://)?(.*?)(?::(\d+))?$")


@dataclass
class Listening:
    """The zones that are served on one address and port."""

    address: str
    port: int
    zones: dict[str, Next | None] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """As Go writes it."""
        return f"{self.address}:{self.port}"


@dataclass
class _Part:
    """A server block on its way to be served."""

    block: Block
    keys: list[tuple[str, int]]
    plugins: list[Plugin] = field(default_factory=list)
    addresses: list[str] = field(default_factory=lambda: [""])


class Instance:
    """A configuration. `setup` may raise CorefileError, `start` OSError as one too."""

    def __init__(
        self, process: Process, blocks: list[Block], file: str, log: Callable[[str, str], None],
        port: int = 53,
    ) -> None:  # fmt: skip
        self.process, self.blocks, self.file, self.port = process, blocks, file, port
        seed = f"{process.host.hostname}{process.host.space.addresses}"
        self.server = Server(process, process.host.clock, random.Random(seed), log)  # noqa: S311
        self.listening: dict[tuple[str, int], Listening] = {}
        self.reload: Reload | None = None
        self.health: Health | None = None
        self.failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()

    # -- setup ---------------------------------------------------------------------------

    def setup(self) -> None:
        """Plugins by the order of directives, in every server block."""
        parts = [_Part(block, _keys(block.keys, self.port)) for block in self.blocks]
        for name in DIRECTIVES:
            for part in parts:
                if tokens := part.block.tokens.get(name):
                    self._take(part, name, Controller(tokens, self.file, part.block.keys))
        for part in parts:
            handler = chain(part.plugins) if part.plugins else None
            for zone, port in part.keys:
                for address in part.addresses:
                    self._serve_zone(zone, address, port, handler)

    def _take(self, part: _Part, name: str, controller: Controller) -> None:
        if name == "bind":
            part.addresses = self._bind(controller)
            return
        plugin = self._plugin(name, [zone for zone, _ in part.keys], controller)
        if name not in NO_HANDLER:
            part.plugins.append(plugin)

    def _plugin(self, name: str, zones: list[str], controller: Controller) -> Plugin:
        plugin = PLUGINS.get(name, Silent)(self.server, zones)
        try:
            plugin.setup(controller)
        except (SetupError, CorefileError) as error:
            raise CorefileError(f"plugin/{name}: {error}") from error
        if isinstance(plugin, Reload):
            self.reload = plugin
        if isinstance(plugin, Health):
            self.health = plugin
        return plugin

    def _bind(self, c: Controller) -> list[str]:
        own = self.process.host.space.addresses
        known = {"lo": "127.0.0.1", "eth0": own[0] if own else ""}
        c.next()
        return [known.get(text, text) for text in c.some()]

    def _serve_zone(self, zone: str, address: str, port: int, handler: Next | None) -> None:
        found = self.listening.setdefault((address, port), Listening(address, port))
        if zone in found.zones:
            where = f"dns://{zone}:{port}" + (f" on {address}" if address else "")
            raise CorefileError(f"cannot serve {where} - it is already defined")
        found.zones[zone] = handler

    # -- life ----------------------------------------------------------------------------

    async def start(self) -> None:
        """Startup of the plugins, then listen. Raises CorefileError."""
        first = next(iter(self.listening.values()), None)
        if first:
            self.server.ask_self = lambda query: self._route(first, query)
        for begin in self.server.startup:
            try:
                await begin()
            except SetupError as error:
                await self.stop()
                raise CorefileError(str(error)) from error
        for found in self.listening.values():
            try:
                self._listen(found)
            except OSError as error:
                await self.stop()
                words = (error.strerror or str(error)).lower()
                raise CorefileError(f"Listen: listen tcp {found.shown}: bind: {words}") from error
        self.run_background()

    def _listen(self, found: Listening) -> None:
        host, who = self.process.host, self.process.who
        if found.port < LOW_PORTS and who.uid and not has_own_capability(who):
            raise PermissionError(13, "Permission denied")

        async def datagram(data: bytes, peer: tuple[str, int]) -> bytes | None:
            return await self._answer(found, data, peer, "udp")

        async def stream(end: Stream) -> None:
            while data := await read_framed(end.read):
                reply = await self._answer(found, data, end.peer, "tcp")
                if reply is None:
                    break
                await end.write(frame(reply))

        address = found.address or "0.0.0.0"  # noqa: S104 - inside
        tcp = host.network.listen(host.space, found.port, stream, address)
        self.server.stopping.append(tcp.close)
        udp = host.network.listen_udp(host.space, found.port, datagram, address)
        self.server.stopping.append(udp.close)

    def run_background(self) -> None:
        """Start what plugins have left to be done besides."""
        waiting, self.server.background = self.server.background, []
        for work in waiting:
            task = asyncio.ensure_future(self._guarded(work))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except FatalError as error:
            self._fail(str(error))

    def _fail(self, words: str) -> None:
        if not self.failed.done():
            self.failed.set_result(words)

    async def stop(self) -> None:
        """Close the ports."""
        for close in self.server.stopping:
            close()
        self.server.stopping.clear()
        for task in list(self._tasks):
            task.cancel()
        for work in self.server.background:
            if asyncio.iscoroutine(work):
                work.close()

    # -- queries -------------------------------------------------------------------------

    async def _answer(
        self, found: Listening, data: bytes, peer: tuple[str, int], proto: str
    ) -> bytes | None:
        try:
            asked = decode(data)
        except DnsFormatError:
            return None
        own = self.process.host.space.addresses
        query = Query(asked, peer, proto, own[0] if own else "", found.shown)
        try:
            result = await self._route(found, query)
        except FatalError as error:
            self._fail(str(error))
            return None
        finally:
            self.run_background()
        if result.rcode == "DROP":
            return None
        limit = 65535 if proto == "tcp" else asked.limit
        return _fitted(result.written(query), asked, limit)

    async def _route(self, found: Listening, query: Query) -> Result:
        """To the plugins of the longest zone that the name is in."""
        zone = closest(list(found.zones), query.name)
        handler = found.zones.get(zone) if zone else None
        if handler is None or not query.message.asked or query.message.cls != "IN":
            return Result(rcode="REFUSED" if query.message.asked else "SERVFAIL")
        return await handler(query)

    def zones_shown(self) -> str:
        """What is printed at the start."""
        lines = []
        for found in self.listening.values():
            on = f" on {found.address}" if found.address else ""
            for zone in sorted(found.zones):
                if not _is_plain(zone):
                    words = "does not follow RFC1035 preferred syntax"
                    lines.append(f'Warning: Domain "{zone}" {words}\n')
                lines.append(f"{zone}:{found.port}{on}\n")
        return "".join(lines)


def _fitted(message: Message, asked: Message, limit: int) -> bytes:
    message.id, message.size, message.do = asked.id, asked.size, asked.do
    with suppress(ValueError):
        return encode(message, limit)
    return encode(asked.reply("SERVFAIL"))


def _is_plain(zone: str) -> bool:
    if zone == "." or zone.endswith(("in-addr.arpa.", "ip6.arpa.")):
        return True
    return bool(re.fullmatch(r"(([A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?)\.)+", zone))


def _keys(keys: list[str], default: int) -> list[tuple[str, int]]:
    """The zones of a server block with their ports."""
    found = []
    for key in keys:
        parts = KEY.match(key)
        host, port = (parts[2], parts[3]) if parts else (key, None)
        try:
            labels(host)
        except DnsFormatError:
            words = f"zone is not a valid domain name: {host}"
            raise CorefileError(f"error inspecting server blocks: {words}") from None
        found += [(zone, int(port or default)) for zone in normalized([host])]
    return found


__all__ = ["Instance", "Listening"]


def has_own_capability(who: Identity) -> bool:
    """The binary carries NET_BIND_SERVICE, for as long as the container may have it."""
    return "NET_BIND_SERVICE" in who.capabilities | who.bounding
