"""The nodes' own name server: it answers with the names of the world outside."""

from __future__ import annotations

from contextlib import suppress

from breakfix.embedded.network.dns_messages import Message, decode, encode, frame
from breakfix.embedded.network.dns_records import DnsFormatError, Record
from breakfix.embedded.network.fabric import Fabric
from breakfix.embedded.network.outside import RESOLVER, Outside
from breakfix.embedded.network.resolving import read_framed
from breakfix.embedded.network.types import NetworkNamespace, Stream

TTL = 300


def answer(outside: Outside, asked: Message) -> Message:
    """By the table; aliases are followed."""
    if outside.down:
        return asked.reply("SERVFAIL", ra=True)
    name, found = asked.name.lower().rstrip("."), []
    for _ in range(8):
        target = outside.aliases.get(name)
        if target is None:
            break
        found.append(Record(f"{name}.", "CNAME", f"{target}.", TTL))
        name = target.rstrip(".")
    addresses = outside.names.get(name)
    if addresses is None:
        rcode = "NOERROR" if found else outside.unknown
        return asked.reply(rcode, ra=True, answers=found)
    kind = {"A": ".", "AAAA": ":"}.get(asked.type)
    found += [Record(f"{name}.", asked.type, a, TTL) for a in addresses if kind and kind in a]
    return asked.reply(ra=True, answers=found)


def serve_names(fabric: Fabric, address: str = RESOLVER) -> NetworkNamespace:
    """Start the nodes' name server, UDP and TCP."""
    fabric.outside.near.add(address)
    space = fabric.outside.hosts.setdefault(address, NetworkNamespace("", (address,), "resolver"))

    async def datagram(data: bytes, peer: tuple[str, int]) -> bytes | None:
        del peer
        try:
            asked = decode(data)
        except DnsFormatError:
            return None
        return encode(answer(fabric.outside, asked), asked.limit)

    async def stream(end: Stream) -> None:
        with suppress(DnsFormatError):
            while data := await read_framed(end.read):
                await end.write(frame(encode(answer(fabric.outside, decode(data)))))

    fabric.listen_udp(space, 53, datagram)
    fabric.listen(space, 53, stream)
    return space
