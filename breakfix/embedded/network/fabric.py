"""The network of one cluster: connections and datagrams between namespaces, in memory."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from breakfix.embedded.clock import Clock, within
from breakfix.embedded.network import listening
from breakfix.embedded.network.host_ports import HostPort
from breakfix.embedded.network.nodes import Nodes
from breakfix.embedded.network.outside import Outside
from breakfix.embedded.network.packets import AnyProtocol, Verdict
from breakfix.embedded.network.pipes import Connection, connection_pair
from breakfix.embedded.network.routes import Routes, Way
from breakfix.embedded.network.types import (
    Answer,
    NetworkError,
    NetworkNamespace,
    NoRouteError,
    RefusedError,
    Serve,
    TimedOutError,
    TransportName,
)

log = logging.getLogger("breakfix.embedded")

ARP_GIVES_UP = 3.0  # s until a neighbour that does not answer is unreachable
NEAR, FAR, OUTSIDE = 0.00006, 0.00015, 0.012  # s, round trips
MAX_CONNECTIONS = 4096  # open ones that a namespace serves; more are not answered
MAX_DATAGRAM = 65507
RETRANSMIT = 924.0  # s until a connection gives up on a peer that answers nothing


class Fabric:
    """Joins namespaces (types.Network). Services and policies are put in by `routes`."""

    def __init__(
        self, clock: Clock, nodes: Nodes | None = None, outside: Outside | None = None
    ) -> None:
        self.clock = clock
        self.outside = outside or Outside()
        self.routes = Routes(nodes or Nodes(), self.outside)
        self._hosts: dict[str, NetworkNamespace] = {}
        self._tasks: dict[NetworkNamespace, set[asyncio.Task[None]]] = {}
        self._open: dict[NetworkNamespace, dict[Connection, Connection]] = {}
        self._last_port: dict[NetworkNamespace, int] = {}
        self._joined: asyncio.Future[None] | None = None

    # -- namespaces --------------------------------------------------------------------

    def host(self, node: str, address: str) -> NetworkNamespace:
        """The namespace of a node, which its kubelet and its hostNetwork pods share."""
        if node not in self._hosts:
            self._hosts[node] = NetworkNamespace(node, (address,), node, host_network=True)
        return self._hosts[node]

    def attach(self, space: NetworkNamespace) -> None:
        if space.host_network or space.pod is None:
            shared = self.host(space.node, space.addresses[0])
            space.listeners = shared.listeners
            for address in space.addresses:
                self.routes.spaces.setdefault(address, shared)
            return
        for address in space.addresses:
            self.routes.spaces[address] = space

    def detach(self, space: NetworkNamespace) -> None:
        shared = self._hosts.get(space.node) if space.pod is None else None
        for address in space.addresses:
            if self.routes.spaces.get(address) in (space, shared):
                del self.routes.spaces[address]
        for port in list(space.listeners.values()):
            if isinstance(port, listening.Port) and port.space is space:
                port.close()
        for mine, other in list(self._open.pop(space, {}).items()):
            mine.reset()
            other.reset()
        for task in self._tasks.pop(space, set()):
            task.cancel()

    # -- nodes that are cut off ----------------------------------------------------------

    def cut_off(self, *nodes: str) -> None:
        """Nothing passes between these nodes and any other, until `rejoin`."""
        self.routes.cut.update(nodes)

    def rejoin(self, *nodes: str) -> None:
        """They are reached again; connections that lived through it go on."""
        self.routes.cut.difference_update(nodes)
        if self._joined and not self._joined.done():
            self._joined.set_result(None)
        self._joined = None

    def _stalled(self, one: str, other: str) -> asyncio.Future[None] | None:
        if self.routes.reachable(one, other):
            return None
        if self._joined is None:
            self._joined = asyncio.get_running_loop().create_future()
        return asyncio.ensure_future(self._rejoined(self._joined))

    async def _rejoined(self, joined: asyncio.Future[None]) -> None:
        await within(self.clock, RETRANSMIT, asyncio.shield(joined), TimedOutError)

    # -- listening ---------------------------------------------------------------------

    def listen(
        self, space: NetworkNamespace, port: int, serve: Serve, address: str = listening.ANY
    ) -> listening.Port:
        return listening.bind(listening.Port(space, "TCP", address, port, serve=serve))

    def listen_udp(
        self, space: NetworkNamespace, port: int, answer: Answer, address: str = listening.ANY
    ) -> listening.Port:
        return listening.bind(listening.Port(space, "UDP", address, port, answer=answer))

    def publish(
        self, node: str, transport: TransportName, port: int, target: tuple[str, int],
        address: str = "",
    ) -> HostPort:  # fmt: skip
        return self.routes.host_ports.add(node, transport, address, port, target)

    # -- connections -------------------------------------------------------------------

    async def connect(
        self, source: NetworkNamespace, address: str, port: int, timeout: float = 60.0
    ) -> Connection:
        way = await self._way(source, address, port, "TCP", timeout)
        found = listening.listener(way.space, "TCP", way.address, way.port)
        if found is None or found.serve is None:
            raise RefusedError(f"{address}:{port}: connection refused")
        if len(self._open.get(found.space, ())) >= MAX_CONNECTIONS:
            await self._fail(Verdict.DROP, address, port, timeout)
        back = self._source_port(source)
        mine = "127.0.0.1" if listening.is_loopback(address) else _first(source)
        client, server = connection_pair(
            (mine, back), (address, port), (way.address, way.port), (way.source, back)
        )
        self._join(source, client, found.space, server)
        self._start(found.space, _serve(found.serve, server))
        await asyncio.sleep(0)
        return client

    def _join(
        self, source: NetworkNamespace, client: Connection,
        target: NetworkNamespace, server: Connection,
    ) -> None:  # fmt: skip
        """Both ends know of each other until they are closed."""
        for space, mine, other in ((source, client, server), (target, server, client)):
            known = self._open.setdefault(space, {})
            known[mine] = other
            mine.on_close = _forget(known, mine)
            mine.passable = lambda: self._stalled(source.node, target.node)

    def _start(self, space: NetworkNamespace, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task)  # noqa: S101 - a coroutine was given
        known = self._tasks.setdefault(space, set())
        known.add(task)
        task.add_done_callback(known.discard)

    def _source_port(self, space: NetworkNamespace) -> int:
        ports = listening.EPHEMERAL
        self._last_port[space] = self._last_port.get(space, ports.start - 1) + 1
        if self._last_port[space] not in ports:
            self._last_port[space] = ports.start
        return self._last_port[space]

    # -- datagrams ---------------------------------------------------------------------

    async def ask(
        self, source: NetworkNamespace, address: str, port: int, data: bytes, timeout: float = 5.0
    ) -> bytes:
        if len(data) > MAX_DATAGRAM:
            raise NetworkError("message too long")
        way = await self._way(source, address, port, "UDP", timeout)
        found = listening.listener(way.space, "UDP", way.address, way.port)
        if found is None or found.answer is None:
            raise RefusedError(f"{address}:{port}: connection refused")
        peer = (way.source, self._source_port(source))
        answered = self._answered(found, data, peer)
        reply = await within(self.clock, timeout, answered, TimedOutError)
        if reply is None or not self.routes.reachable(source.node, way.space.node):
            raise TimedOutError(f"{address}:{port}: timed out")
        return reply

    async def _answered(self, port: listening.Port, data: bytes, peer: tuple[str, int]) -> bytes:
        assert port.answer is not None  # noqa: S101 - who asks has looked
        reply = await port.answer(data, peer)
        while reply is None:  # there will be none: who asked waits
            await self.clock.sleep(3600.0)
        return reply

    async def ping(self, source: NetworkNamespace, address: str, timeout: float = 1.0) -> float:
        way = self._pinged(source, address)
        if not isinstance(way, Way):
            await self._fail(way, address, 0, timeout)
            raise TimedOutError(address)
        if not way.space.node and way.space is not source:
            return OUTSIDE
        return NEAR if way.space.node == source.node else FAR

    def _pinged(self, source: NetworkNamespace, address: str) -> Way | Verdict:
        """ICMP has no ports: Services do not answer it, policies with ports do not allow it."""
        if listening.is_loopback(address):
            return Way(source, address, 0, address)
        return self.routes.find(source, address, 0, "ICMP")

    # -- help --------------------------------------------------------------------------

    async def _way(
        self, source: NetworkNamespace, address: str, port: int,
        protocol: AnyProtocol, timeout: float,
    ) -> Way:  # fmt: skip
        way = self.routes.find(source, address, port, protocol)
        if not isinstance(way, Way):
            await self._fail(way, address, port, timeout)
            raise TimedOutError(address)
        return way

    async def _fail(self, verdict: Verdict, address: str, port: int, timeout: float) -> None:
        """Take the time that it takes, then say it."""
        where = f"{address}:{port}" if port else address
        if verdict is Verdict.REFUSE:
            raise RefusedError(f"{where}: connection refused")
        if verdict is Verdict.UNREACHABLE and timeout >= ARP_GIVES_UP:
            await self.clock.sleep(ARP_GIVES_UP)
            raise NoRouteError(f"{where}: no route to host")
        await self.clock.sleep(timeout)
        raise TimedOutError(f"{where}: timed out")


async def _serve(serve: Serve, end: Connection) -> None:
    """One connection of a server; an error in it is a reset for the client."""
    try:
        await serve(end)
    except NetworkError:
        end.reset()
    except asyncio.CancelledError:
        end.reset()
        raise
    except Exception:  # a broken server must not break the network
        log.exception("a server on %s:%s", *end.local)
        end.reset()
    finally:
        with suppress(RuntimeError):
            end.close()


def _forget(known: dict[Connection, Connection], mine: Connection) -> Callable[[], None]:
    def forget() -> None:
        known.pop(mine, None)

    return forget


def _first(space: NetworkNamespace) -> str:
    return space.addresses[0] if space.addresses else "127.0.0.1"
