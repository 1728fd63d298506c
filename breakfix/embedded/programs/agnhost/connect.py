"""agnhost connect and the subcommands that look at DNS settings."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import NetworkError, RefusedError, TimedOutError
from breakfix.embedded.programs.agnhost.common import (
    UsageError,
    dial_words,
    flags,
    lookup_words,
)
from breakfix.embedded.programs.sockets import (
    CONNECT_TIMEOUT,
    addresses,
    go_duration,
    read_text,
    resolver,
)
from breakfix.embedded.programs.sockets import connect as tcp_connect

_FLAGS = {"timeout": "0s", "protocol": "tcp", "udp-data": "hostname", "sctp-data": "hostname"}


async def connect(process: Process) -> int:
    """`agnhost connect HOST:PORT [--timeout D] [--protocol tcp|udp|sctp]`."""
    try:
        given, rest = await flags(process, _FLAGS, operands=1)
        timeout = go_duration(given["timeout"]) or CONNECT_TIMEOUT
    except UsageError:
        return 1
    except ValueError as error:
        await process.err(f'Error: invalid argument "{process.argv}" for "--timeout": {error}\n')
        return 1
    host, colon, port = rest[0].rpartition(":")
    if not colon or not port.isdigit():
        await process.err(f"UNKNOWN: address {rest[0]}: missing port in address\n")
        return 1
    try:
        where = (await addresses(process, host.strip("[]")))[0]
    except ResolveError as error:
        await process.err(f"DNS: {lookup_words(process, error)}\n")
        return 1
    words = await _tried(process, given, where, int(port), timeout)
    if words:
        await process.err(words + "\n")
    return 1 if words else 0


async def _tried(
    process: Process, given: dict[str, str], where: str, port: int, timeout: float
) -> str:
    """What is wrong with it; "" for nothing."""
    udp = given["protocol"] == "udp"
    network = "udp" if udp else "tcp"
    try:
        if udp:
            host = process.host
            data = (given["udp-data"] + "\n").encode()
            await host.network.ask(host.space, where, port, data, timeout)
        elif given["protocol"] in ("", "tcp"):
            (await tcp_connect(process, where, port, timeout)).close()
        elif given["protocol"] == "sctp":
            return "OTHER: protocol not supported"
        else:
            return "Unsupported protocol\n" + given["protocol"]
    except RefusedError:
        read = f": read udp {process.host.space.addresses[0]}:40000->{where}:{port}: read: "
        return "REFUSED" + (read + "connection refused" if udp else "")
    except TimedOutError:
        read = f": read udp {process.host.space.addresses[0]}:40000->{where}:{port}: i/o timeout"
        return "TIMEOUT" + (read if udp else "")
    except NetworkError as error:
        return f"OTHER: {dial_words(error, network, f'{where}:{port}')}"
    return ""


async def dns_suffix(process: Process) -> int:
    """The search list."""
    await process.out(",".join(resolver(process).settings.search) + "\n")
    return 0


async def dns_servers(process: Process) -> int:
    """The name servers."""
    await process.out(",".join(resolver(process).settings.servers) + "\n")
    return 0


async def etc_hosts(process: Process) -> int:
    """The hosts file."""
    await process.out(read_text(process, "/etc/hosts") + "\n")
    return 0
