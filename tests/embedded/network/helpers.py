"""A cluster's state and network, small enough to be written down in a test."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from typing import Any

from breakfix.embedded.client import Change
from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.machine.types import Host, Process
from breakfix.embedded.network.dns_messages import Message, decode, encode, question
from breakfix.embedded.network.fabric import Fabric
from breakfix.embedded.network.nodes import Nodes
from breakfix.embedded.network.policy import Policies
from breakfix.embedded.network.services import ServiceProxy
from breakfix.embedded.network.types import NetworkNamespace, Stream
from breakfix.embedded.objects import Object, name_of, namespace_of

SLICES = "endpointslices.discovery.k8s.io"
POLICIES = "networkpolicies.networking.k8s.io"


class State:
    """Objects with watches."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str, str], Object] = {}
        self.seen: dict[str, list[Callable[[Change], None]]] = {}

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        return self.items.get((resource, namespace, name))

    def list(self, resource: str, namespace: str = "") -> Iterable[Object]:
        return [
            i for (r, ns, _), i in self.items.items() if r == resource and namespace in ("", ns)
        ]

    def subscribe(self, resource: str, seen: Callable[[Change], None]) -> None:
        self.seen.setdefault(resource, []).append(seen)

    def put(self, resource: str, item: Object) -> Object:
        key = (resource, namespace_of(item), name_of(item))
        old = self.items.get(key)
        self.items[key] = item
        self._tell(Change("MODIFIED" if old else "ADDED", resource, item, old, 0))
        return item

    def delete(self, resource: str, name: str, namespace: str = "") -> None:
        item = self.items.pop((resource, namespace, name))
        self._tell(Change("DELETED", resource, item, item, 0))

    def _tell(self, change: Change) -> None:
        for seen in self.seen.get(change.resource, []):
            seen(change)


class World:
    """Nodes n1 (10.244.1.0/24) and n2 (10.244.2.0/24) in zones z1, z2."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.state = State()
        for i in (1, 2):
            self.state.put("nodes", {
                "metadata": {"name": f"n{i}", "labels": {"topology.kubernetes.io/zone": f"z{i}"}},
                "spec": {"podCIDR": f"10.244.{i}.0/24", "podCIDRs": [f"10.244.{i}.0/24"]},
                "status": {"addresses": [{"type": "InternalIP", "address": f"172.18.0.{i + 1}"}]},
            })  # fmt: skip
        self.nodes = Nodes(self.state)
        self.fabric = Fabric(self.clock, self.nodes)
        self.proxy = ServiceProxy(self.state, self.nodes, self.clock)
        self.policies = Policies(self.state)
        self.fabric.routes.translator = self.proxy
        self.fabric.routes.gate = self.policies
        self.hosts: dict[str, NetworkNamespace] = {}
        for i in (1, 2):
            host = self.fabric.host(f"n{i}", f"172.18.0.{i + 1}")
            self.fabric.attach(host)
            self.hosts[f"n{i}"] = host
        self.namespace("default")

    def namespace(self, name: str, **labels: str) -> None:
        known = {"kubernetes.io/metadata.name": name, **labels}
        self.state.put("namespaces", {"metadata": {"name": name, "labels": known}})

    def pod(
        self, name: str, address: str, labels: dict[str, str] | None = None,
        namespace: str = "default", ports: list[Object] | None = None, **spec: Any,
    ) -> NetworkNamespace:  # fmt: skip
        node = f"n{address.split('.')[2]}"
        self.state.put("pods", {
            "metadata": {"name": name, "namespace": namespace, "labels": labels or {"app": name}},
            "spec": {"nodeName": node, "containers": [{"name": "c", "ports": ports or []}], **spec},
            "status": {"podIP": address},
        })  # fmt: skip
        space = NetworkNamespace(node, (address,), name, (namespace, name))
        self.fabric.attach(space)
        return space

    def service(
        self, name: str, ip: str, ports: list[Object], namespace: str = "default", **spec: Any
    ) -> Object:
        status = spec.pop("status", {})
        return self.state.put("services", {
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"clusterIP": ip, "clusterIPs": [ip], "type": "ClusterIP", "ports": ports,
                     **spec},
            "status": status,
        })  # fmt: skip

    def slice(
        self, service: str, endpoints: list[Object], ports: list[Object], namespace: str = "default"
    ) -> Object:
        return self.state.put(SLICES, {
            "metadata": {"name": f"{service}-x", "namespace": namespace,
                         "labels": {"kubernetes.io/service-name": service}},
            "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
        })  # fmt: skip

    def policy(self, name: str, namespace: str = "default", **spec: Any) -> None:
        spec.setdefault("podSelector", {})
        self.state.put(POLICIES, {"metadata": {"name": name, "namespace": namespace}, "spec": spec})

    # -- traffic -----------------------------------------------------------------------

    def echo(self, space: NetworkNamespace, port: int = 8080) -> None:
        """TCP: says its hostname and whom it sees; UDP: the same."""

        async def serve(end: Stream) -> None:
            await end.write(f"{space.hostname} {end.peer[0]}".encode())

        async def answer(data: bytes, peer: tuple[str, int]) -> bytes | None:
            return f"{space.hostname} {peer[0]} ".encode() + data

        self.fabric.listen(space, port, serve)
        self.fabric.listen_udp(space, port, answer)

    async def get(self, space: NetworkNamespace, address: str, port: int = 8080) -> str:
        """What a server says, or the name of the error (TimedOutError takes virtual time)."""
        from breakfix.embedded.network.types import NetworkError

        async def ask() -> str:
            try:
                end = await self.fabric.connect(space, address, port, 5.0)
                return (await end.read()).decode()
            except NetworkError as error:
                return type(error).__name__.removesuffix("Error")

        said: str = await self.run(ask())
        return said

    async def run(self, work: Any, seconds: float = 30.0) -> Any:
        """Await it while virtual time passes as needed."""
        import asyncio

        task = asyncio.ensure_future(work)
        await asyncio.sleep(0)
        for _ in range(int(seconds / 0.5)):
            await self.clock.quiet()
            if task.done():
                break
            await self.clock.advance(0.5)
        if not task.done():
            task.cancel()
            raise AssertionError("still waiting")
        return task.result()


def endpoint(address: str, node: str = "n1", **more: Any) -> Object:
    found = {"ready": True, "serving": True, "terminating": False} | more.pop("conditions", {})
    return {"addresses": [address], "nodeName": node, "conditions": found, **more}


class Files:
    """A container's files."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return self.files[path].encode()

    def exists(self, path: str) -> bool:
        return path in self.files

    def list(self, path: str) -> list[str]:
        return [p.rpartition("/")[2] for p in self.files if p.rpartition("/")[0] == path]


class Screen:
    """Standard output."""

    def __init__(self) -> None:
        self.text = ""

    async def write(self, data: bytes) -> None:
        self.text += data.decode()


def process(
    world: World, space: NetworkNamespace, argv: list[str], files: dict[str, str], api: Any = None
) -> Process:
    host = Host(world.fabric, space, world.clock, space.hostname, space.node, api)
    screen = Screen()
    return Process(1, argv, {}, "/", Files(files), Screen(), screen, screen, host)  # type: ignore[arg-type]


async def dig(
    world: World, space: NetworkNamespace, server: str, name: str, type: str = "A"
) -> Message:
    asked = encode(question(name, type, 7))
    found = await world.run(world.fabric.ask(space, server, 53, asked, 10.0))
    return decode(found)
