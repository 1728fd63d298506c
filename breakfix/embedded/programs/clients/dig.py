"""dig: it asks a name server."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.dns_records import fqdn
from breakfix.embedded.network.resolving import Reply, ResolveError, Resolver, is_address
from breakfix.embedded.programs.clients.dig_options import Query, read
from breakfix.embedded.programs.clients.dig_output import banner, shown
from breakfix.embedded.programs.sockets import addresses, resolver

_NO_REPLY = 9
_INTERNAL_ERROR = 10


async def dig(process: Process) -> int:
    """`dig [@SERVER] [NAME] [TYPE] [+short] [+search] [+noall] [+answer]`."""
    query = read(process.argv)
    found = resolver(process)
    server = query.server or found.settings.servers[0]
    if not is_address(server):
        try:
            server = (await addresses(process, server))[0]
        except ResolveError:
            await process.out(f"dig: couldn't get address for '{query.server}': not found\n")
            return _INTERNAL_ERROR
    started = process.host.clock.monotonic()
    reply = await _ask(process, query, found, server)
    if reply.message is None:
        end = "\n" if query.flags["cmd"] else ""
        await process.out(f";; no servers could be reached\n{end}")
        return _NO_REPLY
    taken = int((process.host.clock.monotonic() - started) * 1000)
    await process.out(shown(process, query, reply.message, server, taken))
    return 0


async def _ask(process: Process, query: Query, found: Resolver, server: str) -> Reply:
    """The first name's that is there, else the last one's; silence ends it."""
    names = [fqdn(query.name)]
    if query.flags["search"] and query.name != ".":
        names = list(found.candidates(query.name))
    reply = Reply("TIMEOUT", query.name, server)
    for name in names:
        reply = await _ask_patiently(process, query, found, (name, server))
        if reply.outcome == "NOERROR" or not reply.message:
            break
    return reply


async def _ask_patiently(
    process: Process, query: Query, found: Resolver, what: tuple[str, str]
) -> Reply:
    """As often as +tries says."""
    name, server = what
    type, tcp = query.type or ("NS" if query.name == "." else "A"), query.flags["tcp"]
    reply = Reply("TIMEOUT", query.name, server)
    for attempt in range(query.tries):
        reply = await found.ask(server, name, type, query.timeout, query.port, tcp)
        if reply.message:
            break
        if attempt == 0 and query.flags["cmd"] and not query.flags["short"]:
            await process.out(banner(process))
        words = "connection refused" if reply.outcome == "UNREACHABLE" else "timed out"
        await process.out(f";; communications error to {server}#{query.port}: {words}\n")
    return reply
