"""nginx's cycle: one configuration, with the servers and upstreams that it makes."""

from __future__ import annotations

from dataclasses import dataclass, field

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.nginx.checks import check
from breakfix.embedded.programs.nginx.config import Config, Directive
from breakfix.embedded.programs.nginx.server import Server, read_servers
from breakfix.embedded.programs.nginx.upstreams import Upstream, read_proxied, read_upstreams
from breakfix.embedded.programs.nginx.variable_names import check_variables


@dataclass
class Cycle:
    """`known`: the addresses of hosts that are no upstreams; `maps` by their variable; `types`:
    Content-Types by the extension of a file."""

    config: Config
    servers: list[Server] = field(default_factory=list)
    upstreams: dict[str, Upstream] = field(default_factory=dict)
    known: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    maps: dict[str, Directive] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)


async def read_cycle(process: Process, config: Config) -> Cycle:
    """Raises ConfigError."""
    check(config.root)
    http = config.http
    maps = {m.args[1].lstrip("$"): m for m in http.all("map") + http.all("geo") if m.args[1:]}
    servers = read_servers(http)
    upstreams = await read_upstreams(process, http)
    known = await read_proxied(process, http, upstreams)
    check_variables(http, set(maps))
    types = {e: t.name for block in http.all("types") for t in block.block or [] for e in t.args}
    return Cycle(config, servers, upstreams, known, maps, types)
