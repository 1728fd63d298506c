"""nc: busybox's, and OpenBSD's where the image is not busybox."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import NetworkError, Stream, TimedOutError
from breakfix.embedded.programs.busybox.words import usage
from breakfix.embedded.programs.clients.nc_listen import listen
from breakfix.embedded.programs.clients.nc_openbsd import openbsd
from breakfix.embedded.programs.clients.services import SERVICES, port_number
from breakfix.embedded.programs.clients.talk import execute, talk
from breakfix.embedded.programs.options import OptionError, Options, getopt
from breakfix.embedded.programs.sockets import addresses, connect, strerror, within

_SHORT = "lp:w:i:f:e:n"
_USAGE = usage(
    "nc [-iN] [-wN] [-l] [-p PORT] [-f FILE|IPADDR PORT] [-e PROG]",
    "Open a pipe to IP:PORT or FILE\n\n\t-l\tListen mode, for inbound connects\n"
    "\t\t(use -ll with -e for persistent server)\n\t-p PORT\tLocal port\n"
    "\t-w SEC\tConnect timeout\n\t-i SEC\tDelay interval for lines sent\n"
    "\t-f FILE\tUse file (ala /dev/ttyS0) instead of network\n\t-e PROG\tRun PROG after connect",
)
_LAST_PORT = 65535
_OPERANDS = 2  # IPADDR PORT


async def nc(process: Process) -> int:
    """Which nc the image has."""
    if process.files.exists("/bin/busybox") and process.argv[0].rpartition("/")[2] != "ncat":
        return await _busybox(process)
    return await openbsd(process)


async def _busybox(process: Process) -> int:
    try:
        options = _options(process.argv[1:])
    except OptionError as error:
        await process.err(f"nc: {error}\n{_USAGE}")
        return 1
    given = options.get("p") or "".join(options.rest[1:2])
    port = _port(process, given)
    if port is None:
        await process.err(f"nc: bad port '{given}'\n")
        return 1
    if "l" in options:
        return await listen(process, options, port if "p" in options else 0)
    if not options.rest or (len(options.rest) > _OPERANDS and "e" not in options):
        await process.err(_USAGE)
        return 1
    if "p" in options:
        port = port_number(options.rest[1]) if len(options.rest) > 1 else 0
    return await _call(process, options, port)


def _options(words: list[str]) -> Options:
    """Options may also follow the operands. Raises OptionError."""
    options = getopt(words, _SHORT, permute=False)
    operands = options.rest
    if len(operands) > _OPERANDS:
        more = getopt(operands[_OPERANDS:], _SHORT, permute=False)
        options.values += more.values
        options.rest = operands[:_OPERANDS] + more.rest
    return options


def _port(process: Process, word: str) -> int | None:
    """None where it cannot be one; names are known where the image has a list of them."""
    if word.isdigit() or not word:
        return int(word or 0) if int(word or 0) <= _LAST_PORT else None
    return SERVICES.get(word) if process.files.exists("/etc/services") else None


async def _call(process: Process, options: Options, port: int) -> int:
    """Connect, and talk or run -e's program."""
    name = options.rest[0]
    seconds = float(options.get("w")) if "w" in options else None
    try:
        stream = await _connected(process, name, port, seconds)
    except ResolveError:
        await process.err(f"nc: bad address '{name}'\n")
        return 1
    except TimedOutError:
        await process.err("nc: timed out\n")
        return 1
    if stream is None:
        return 1
    if "e" in options:
        return await execute(process, [options.get("e"), *options.rest[_OPERANDS:]], stream)
    return await talk(process, stream)  # the alarm of -w is off from here on


async def _connected(
    process: Process, name: str, port: int, seconds: float | None
) -> Stream | None:
    """None after saying why not. Raises ResolveError, and TimedOutError where -w is over."""
    where = (await within(process, seconds, addresses(process, name)))[0]
    try:
        return await connect(process, where, port, seconds)
    except NetworkError as error:
        if seconds is not None and isinstance(error, TimedOutError):
            raise
        await process.err(f"nc: can't connect to remote host ({where}): {strerror(error)}\n")
        return None
