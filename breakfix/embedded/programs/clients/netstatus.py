"""What shows the network of a container: ping, ip, ifconfig, route, netstat, ss, traceroute."""

from __future__ import annotations

import re
from ipaddress import ip_interface

from breakfix.embedded.machine.proc import net as proc_net
from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import NetworkError, NoRouteError, RefusedError
from breakfix.embedded.programs.clients.nc import service_name
from breakfix.embedded.programs.options import OptionError, Options, getopt
from breakfix.embedded.programs.sockets import addresses, connect, pump, strerror

_SIZE = 56


def own_address(process: Process) -> str:
    """Its first IPv4 address."""
    return proc_net.own_address(process.host.space)


def _subnet(process: Process) -> str:
    return ".".join(own_address(process).split(".")[:3])


def _mac(process: Process) -> str:
    return proc_net.mac_of(process.host.space)


async def ping(process: Process) -> int:
    """`ping [-c COUNT] [-i SECS] [-W SECS] [-w SECS] [-q] HOST`, busybox's words."""
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
    lost = 100 - 100 * len(times) // max(sent, 1)
    await process.out(f"\n--- {name} ping statistics ---\n{sent} packets transmitted, {len(times)} "
                      f"packets received, {lost}% packet loss\n")  # fmt: skip
    if times:
        low, high, mean = min(times), max(times), sum(times) / len(times)
        await process.out(f"round-trip min/avg/max = {low:.3f}/{mean:.3f}/{high:.3f} ms\n")
    return 0 if times else 1


async def _echoes(
    process: Process, options: Options, where: str, size: int
) -> tuple[list[float], int]:
    host, clock = process.host, process.host.clock
    count = int(options.get("c") or 0)
    pause, wait = float(options.get("i") or 1), float(options.get("W") or 10)
    until = clock.monotonic() + float(options.get("w") or "inf")
    times: list[float] = []
    sent = 0
    while (not count or sent < count) and clock.monotonic() < until:
        started = clock.monotonic()
        last = count and sent == count - 1
        try:
            taken = await host.network.ping(host.space, where, wait if last else pause) * 1000
            times.append(taken)
            if "q" not in options:
                ttl = (
                    64
                    if where == "::1" or where.startswith("127.") or where in host.space.addresses
                    else 62
                )
                await process.out(f"{size + 8} bytes from {where}: seq={sent} ttl={ttl} "
                                  f"time={taken:.3f} ms\n")  # fmt: skip
        except (NoRouteError, RefusedError, NetworkError):
            pass
        sent += 1
        if not last:
            await clock.sleep(max(pause - (clock.monotonic() - started), 0))
    return times, sent


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
    most = int(options.get("m") or 30)
    await process.out(f"traceroute to {name} ({where}), {most} hops max, 46 byte packets\n")
    host = process.host
    try:
        taken = await host.network.ping(host.space, where, float(options.get("w") or 5)) * 1000
        reached, hops = True, list(dict.fromkeys([f"{_subnet(process)}.1", where]))
    except NetworkError:
        taken, reached, hops = 0.06, False, [f"{_subnet(process)}.1"]
    bare = "n" in options
    for i, hop in enumerate(hops[:most]):
        label = hop if bare else f"{hop} ({hop})"
        await process.out(f"{i + 1:2d}  {label}  {taken:.3f} ms  {taken:.3f} ms  {taken:.3f} ms\n")
    for i in range(len(hops) + 1, 0 if reached else most + 1):
        await host.clock.sleep(3 * float(options.get("w") or 5))
        await process.out(f"{i:2d}  *  *  *\n")
    return 0


async def telnet(process: Process) -> int:
    """`telnet HOST [PORT]`."""
    import asyncio

    words = [w for w in process.argv[1:] if not w.startswith("-")]
    if not words:
        await process.err("telnet: missing host\n")
        return 1
    try:
        where = (await addresses(process, words[0]))[0]
        stream = await connect(process, where, int(words[1]) if len(words) > 1 else 23)
    except ResolveError:
        await process.err(f"telnet: bad address '{words[0]}'\n")
        return 1
    except NetworkError as error:
        await process.err(f"telnet: can't connect to remote host ({where}): {strerror(error)}\n")
        return 1
    await process.out(f"Connected to {words[0]}\n")
    tasks = [asyncio.ensure_future(pump(process.stdin.read, stream.write)),
             asyncio.ensure_future(pump(stream.read, process.stdout.write))]  # fmt: skip
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        stream.close()
    if tasks[1].done() and not tasks[1].cancelled():
        await process.err("Connection closed by foreign host\n")
        return 1
    return 0


# -- ip and its like ------------------------------------------------------------------------


def _links(process: Process, details: bool = True, four: bool = False) -> list[tuple[str, str]]:
    own = own_address(process)
    net = ip_interface(f"{own}/24").network
    lo = "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n"
    eth = "2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue \n"
    if not four:
        lo += "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
        eth += f"    link/ether {_mac(process)} brd ff:ff:ff:ff:ff:ff\n"
    ever = "       valid_lft forever preferred_lft forever\n"
    if details:
        lo += f"    inet 127.0.0.1/8 scope host lo\n{ever}"
        eth += f"    inet {own}/24 brd {net.broadcast_address} scope global eth0\n{ever}"
    return [("lo", lo), ("eth0", eth)]


def _on_lines(links: list[str], four: bool) -> str:
    """`-o`: one line for each link, where it is not left out, and for each of its addresses."""
    found = []
    for text in links:
        link, *rest = re.split(r"\n(?=    inet)", text.rstrip("\n"))
        number, name = link.split()[:2]
        head = f"{number} {name.partition('@')[0].rstrip(':')}"
        found += [*([] if four else [link]), *(head + part for part in rest)]
    return "".join(part.replace("\n", "\\") + "\n" for part in found)


def _routes(process: Process) -> str:
    own, net = own_address(process), _subnet(process)
    return (f"default via {net}.1 dev eth0 \n{net}.0/24 via {net}.1 dev eth0  src {own} \n"
            f"{net}.1 dev eth0 scope link  src {own} \n")  # fmt: skip


_CHANGES = ("add", "del", "delete", "set", "change", "replace", "append", "flush")


async def _changed(process: Process, words: list[str]) -> int:
    """Links, addresses and routes: only with NET_ADMIN, and then they are not really changed."""
    if "NET_ADMIN" in process.who.capabilities:
        return 0
    name = next((w for w in reversed(words[2:]) if w in ("lo", "eth0")), "")
    if words[1] in ("del", "delete") and words[0].startswith("l") and not name:
        await process.err(f"ip: can't find device '{words[-1]}'\n")
    elif words[1] == "set":
        await process.err("ip: SIOCSIFFLAGS: Operation not permitted\n")
    else:
        await process.err("ip: RTNETLINK answers: Operation not permitted\n")
    return 2


async def ip(process: Process) -> int:
    """`ip addr|link|route|neigh [show [dev] NAME]`."""
    flags = [w for w in process.argv[1:] if w.startswith("-")]
    words = [w for w in process.argv[1:] if not w.startswith("-")]
    what = words[0] if words else ""
    if words[1:2] and words[1] in _CHANGES:
        return await _changed(process, words)
    if what and any(name.startswith(what) for name in ("address", "addr", "link")):
        name = next((w for w in reversed(words[1:]) if w not in ("show", "list", "dev", "ls")), "")
        links = _links(process, not what.startswith("l"), "-4" in flags)
        shown = [text for link, text in links if name in ("", link)]
        if not shown:
            await process.err(f"ip: can't find device '{name}'\n")
            return 1
        await process.out(_on_lines(shown, "-4" in flags) if "-o" in flags else "".join(shown))
    elif what and "route".startswith(what):
        if words[1:2] == ["get"] and len(words) > 2:  # noqa: PLR2004
            await process.out(f"{words[2]} via {_subnet(process)}.1 dev eth0  src "
                              f"{own_address(process)} \n")  # fmt: skip
        else:
            await process.out(_routes(process))
    elif what and "neighbour".startswith(what[:5]):
        await process.out(f"{_subnet(process)}.1 dev eth0 lladdr 0a:00:00:00:00:01 ref 1 used "
                          "0/0/0 probes 4 REACHABLE\n")  # fmt: skip
    elif what in ("rule", "ru"):
        await process.out("0:\tfrom all lookup local \n32766:\tfrom all lookup main \n"
                          "32767:\tfrom all lookup default \n")  # fmt: skip
    else:
        await process.err("Usage: ip [OPTIONS] address|route|link|neigh|rule [ARGS]\n")
        return 1
    return 0


async def ifconfig(process: Process) -> int:
    """`ifconfig [NAME]`; nothing of it can be changed."""
    if {"up", "down"} & set(process.argv[2:]):
        await process.err("ifconfig: SIOCSIFFLAGS: Operation not permitted\n")
        return 1
    own = own_address(process)
    texts = {
        "eth0": f"eth0      Link encap:Ethernet  HWaddr {_mac(process).upper()}  \n"
        f"          inet addr:{own}  Bcast:{_subnet(process)}.255  Mask:255.255.255.0\n"
        "          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n",
        "lo": "lo        Link encap:Local Loopback  \n          inet addr:127.0.0.1  "
        "Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n",
    }  # fmt: skip
    counts = ("          RX packets:0 errors:0 dropped:0 overruns:0 frame:0\n"
              "          TX packets:0 errors:0 dropped:0 overruns:0 carrier:0\n"
              "          collisions:0 txqueuelen:0 \n"
              "          RX bytes:0 (0.0 B)  TX bytes:0 (0.0 B)\n\n")  # fmt: skip
    names = [w for w in process.argv[1:] if not w.startswith("-")] or list(texts)
    if names[0] not in texts:
        await process.err(f"ifconfig: {names[0]}: error fetching interface information: Device "
                          "not found\n")  # fmt: skip
        return 1
    await process.out("".join(texts[n] + counts for n in names if n in texts))
    return 0


_ROUTES = "Kernel IP routing table\nDestination     Gateway         Genmask         "


def _table_of_routes(process: Process, numeric: bool, row: str) -> str:
    """Lines of a routing table. Addresses that say nothing have names unless `numeric`."""
    net, any_ = _subnet(process), "0.0.0.0"  # noqa: S104 - a route
    rows = [(any_ if numeric else "default", f"{net}.1", any_, "UG"),
            (f"{net}.0", f"{net}.1", "255.255.255.0", "UG"),
            (f"{net}.1", any_ if numeric else "*", "255.255.255.255", "UH")]  # fmt: skip
    return "".join(f"{d:<16s}{g:<16s}{m:<16s}{f:<5s} {row} eth0\n" for d, g, m, f in rows)


async def route(process: Process) -> int:
    """`route [-n]`."""
    numeric = any(w.startswith("-") and "n" in w for w in process.argv[1:])
    text = _table_of_routes(process, numeric, "0      0        0")
    await process.out(f"{_ROUTES}Flags Metric Ref    Use Iface\n{text}")
    return 0


async def arp(process: Process) -> int:
    """`arp`."""
    await process.out(f"? ({_subnet(process)}.1) at 0a:00:00:00:00:01 [ether]  on eth0\n")
    return 0


def _listening(process: Process) -> list[tuple[str, str, int]]:
    return sorted((str(t).lower(), a, p) for t, a, p in process.host.space.listeners)


async def netstat(process: Process) -> int:
    """`netstat [-tulnar]`."""
    letters = "".join(w[1:] for w in process.argv[1:] if w.startswith("-"))
    if bad := next((c for c in letters if c not in "raltuwxenp"), ""):
        await process.err(f"netstat: invalid option -- '{bad}'\n")
        return 1
    if "r" in letters:
        text = _table_of_routes(process, "n" in letters, "    0 0          0")
        await process.out(f"{_ROUTES}Flags   MSS Window  irtt Iface\n{text}")
        return 0
    kinds = [k for k, c in (("tcp", "t"), ("udp", "u")) if c in letters] or ["tcp", "udp"]
    only = "only servers" if "l" in letters else \
        "servers and established" if "a" in letters else "w/o servers"  # fmt: skip
    text = f"Active Internet connections ({only})\nProto Recv-Q Send-Q Local Address           " \
        "Foreign Address         State       \n"  # fmt: skip
    for kind, address, port in _listening(process) if set("la") & set(letters) else []:
        if kind in kinds:
            here, state = f"{address}:{port}", "LISTEN" if kind == "tcp" else ""
            text += f"{kind}        0      0 {here:<23s} {'0.0.0.0:*':<23s} {state:<11s} \n"
    if not set("tuw") & set(letters):
        text += f"Active UNIX domain sockets ({only})\n" \
            "Proto RefCnt Flags       Type       State         I-Node Path\n"  # fmt: skip
    await process.out(text)
    return 0


async def ss(process: Process) -> int:
    """`ss -tlnp`."""
    letters = "".join(w[1:] for w in process.argv[1:] if w.startswith("-"))
    kinds = [k for k, c in (("tcp", "t"), ("udp", "u")) if c in letters] or ["tcp", "udp"]
    both = len(kinds) > 1
    head = (
        ("Netid " if both else "")
        + "State  Recv-Q Send-Q Local Address:Port  Peer Address:Port"
        + ("Process" if "p" in letters else "")
    )
    text = head + "\n"
    for kind, address, port in _listening(process) if set("la") & set(letters) else []:
        if kind in kinds:
            state = "LISTEN" if kind == "tcp" else "UNCONN"
            shown = str(port) if "n" in letters or service_name(port) == "*" else service_name(port)
            here = f"{address}:{shown}"
            text += (f"{kind:<6s}" if both else "") + f"{state:<6s} 0      511  {here:>18s}  " \
                f"{'0.0.0.0:*':>16s}\n"  # fmt: skip
    await process.out(text)
    return 0
