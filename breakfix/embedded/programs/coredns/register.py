"""CoreDNS's server blocks: their plugins are set up, their zones get addresses and ports."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from breakfix.embedded.network.dns_records import DnsFormatError, labels
from breakfix.embedded.programs.coredns.chain import (
    Plugin,
    Server,
    SetupError,
    chain,
    normalized,
)
from breakfix.embedded.programs.coredns.controller import Controller
from breakfix.embedded.programs.coredns.corefile import Block
from breakfix.embedded.programs.coredns.directives import DIRECTIVES
from breakfix.embedded.programs.coredns.http import Health
from breakfix.embedded.programs.coredns.plugins import NO_HANDLER, plugin_type
from breakfix.embedded.programs.coredns.server import Listening
from breakfix.embedded.programs.coredns.small import Reload
from breakfix.embedded.programs.coredns.tokens import CorefileError

KEY = re.compile(r"^(?:(dns|tls|quic|grpc|https)://)?(.*?)(?::(\d+))?$")


@dataclass
class _Part:
    """A server block on its way to be served."""

    block: Block
    keys: list[tuple[str, int]]
    plugins: list[Plugin] = field(default_factory=list)
    addresses: list[str] = field(default_factory=lambda: [""])


@dataclass
class Registry:
    """What all server blocks make; `port` is the one of keys without any."""

    server: Server
    file: str
    port: int
    listening: dict[tuple[str, int], Listening] = field(default_factory=dict)
    reload: Reload | None = None
    health: Health | None = None

    def register(self, blocks: list[Block]) -> None:
        """Plugins by the order of directives, in every block. Raises CorefileError."""
        parts = [_Part(block, _keys(block.keys, self.port)) for block in blocks]
        for name in DIRECTIVES:
            for part in parts:
                if tokens := part.block.tokens.get(name):
                    self._take(part, name, Controller(tokens, self.file, part.block.keys))
        for part in parts:
            self._serve(part)

    def _take(self, part: _Part, name: str, controller: Controller) -> None:
        if name == "bind":
            part.addresses = self._bind(controller)
            return
        plugin = self._plugin(name, [zone for zone, _ in part.keys], controller)
        if name not in NO_HANDLER:
            part.plugins.append(plugin)

    def _bind(self, c: Controller) -> list[str]:
        own = self.server.process.host.space.addresses
        known = {"lo": "127.0.0.1", "eth0": own[0] if own else ""}
        c.next()
        return [known.get(text, text) for text in c.some()]

    def _plugin(self, name: str, zones: list[str], controller: Controller) -> Plugin:
        plugin = plugin_type(name)(self.server, zones)
        try:
            plugin.setup(controller)
        except (SetupError, CorefileError) as error:
            raise CorefileError(f"plugin/{name}: {error}") from error
        if isinstance(plugin, Reload):
            self.reload = plugin
        if isinstance(plugin, Health):
            self.health = plugin
        return plugin

    def _serve(self, part: _Part) -> None:
        handler = chain(part.plugins) if part.plugins else None
        for zone, port in part.keys:
            for address in part.addresses:
                found = self.listening.setdefault((address, port), Listening(address, port))
                found.add(zone, handler)


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
