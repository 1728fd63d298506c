"""ip: addresses, links, routes, neighbours and rules."""

from __future__ import annotations

import re
from ipaddress import ip_interface

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.clients.interface import (
    GATEWAY_MAC,
    gateway,
    mac,
    own_address,
    subnet,
)

_CHANGES = ("add", "del", "delete", "set", "change", "replace", "append", "flush")
_RULES = (
    "0:\tfrom all lookup local \n32766:\tfrom all lookup main \n32767:\tfrom all lookup default \n"
)
_USAGE = "Usage: ip [OPTIONS] address|route|link|neigh|rule [ARGS]\n"


async def ip(process: Process) -> int:
    """`ip addr|link|route|neigh [show [dev] NAME]`."""
    flags = [w for w in process.argv[1:] if w.startswith("-")]
    words = [w for w in process.argv[1:] if not w.startswith("-")]
    what = words[0] if words else ""
    if words[1:2] and words[1] in _CHANGES:
        return await _changed(process, words)
    if what and any(name.startswith(what) for name in ("address", "addr", "link")):
        return await _show_links(process, flags, words)
    if text := _shown(process, words, what):
        await process.out(text)
        return 0
    await process.err(_USAGE)
    return 1


def _shown(process: Process, words: list[str], what: str) -> str:
    """What has no options; "" where it is nothing that ip knows."""
    if what and "route".startswith(what):
        return _route(process, words)
    if what and "neighbour".startswith(what[:5]):
        return (f"{gateway(process)} dev eth0 lladdr {GATEWAY_MAC} ref 1 used "
                "0/0/0 probes 4 REACHABLE\n")  # fmt: skip
    return _RULES if what in ("rule", "ru") else ""


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


async def _show_links(process: Process, flags: list[str], words: list[str]) -> int:
    """`ip addr` and `ip link`."""
    name = next((w for w in reversed(words[1:]) if w not in ("show", "list", "dev", "ls")), "")
    four = "-4" in flags
    links = _links(process, not words[0].startswith("l"), four)
    shown = [text for link, text in links if name in ("", link)]
    if not shown:
        await process.err(f"ip: can't find device '{name}'\n")
        return 1
    await process.out(_on_lines(shown, four) if "-o" in flags else "".join(shown))
    return 0


def _links(process: Process, details: bool, four: bool) -> list[tuple[str, str]]:
    """Names and texts. `details`: with addresses; `four`: IPv4 alone, without the link's own."""
    own = own_address(process)
    net = ip_interface(f"{own}/24").network
    lo = "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n"
    eth = "2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue \n"
    if not four:
        lo += "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
        eth += f"    link/ether {mac(process)} brd ff:ff:ff:ff:ff:ff\n"
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


def _route(process: Process, words: list[str]) -> str:
    """`ip route` and `ip route get`."""
    own, via = own_address(process), gateway(process)
    if words[1:2] == ["get"] and words[2:]:
        return f"{words[2]} via {via} dev eth0  src {own} \n"
    return (f"default via {via} dev eth0 \n{subnet(process)}.0/24 via {via} dev eth0  src {own} \n"
            f"{via} dev eth0 scope link  src {own} \n")  # fmt: skip
