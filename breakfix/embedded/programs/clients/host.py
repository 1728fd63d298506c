"""host: a name's addresses, in BIND's words."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.dns_messages import reverse_name
from breakfix.embedded.network.dns_records import fqdn
from breakfix.embedded.network.resolving import Reply, Resolver, is_address
from breakfix.embedded.programs.sockets import resolver

_USAGE = (
    "Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]\n"
    "            [-R number] [-m flag] [-p port] hostname [server]\n"
)
_RECORDS = {"A": "has address", "AAAA": "has IPv6 address", "CNAME": "is an alias for",
            "PTR": "domain name pointer", "SRV": "has SRV record", "NS": "name server",
            "MX": "mail is handled by", "TXT": "descriptive text"}  # fmt: skip
_RCODES = {"NXDOMAIN": 3, "SERVFAIL": 2, "REFUSED": 5}


async def host(process: Process) -> int:
    """`host [-t TYPE] NAME [SERVER]`."""
    words, types = _read(process.argv[1:])
    if not words:
        await process.err(_USAGE)
        return 1
    found, name = resolver(process), words[0]
    server = words[1] if len(words) > 1 else ""
    if server:
        await process.out(f"Using domain server:\nName: {server}\nAddress: {server}#53\n"
                          "Aliases: \n\n")  # fmt: skip
    for type in types or (["PTR"] if is_address(name) else ["A", "AAAA", "MX"]):
        reply = await _ask(found, name, type, server)
        if not await _print(process, name, reply, type if types else ""):
            return 1
    return 0


def _read(argv: list[str]) -> tuple[list[str], list[str]]:
    """Words and types."""
    words, types, rest = [], [], list(argv)
    while rest:
        word = rest.pop(0)
        if word in ("-t", "-W", "-R", "-c") and rest:
            value = rest.pop(0)
            types += [value.upper()] if word == "-t" else []
        elif not word.startswith("-"):
            words.append(word)
    return words, types


async def _ask(found: Resolver, name: str, type: str, server: str) -> Reply:
    """The first name's that is there, else the last one's."""
    reply = Reply("NXDOMAIN", name)
    for one in [fqdn(reverse_name(name))] if is_address(name) else found.candidates(name):
        reply = await found.query(one, type, server)
        if reply.outcome != "NXDOMAIN":
            break
    return reply


async def _print(process: Process, name: str, reply: Reply, wanted: str) -> bool:
    """Print it; says whether to go on. `wanted`: the type that was asked for by name."""
    asked = reverse_name(name) if is_address(name) else name
    if reply.message is None:
        await process.out(";; connection timed out; no servers could be reached\n")
        return False
    if reply.outcome not in ("NOERROR", "NODATA"):
        rcode = reply.message.rcode
        number = _RCODES.get(rcode, _RCODES["SERVFAIL"])
        await process.out(f"Host {asked.rstrip('.')} not found: {number}({rcode})\n")
        return False
    if reply.outcome == "NODATA" and wanted:
        await process.out(f"{asked} has no {wanted} record\n")
    for record in reply.message.answers:
        text = f"{record.name.rstrip('.')} {_RECORDS.get(record.type, record.type)}"
        data = record.data.rstrip(".") if record.type in ("A", "AAAA") else record.data
        await process.out(f"{text} {data}\n")
    return True
