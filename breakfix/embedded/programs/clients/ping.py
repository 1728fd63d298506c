"""ping, in busybox's words."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import NetworkError
from breakfix.embedded.programs.options import OptionError, Options, getopt
from breakfix.embedded.programs.sockets import addresses

_SIZE = 56
_ICMP_HEADER = 8
_TTL, _ROUTED_TTL = 64, 62


async def ping(process: Process) -> int:
    """`ping [-c COUNT] [-i SECS] [-W SECS] [-w SECS] [-q] HOST`."""
    try:
        options = getopt(process.argv[1:], "46Aqc:s:t:w:W:i:I:np:nv")
    except OptionError as error:
        await process.err(f"ping: {error}\n")
        return 1
    if not options.rest:
        await process.err("ping: usage error: Destination address required\n")
        return 1
    name = options.rest[0]
    try:
        where = (await addresses(process, name))[0]
    except ResolveError:
        await process.err(f"ping: bad address '{name}'\n")
        return 1
    size = int(options.get("s") or _SIZE)
    await process.out(f"PING {name} ({where}): {size} data bytes\n")
    times, sent = await _echoes(process, options, where, size)
    await process.out(_statistics(name, times, sent))
    return 0 if times else 1


async def _echoes(
    process: Process, options: Options, where: str, size: int
) -> tuple[list[float], int]:
    """The times of the replies in milliseconds, and how many requests were sent."""
    clock = process.host.clock
    count = int(options.get("c") or 0)
    pause, wait = float(options.get("i") or 1), float(options.get("W") or 10)
    until = clock.monotonic() + float(options.get("w") or "inf")
    times: list[float] = []
    sent = 0
    while (not count or sent < count) and clock.monotonic() < until:
        started = clock.monotonic()
        last = count and sent == count - 1
        taken = await _echo(process, where, wait if last else pause)
        if taken is not None:
            times.append(taken)
            if "q" not in options:
                await process.out(_reply(process, where, size, sent, taken))
        sent += 1
        if not last:
            await clock.sleep(max(pause - (clock.monotonic() - started), 0))
    return times, sent


async def _echo(process: Process, where: str, wait: float) -> float | None:
    """How many milliseconds it took; None without a reply."""
    host = process.host
    try:
        return await host.network.ping(host.space, where, wait) * 1000
    except NetworkError:
        return None


def _reply(process: Process, where: str, size: int, number: int, taken: float) -> str:
    own = where == "::1" or where.startswith("127.") or where in process.host.space.addresses
    ttl = _TTL if own else _ROUTED_TTL
    return (f"{size + _ICMP_HEADER} bytes from {where}: seq={number} ttl={ttl} "
            f"time={taken:.3f} ms\n")  # fmt: skip


def _statistics(name: str, times: list[float], sent: int) -> str:
    lost = 100 - 100 * len(times) // max(sent, 1)
    text = (f"\n--- {name} ping statistics ---\n{sent} packets transmitted, {len(times)} "
            f"packets received, {lost}% packet loss\n")  # fmt: skip
    if times:
        low, high, mean = min(times), max(times), sum(times) / len(times)
        text += f"round-trip min/avg/max = {low:.3f}/{mean:.3f}/{high:.3f} ms\n"
    return text
