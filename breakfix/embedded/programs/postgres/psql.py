"""psql: it connects, and runs what its options or its input say."""

from __future__ import annotations

import posixpath

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import NetworkError
from breakfix.embedded.programs.options import OptionError, Options, getopt
from breakfix.embedded.programs.postgres.connection_strings import ConninfoError
from breakfix.embedded.programs.postgres.conninfo import conninfo
from breakfix.embedded.programs.postgres.libpq import CLOSED, Connection, ConnectionFailedError
from breakfix.embedded.programs.postgres.psql_options import LONG_OPTIONS
from breakfix.embedded.programs.postgres.psql_shell import Shell
from breakfix.embedded.programs.postgres.version import VERSION
from breakfix.embedded.programs.sockets import Reader


async def psql(process: Process) -> int:
    """`psql [-h HOST] [-p PORT] [-U USER] [-d DB] [-c SQL] [-f FILE] [-tAxql] [URI]`."""
    try:
        options = getopt(process.argv[1:], "c:h:p:U:d:f:tAxlqwWVv:F:Xa1nbeEo:R:s", LONG_OPTIONS)
    except OptionError as error:
        await process.err(f'psql: {error}\npsql: hint: Try "psql --help" for more information.\n')
        return 1
    if "V" in options:
        await process.out(f"psql (PostgreSQL) {VERSION}\n")
        return 0
    reader = Reader(process.stdin.read)
    try:
        connection = Connection(process, conninfo(process, options))
        connection.input = None if "w" in options else reader
        await connection.open()
    except (ConninfoError, ConnectionFailedError) as error:
        await process.err(f"psql: error: {error}\n")
        return 2
    return await _run(Shell(process, connection, options), reader)


async def _run(shell: Shell, reader: Reader) -> int:
    """All that it has to do, and the end of its connection."""
    connection = shell.connection
    try:
        return await _work(shell, reader)
    except NetworkError:
        await shell.process.err(f"{CLOSED}\nconnection to server was lost\n")
        return 2
    finally:
        connection.stream.close()


async def _work(shell: Shell, reader: Reader) -> int:
    """What the options ask for; otherwise standard input."""
    process, options = shell.process, shell.options
    if "l" in options:
        return await shell.command("l")
    if "c" in options:
        return await _commands(shell, options.all("c"))
    if "f" in options:
        path = posixpath.join(process.cwd, options.get("f"))
        try:
            text = process.files.read(path).decode(errors="replace")
        except OSError as error:
            await process.err(f"psql: error: {options.get('f')}: {error.strerror}\n")
            return 1
    elif process.tty:
        return await shell.interactive(reader)
    else:
        text = (await reader.rest()).decode(errors="replace")
    return await shell.script(text, _stops_on_error(options))


async def _commands(shell: Shell, commands: list[str]) -> int:
    """What -c gives: statements, or a command that begins with a backslash."""
    code = 0
    for text in commands:
        meta = text.strip().startswith("\\")
        code = await (shell.command(text.strip()[1:]) if meta else shell.statement(text))
    return code


def _stops_on_error(options: Options) -> bool:
    return any(v.startswith("ON_ERROR_STOP=") and v[14:] not in ("0", "off")
               for v in options.all("v"))  # fmt: skip
