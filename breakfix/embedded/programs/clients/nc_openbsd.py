"""Debian's and Alpine's netcat-openbsd."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import NetworkError, Stream, TimedOutError
from breakfix.embedded.programs.clients.nc_listen import listen
from breakfix.embedded.programs.clients.nc_ports import PortError, listening_port, ports
from breakfix.embedded.programs.clients.services import service_name
from breakfix.embedded.programs.clients.talk import talk
from breakfix.embedded.programs.options import OptionError, Options, getopt
from breakfix.embedded.programs.sockets import addresses, connect, strerror, within

_USAGE = (
    "usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]\n"
    "\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]\n"
    "\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]\n"
    "\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]\n"
    "\t  [destination] [port]\n"
)
_UDP_WAIT = 5.0  # s


async def openbsd(process: Process) -> int:
    """`nc [-lukvzN] [-w SECS] HOST PORT[-PORT]`."""
    try:
        options = getopt(process.argv[1:], "46CDdhklNnrtUuvZzI:i:M:m:O:p:q:s:T:w:W:X:x:e:")
    except OptionError as error:
        await process.err(f"nc: {error}\n{_USAGE}")
        return 1
    try:
        return await _run(process, options)
    except PortError as error:
        await process.err(f"nc: {error}\n")
        return 1


async def _run(process: Process, options: Options) -> int:
    """Listen or connect. Raises PortError."""
    if "l" in options:
        word = options.get("p") or (options.rest[-1] if options.rest else "")
        options.rest = []
        return await listen(process, options, listening_port(word), "v" in options)
    if len(options.rest) != 2:  # noqa: PLR2004
        await process.err("nc: missing port number\n" if len(options.rest) == 1 else _USAGE)
        return 1
    name, word = options.rest
    code = 1
    for port in ports(word):
        code = min(code, await _call(process, options, name, port))
    return code


async def _call(process: Process, options: Options, name: str, port: int) -> int:
    """One port."""
    seconds = float(options.get("w") or 0) or None
    if "u" in options:
        return await _datagram(process, options, name, port, seconds or _UDP_WAIT)
    stream = await _connected(process, options, name, port, seconds)
    if stream is None:
        return 1
    if "z" in options:
        stream.close()
        return 0
    try:
        return await within(process, seconds, talk(process, stream, "N" in options))
    except TimedOutError:
        return 0


async def _connected(
    process: Process, options: Options, name: str, port: int, seconds: float | None
) -> Stream | None:
    """None after saying why not."""
    try:
        where = (await addresses(process, name))[0]
    except ResolveError as error:
        await process.err(f'nc: getaddrinfo for host "{name}" port {port}: {_gai(error)}\n')
        return None
    shown = f"{name} ({where})" if name != where else where
    try:
        stream = await connect(process, where, port, seconds)
    except NetworkError as error:
        late = bool(seconds) and isinstance(error, TimedOutError)
        words = "timed out: Operation now in progress" if late else f"failed: {strerror(error)}"
        await _tell(process, options, f"nc: connect to {shown} port {port} (tcp) {words}\n")
        return None
    label = service_name(port)
    await _tell(process, options, f"Connection to {shown} {port} port [tcp/{label}] succeeded!\n")
    return stream


async def _tell(process: Process, options: Options, text: str) -> None:
    """Say it where -v is given."""
    if "v" in options:
        await process.err(text)


def _gai(error: ResolveError) -> str:
    """gai_strerror."""
    if error.temporary:
        return "Temporary failure in name resolution"
    missing = "No address associated with hostname"
    return missing if error.outcome == "NODATA" else "Name or service not known"


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
    await _tell(process, options, f"Connection to {name} {port} port [udp/*] succeeded!\n")
    if "z" not in options:
        await process.stdout.write(reply)
    return 0
