"""nginx's upstreams: the servers behind a name, of upstream blocks and of proxy_pass."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError, is_address
from breakfix.embedded.programs.nginx.checks import check_authority
from breakfix.embedded.programs.nginx.config import ConfigError, Directive, walk
from breakfix.embedded.programs.sockets import addresses


@dataclass
class Upstream:
    """A group of servers, asked in turn."""

    name: str
    servers: list[tuple[str, int]] = field(default_factory=list)
    turn: itertools.count[int] = field(default_factory=itertools.count)

    def order(self) -> list[tuple[str, int]]:
        """From the next one on."""
        if not self.servers:
            return []
        at = next(self.turn) % len(self.servers)
        return self.servers[at:] + self.servers[:at]


async def resolve_upstream(
    process: Process, word: str, port: int, where: str
) -> list[tuple[str, int]]:
    """The addresses of a server at start. Raises ConfigError."""
    host, colon, number = word.rpartition(":")
    if not colon or not number.isdigit():
        host, number = word, str(port)
    if is_address(host):
        return [(host, int(number))]
    try:
        found = await addresses(process, host)
    except ResolveError:
        raise ConfigError(f'host not found in upstream "{word}"{where}') from None
    return [(a, int(number)) for a in found if ":" not in a] or [(found[0], int(number))]


async def read_upstreams(process: Process, http: Directive) -> dict[str, Upstream]:
    """The upstream blocks. Raises ConfigError."""
    found: dict[str, Upstream] = {}
    for block in http.all("upstream"):
        upstream = Upstream(block.args[0])
        for server in block.all("server"):
            if "down" not in server.args:
                upstream.servers += await resolve_upstream(
                    process, server.args[0], 80, server.where
                )
        if not upstream.servers:
            raise ConfigError(f"no servers are inside upstream{block.where}")
        found[upstream.name] = upstream
    return found


async def read_proxied(
    process: Process, http: Directive, upstreams: dict[str, Upstream]
) -> dict[str, list[tuple[str, int]]]:
    """The addresses of the hosts that proxy_pass names. Raises ConfigError."""
    known: dict[str, list[tuple[str, int]]] = {}
    for found in _proxy_passes(http):
        if "$" in found.args[0]:
            continue
        scheme, authority = _target(found)
        if authority not in upstreams and not authority.startswith("unix:"):
            port = 443 if scheme == "https" else 80
            known[authority] = await _resolved(process, authority, port, found.where)
    return known


def _proxy_passes(http: Directive) -> list[Directive]:
    found: list[Directive] = []

    def look(one: Directive) -> None:
        if one.name == "proxy_pass":
            found.append(one)

    walk(http, look)
    return found


def _target(found: Directive) -> tuple[str, str]:
    """Scheme, and host with its port. Raises ConfigError."""
    scheme, mark, rest = found.args[0].partition("://")
    if not mark or scheme not in ("http", "https"):
        raise ConfigError(f"invalid URL prefix{found.where}")
    authority = rest.partition("/")[0]
    check_authority(authority, found)
    return scheme, authority


async def _resolved(
    process: Process, authority: str, port: int, where: str
) -> list[tuple[str, int]]:
    """Errors have the name without its port. Raises ConfigError."""
    try:
        return await resolve_upstream(process, authority, port, where)
    except ConfigError:
        host = authority.rpartition(":")[0] if ":" in authority else authority
        raise ConfigError(f'host not found in upstream "{host}"{where}') from None
