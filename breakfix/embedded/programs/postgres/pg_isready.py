"""pg_isready: does a server accept connections?"""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import NetworkError
from breakfix.embedded.programs.options import OptionError, Options, getopt
from breakfix.embedded.programs.postgres.connection_strings import ConninfoError
from breakfix.embedded.programs.postgres.conninfo import Conninfo, conninfo
from breakfix.embedded.programs.postgres.version import VERSION
from breakfix.embedded.programs.sockets import addresses, connect

_LONG_OPTIONS: dict[str, str | None] = {
    "host=": "h", "port=": "p", "username=": "U", "dbname=": "d", "timeout=": "t", "quiet": "q",
    "version": "V", "help": "?",
}  # fmt: skip
_NO_ATTEMPT = 3
_TRY = 'pg_isready: hint: Try "pg_isready --help" for more information.\n'
_HELP = """pg_isready issues a connection check to a PostgreSQL database.

Usage:
  pg_isready [OPTION]...

Options:
  -d, --dbname=DBNAME      database name
  -q, --quiet              run quietly
  -V, --version            output version information, then exit
  -?, --help               show this help, then exit

Connection options:
  -h, --host=HOSTNAME      database server host or socket directory
  -p, --port=PORT          database server port
  -t, --timeout=SECS       seconds to wait when attempting connection, 0 disables (default: 3)
  -U, --username=USERNAME  user name to connect as

Report bugs to <pgsql-bugs@lists.postgresql.org>.
PostgreSQL home page: <https://www.postgresql.org/>
"""


async def pg_isready(process: Process) -> int:
    """`pg_isready [-h HOST] [-p PORT] [-U USER] [-d DB] [-t SECS] [-q]`."""
    try:
        options = getopt(process.argv[1:], "h:p:U:d:t:qV?", _LONG_OPTIONS)
    except OptionError as error:
        await process.err(f"pg_isready: {error}\n{_TRY}")
        return _NO_ATTEMPT
    if "?" in options or "V" in options:
        await process.out(_HELP if "?" in options else f"pg_isready (PostgreSQL) {VERSION}\n")
        return 0
    if options.rest:
        words = f'too many command-line arguments (first is "{options.rest[0]}")'
        await process.err(f"pg_isready: error: {words}\n{_TRY}")
        return _NO_ATTEMPT
    return await _check(process, options)


async def _check(process: Process, options: Options) -> int:
    """Ask the server, and say what came of it."""
    try:
        server = conninfo(process, options)
    except ConninfoError as error:
        await process.err(f"pg_isready: error: {error}\n")
        return _NO_ATTEMPT
    server.connect_timeout = options.get("t") or "3"
    ready = await _is_ready(process, server)
    if "q" not in options:
        words = "accepting connections" if ready else "no response"
        await process.out(f"{server.host or '/var/run/postgresql'}:{server.port_word} - {words}\n")
    return 0 if ready else 2


async def _is_ready(process: Process, server: Conninfo) -> bool:
    try:
        port, timeout = server.port, server.timeout
        address = (await addresses(process, server.host))[0] if server.host else "127.0.0.1"
        (await connect(process, address, port, timeout)).close()
    except (ConninfoError, ResolveError, NetworkError):
        return False
    return True
