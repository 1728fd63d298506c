"""traceroute, in busybox's words."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import NetworkError
from breakfix.embedded.programs.clients.interface import gateway
from breakfix.embedded.programs.options import OptionError, getopt
from breakfix.embedded.programs.sockets import addresses

_HOPS = 30
_WAIT = 5  # s
_PROBES = 3


async def traceroute(process: Process) -> int:
    """`traceroute [-n] [-m HOPS] [-w SECS] HOST`."""
    try:
        options = getopt(process.argv[1:], "nm:w:q:IlFrdvf:s:t:p:z:i:")
    except OptionError as error:
        await process.err(f"traceroute: {error}\n")
        return 1
    name = options.rest[0] if options.rest else ""
    try:
        where = (await addresses(process, name))[0]
    except (ResolveError, IndexError):
        await process.err(f"traceroute: bad address '{name}'\n")
        return 1
    most = int(options.get("m") or _HOPS)
    await process.out(f"traceroute to {name} ({where}), {most} hops max, 46 byte packets\n")
    wait = float(options.get("w") or _WAIT)
    taken, reached = await _echo(process, where, wait)
    hops = list(dict.fromkeys([gateway(process), *([where] if reached else [])]))
    for number, hop in enumerate(hops[:most], 1):
        label = hop if "n" in options else f"{hop} ({hop})"
        await process.out(f"{number:2d}  {label}" + f"  {taken:.3f} ms" * _PROBES + "\n")
    for number in range(len(hops) + 1, 0 if reached else most + 1):
        await process.host.clock.sleep(_PROBES * wait)
        await process.out(f"{number:2d}" + "  *" * _PROBES + "\n")
    return 0


async def _echo(process: Process, where: str, wait: float) -> tuple[float, bool]:
    """How many milliseconds it took, and whether there was a reply."""
    host = process.host
    try:
        return await host.network.ping(host.space, where, wait) * 1000, True
    except NetworkError:
        return 0.06, False
