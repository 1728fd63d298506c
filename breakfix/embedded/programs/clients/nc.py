"""nc: busybox's, and OpenBSD's where the image is not busybox."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from breakfix.embedded.machine.types import Input, Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import NetworkError, Stream, TimedOutError
from breakfix.embedded.programs.busybox.words import usage
from breakfix.embedded.programs.options import OptionError, Options, getopt
from breakfix.embedded.programs.sockets import (
    Serving,
    addresses,
    connect,
    pump,
    strerror,
    within,
)

_USAGE = usage(
    "nc [-iN] [-wN] [-l] [-p PORT] [-f FILE|IPADDR PORT] [-e PROG]",
    "Open a pipe to IP:PORT or FILE\n\n\t-l\tListen mode, for inbound connects\n"
    "\t\t(use -ll with -e for persistent server)\n\t-p PORT\tLocal port\n"
    "\t-w SEC\tConnect timeout\n\t-i SEC\tDelay interval for lines sent\n"
    "\t-f FILE\tUse file (ala /dev/ttyS0) instead of network\n\t-e PROG\tRun PROG after connect",
)
_BSD = (
    "usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]\n"
    "\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]\n"
    "\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]\n"
    "\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]\n"
    "\t  [destination] [port]\n"
)
_LAST_PORT = 65535
_SERVICES = {
    "ftp": 21,
    "ssh": 22,
    "telnet": 23,
    "smtp": 25,
    "http-alt": 8080,
    "http": 80,
    "https": 443,
    "domain": 53,
    "postgresql": 5432,
    "redis": 6379,
    "mysql": 3306,
}


def service_name(port: int) -> str:
    """What /etc/services calls it; * where it is not there."""
    return next((n for n, p in _SERVICES.items() if p == port), "*")


async def nc(process: Process) -> int:
    """Which nc the image has."""
    if process.files.exists("/bin/busybox") and process.argv[0].rpartition("/")[2] != "ncat":
        return await _busybox(process)
    return await openbsd(process)


async def _busybox(process: Process) -> int:
    try:
        options = getopt(process.argv[1:], "lp:w:i:f:e:n", permute=False)
        words = options.rest
        if len(words) > 2:  # noqa: PLR2004 - options after the operands
            more = getopt(words[2:], "lp:w:i:f:e:n", permute=False)
            options.values += more.values
            options.rest = words[:2] + more.rest
    except OptionError as error:
        await process.err(f"nc: {error}\n{_USAGE}")
        return 1
    given = options.get("p") or "".join(options.rest[1:2])
    port = _busybox_port(process, given)
    if port is None:
        await process.err(f"nc: bad port '{given}'\n")
        return 1
    if "l" in options:
        return await _listen(process, options, port if "p" in options else 0)
    if not options.rest or (len(options.rest) > 2 and "e" not in options):  # noqa: PLR2004
        await process.err(_USAGE)
        return 1
    if "p" in options:
        port = _port(options.rest[1]) if len(options.rest) > 1 else 0
    seconds = float(options.get("w")) if "w" in options else None
    try:
        return await _busybox_call(process, options, port, seconds)
    except TimedOutError:
        await process.err("nc: timed out\n")
        return 1


async def _busybox_call(
    process: Process, options: Options, port: int, seconds: float | None
) -> int:
    name = options.rest[0]
    try:
        where = (await within(process, seconds, addresses(process, name)))[0]
    except ResolveError:
        await process.err(f"nc: bad address '{name}'\n")
        return 1
    try:
        stream = await connect(process, where, port, seconds)
    except TimedOutError as error:
        if seconds is not None:
            raise
        await process.err(f"nc: can't connect to remote host ({where}): {strerror(error)}\n")
        return 1
    except NetworkError as error:
        await process.err(f"nc: can't connect to remote host ({where}): {strerror(error)}\n")
        return 1
    if "e" in options:
        return await _execute(process, [options.get("e"), *options.rest[2:]], stream)
    return await _talk(process, stream)  # the alarm of -w is off from here on


async def _talk(process: Process, stream: Stream, half_close: bool = True) -> int:
    """Both ways until the other side ends; `half_close`: it is told when our input has ended."""

    async def send() -> None:
        await pump(process.stdin.read, stream.write)
        if half_close:
            stream.end_writing()

    sending = asyncio.ensure_future(send())
    try:
        with suppress(NetworkError):
            while data := await stream.read():
                await process.stdout.write(data)
        return 0
    finally:
        sending.cancel()
        stream.close()


class _From:
    """A connection as standard input and output."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def read(self, limit: int = 65536) -> bytes:
        with suppress(NetworkError):
            return await self._stream.read(limit)
        return b""

    async def write(self, data: bytes) -> None:
        try:
            await self._stream.write(data)
        except NetworkError:
            raise BrokenPipeError from None


async def _execute(process: Process, argv: list[str], stream: Stream) -> int:
    assert process.spawn is not None  # noqa: S101 - every container's process has it
    both = _From(stream)
    source: Input = both
    try:
        return await process.spawn(argv, stdin=source, stdout=both, stderr=both)
    finally:
        stream.close()


async def _listen(process: Process, options: Options, port: int, verbose: bool = False) -> int:  # noqa: C901 - flat cases
    """Serve one connection, or one after another."""
    forever = options.count("l") > 1 or "k" in options
    serving = Serving(process)

    async def serve(end: Stream) -> None:
        if not forever:
            for listener in serving.listeners:
                listener.close()
        if verbose:
            await process.err(f"Connection received on {end.peer[0]} {end.peer[1]}\n")
        if "e" in options:
            code = await _execute(process, [options.get("e"), *options.rest], end)
        else:
            code = await _talk(process, end)
        if not forever:
            serving.end(code)

    try:
        found = serving.tcp(port, serve)
    except OSError as error:
        await process.err(f"nc: bind: {error.strerror}\n")
        return 1
    if verbose:
        await process.err(f"Listening on 0.0.0.0 {found.port}\n")
    return await serving.run()


def _busybox_port(process: Process, word: str) -> int | None:
    """None where it cannot be one; names are known where the image has a list of them."""
    if word.isdigit() or not word:
        return int(word or 0) if int(word or 0) <= _LAST_PORT else None
    return _SERVICES.get(word) if process.files.exists("/etc/services") else None


def _port(word: str) -> int:
    return int(word) if word.isdigit() else _SERVICES.get(word, 0)


# -- OpenBSD's -----------------------------------------------------------------------------


async def openbsd(process: Process) -> int:
    """Debian's and Alpine's netcat-openbsd."""
    try:
        options = getopt(process.argv[1:], "46CDdhklNnrtUuvZzI:i:M:m:O:p:q:s:T:w:W:X:x:e:")
    except OptionError as error:
        await process.err(f"nc: {error}\n{_BSD}")
        return 1
    verbose = "v" in options
    if "l" in options:
        word = options.get("p") or (options.rest[-1] if options.rest else "")
        options.rest = []
        return await _listen(process, options, _port(word), verbose)
    if len(options.rest) != 2:  # noqa: PLR2004
        await process.err("nc: missing port number\n" if len(options.rest) == 1 else _BSD)
        return 1
    name, ports = options.rest
    first, _, last = ports.partition("-")
    code = 1
    for port in range(_port(first), _port(last or first) + 1):
        code = min(code, await _openbsd_port(process, options, name, port))
    return code


def _gai(error: ResolveError) -> str:
    """gai_strerror."""
    if error.temporary:
        return "Temporary failure in name resolution"
    missing = "No address associated with hostname"
    return missing if error.outcome == "NODATA" else "Name or service not known"


async def _openbsd_port(process: Process, options: Options, name: str, port: int) -> int:
    verbose, seconds = "v" in options, float(options.get("w") or 0) or None
    if "u" in options:
        return await _datagram(process, options, name, port, seconds or 5.0)
    try:
        where = (await addresses(process, name))[0]
    except ResolveError as error:
        await process.err(f'nc: getaddrinfo for host "{name}" port {port}: {_gai(error)}\n')
        return 1
    shown = f"{name} ({where})" if name != where else where
    try:
        stream = await connect(process, where, port, seconds)
    except NetworkError as error:
        late = bool(seconds) and isinstance(error, TimedOutError)
        words = "timed out: Operation now in progress" if late else f"failed: {strerror(error)}"
        if verbose:
            await process.err(f"nc: connect to {shown} port {port} (tcp) {words}\n")
        return 1
    if verbose:
        label = service_name(port)
        await process.err(f"Connection to {shown} {port} port [tcp/{label}] succeeded!\n")
    if "z" in options:
        stream.close()
        return 0
    try:
        return await within(process, seconds, _talk(process, stream, "N" in options))
    except TimedOutError:
        return 0


async def _datagram(
    process: Process, options: Options, name: str, port: int, seconds: float
) -> int:
    """One datagram and its reply. No reply is no failure: only a refusal is seen."""
    reply = b""
    try:
        where = (await addresses(process, name))[0]
        data = b"X" if "z" in options else await process.stdin.read()
        host = process.host
        reply = await host.network.ask(host.space, where, port, data, seconds)
    except TimedOutError:
        pass
    except (NetworkError, ResolveError):
        return 1
    if "v" in options:
        await process.err(f"Connection to {name} {port} port [udp/*] succeeded!\n")
    if "z" not in options:
        await process.stdout.write(reply)
    return 0
