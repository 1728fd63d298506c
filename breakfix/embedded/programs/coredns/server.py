"""One server of CoreDNS: the zones on an address and port, and what is answered there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from breakfix.embedded.machine.types import Identity, Process
from breakfix.embedded.network.dns_messages import Message, encode, frame
from breakfix.embedded.network.resolving import read_framed
from breakfix.embedded.network.types import Stream
from breakfix.embedded.programs.coredns.chain import Next, Query, Result, closest
from breakfix.embedded.programs.coredns.tokens import CorefileError

LOW_PORTS = 1024
# What is answered to a message of a peer by "udp" or "tcp"; None: nothing.
Answer = Callable[[bytes, tuple[str, int], str], Awaitable[bytes | None]]


@dataclass
class Listening:
    """The zones that are served on one address and port."""

    address: str
    port: int
    zones: dict[str, Next | None] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """As Go writes it."""
        return f"{self.address}:{self.port}"

    def add(self, zone: str, handler: Next | None) -> None:
        """Serve a zone too. Raises CorefileError."""
        if zone in self.zones:
            where = f"dns://{zone}:{self.port}" + (f" on {self.address}" if self.address else "")
            raise CorefileError(f"cannot serve {where} - it is already defined")
        self.zones[zone] = handler

    async def route(self, query: Query) -> Result:
        """To the plugins of the longest zone that the name is in."""
        zone = closest(list(self.zones), query.name)
        handler = self.zones.get(zone) if zone else None
        if handler is None or not query.message.asked or query.message.cls != "IN":
            return Result(rcode="REFUSED" if query.message.asked else "SERVFAIL")
        return await handler(query)

    def listen(self, process: Process, answer: Answer, stopping: list[Callable[[], None]]) -> None:
        """Open the ports; what closes them goes to `stopping`. Raises OSError."""
        host, who = process.host, process.who
        if self.port < LOW_PORTS and who.uid and not has_own_capability(who):
            raise PermissionError(13, "Permission denied")

        async def datagram(data: bytes, peer: tuple[str, int]) -> bytes | None:
            return await answer(data, peer, "udp")

        async def stream(end: Stream) -> None:
            while data := await read_framed(end.read):
                reply = await answer(data, end.peer, "tcp")
                if reply is None:
                    break
                await end.write(frame(reply))

        address = self.address or "0.0.0.0"  # noqa: S104 - inside
        stopping.append(host.network.listen(host.space, self.port, stream, address).close)
        stopping.append(host.network.listen_udp(host.space, self.port, datagram, address).close)


def fitted(message: Message, asked: Message, limit: int) -> bytes:
    """An answer in so many bytes."""
    message.id, message.size, message.do = asked.id, asked.size, asked.do
    with suppress(ValueError):
        return encode(message, limit)
    return encode(asked.reply("SERVFAIL"))


def has_own_capability(who: Identity) -> bool:
    """The binary carries NET_BIND_SERVICE, for as long as the container may have it."""
    return "NET_BIND_SERVICE" in who.capabilities | who.bounding
