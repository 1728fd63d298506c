"""pg_isready: does a server accept connections?"""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import NetworkError
from breakfix.embedded.programs.options import OptionError, getopt
from breakfix.embedded.programs.postgres.conninfo import Conninfo, conninfo
from breakfix.embedded.programs.postgres.psql_options import LONG_OPTIONS
from breakfix.embedded.programs.sockets import addresses, connect


async def pg_isready(process: Process) -> int:
    """`pg_isready [-h HOST] [-p PORT] [-U USER] [-d DB] [-t SECS] [-q]`."""
    try:
        options = getopt(process.argv[1:], "h:p:U:d:t:qV", LONG_OPTIONS)
    except OptionError as error:
        await process.err(f"pg_isready: {error}\n")
        return 3
    server = conninfo(process, options)
    timeout = float(options.get("t") or options.get("timeout") or 3) or None
    ready = await _is_ready(process, server, timeout)
    if "q" not in options:
        words = "accepting connections" if ready else "no response"
        await process.out(f"{server.host or '/var/run/postgresql'}:{server.port} - {words}\n")
    return 0 if ready else 2


async def _is_ready(process: Process, server: Conninfo, timeout: float | None) -> bool:
    try:
        address = (await addresses(process, server.host))[0] if server.host else "127.0.0.1"
        (await connect(process, address, server.port, timeout)).close()
    except (ResolveError, NetworkError):
        return False
    return True
