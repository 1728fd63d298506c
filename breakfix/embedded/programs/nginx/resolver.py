"""nginx's `resolver`: names of a proxy_pass with variables, asked for while it serves."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError, Resolver
from breakfix.embedded.programs.nginx.config import Directive, seconds
from breakfix.embedded.programs.nginx.location import Location


class CachingResolver:
    """Keeps what it was told for as long as `valid=` says."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._cache: dict[str, tuple[float, list[str]]] = {}  # with the time when it is over

    async def resolve(self, host: str, location: Location) -> list[str]:
        """The addresses of a name. Raises ResolveError."""
        found = location.setting("resolver")
        if found is None:
            raise ResolveError("REFUSED", f"no resolver defined to resolve {host}")
        clock = self._process.host.clock
        kept = self._cache.get(host)
        if kept and kept[0] > clock.monotonic():
            return kept[1]
        options = dict(a.partition("=")[::2] for a in found.args if "=" in a)
        timeout = seconds(location.word("resolver_timeout", "30s"))
        addresses = await self._ask(_server(found), host, timeout)
        self._cache[host] = (clock.monotonic() + seconds(options.get("valid", "5s")), addresses)
        return addresses

    async def _ask(self, server: str, host: str, timeout: float) -> list[str]:
        """Raises ResolveError."""
        resolver = Resolver(self._process.host.network, self._process.host.space, "", "")
        reply = await resolver.ask(server, host + ".", "A", timeout)
        addresses = reply.data("A")
        if not addresses:
            outcome = "NXDOMAIN" if reply.outcome == "NODATA" else reply.outcome
            raise ResolveError(outcome, host)
        return addresses


def _server(found: Directive) -> str:
    """The address of its first name server."""
    servers = [a.rpartition(":")[0] if ":" in a else a for a in found.args if "=" not in a]
    return servers[0]
