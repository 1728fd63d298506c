"""Containers on one network, with virtual time."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Mapping
from typing import TypeVar

from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.machine.container import Container
from breakfix.embedded.machine.images.images import resolve
from breakfix.embedded.machine.runtime import Machine
from breakfix.embedded.machine.streams import Empty, Given, Memory
from breakfix.embedded.machine.types import ContainerSpec, Host, Identity
from breakfix.embedded.network.dns_messages import decode, encode
from breakfix.embedded.network.dns_records import Record
from breakfix.embedded.network.fabric import Fabric
from breakfix.embedded.network.nodes import Nodes
from breakfix.embedded.network.types import NetworkNamespace
from tests.embedded.network.helpers import State

T = TypeVar("T")
DNS = "10.244.1.250"
CONF = f"search shop.svc.cluster.local svc.cluster.local\nnameserver {DNS}\noptions ndots:5\n"


class Pod:
    """A container with an address of its own."""

    def __init__(self, lab: Lab, container: Container, output: Memory, address: str) -> None:
        self.lab, self.container, self.output, self.address = lab, container, output, address

    async def run(self, *argv: str, stdin: bytes = b"", seconds: float = 60) -> tuple[int, str]:
        """A command in it: its exit code and all that it printed."""
        output = Memory()
        source = Given(stdin) if stdin else Empty()
        work = self.container.exec(list(argv), source, output, output)
        return await self.lab.until(work, seconds), output.text

    async def sh(self, script: str, seconds: float = 60) -> tuple[int, str]:
        """A script in it."""
        return await self.run("sh", "-c", script, seconds=seconds)


class Lab:
    """One node, a name server with the names of its pods."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        state = State()
        state.put("nodes", {
            "metadata": {"name": "n1"}, "spec": {"podCIDR": "10.244.1.0/24"},
            "status": {"addresses": [{"type": "InternalIP", "address": "172.18.0.2"}]},
        })  # fmt: skip
        self.state = state
        self.fabric = Fabric(self.clock, Nodes(state))
        self.names: dict[str, str] = {}
        self._numbers = itertools.count(5)
        space = self.space("dns", DNS)
        self.fabric.listen_udp(space, 53, self._answer)

    def space(self, name: str, address: str) -> NetworkNamespace:
        self.state.put("pods", {
            "metadata": {"name": name, "namespace": "shop"}, "status": {"podIP": address},
            "spec": {"nodeName": "n1", "containers": []},
        })  # fmt: skip
        found = NetworkNamespace("n1", (address,), name, ("shop", name))
        self.fabric.attach(found)
        return found

    async def _answer(self, data: bytes, _peer: tuple[str, int]) -> bytes:
        asked = decode(data)
        address = self.names.get(asked.name.lower())
        if address is None:
            return encode(asked.reply("NXDOMAIN"))
        records = [Record(asked.name, "A", address, 30)] if asked.type == "A" else []
        return encode(asked.reply(answers=records))

    async def pod(
        self, name: str, image: str, *argv: str, env: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None, who: Identity | None = None,
    ) -> Pod:  # fmt: skip
        """Start one; its name is known as NAME.shop.svc.cluster.local."""
        address = f"10.244.1.{next(self._numbers)}"
        found = resolve(image).image
        spec = ContainerSpec(
            name="main", image=found, argv=list(argv), env={**found.env, **(env or {})},
            workdir=found.workdir, who=who or Identity(), mounts={}, resolv_conf=CONF,
        )  # fmt: skip
        host = Host(self.fabric, self.space(name, address), self.clock, name, "n1")
        self.names[f"{name}.shop.svc.cluster.local."] = address
        output = Memory()
        machine = Machine()
        container = machine.create(spec, host, output, output)
        root = container.view(Identity())
        for path, text in (files or {}).items():
            root.mkdir(path.rpartition("/")[0] or "/", parents=True)
            mark, _, rest = text.partition("!")
            root.write(path, (rest if mark == "755" else text).encode())
            if mark == "755":
                root.chmod(path, 0o755)
        container.begin()
        await self.quiet()
        return Pod(self, container, output, address)

    async def quiet(self, seconds: float = 0.1) -> None:
        """Let what can run do so."""
        await self.clock.advance(seconds)

    async def until(self, work: Awaitable[T], seconds: float) -> T:
        """Await it while virtual time passes as needed."""
        import asyncio

        task = asyncio.ensure_future(work)
        for _ in range(int(seconds * 10)):
            await self.clock.quiet()
            if task.done():
                break
            await asyncio.sleep(0.001)
            await self.clock.advance(0.1)
        if not task.done():
            task.cancel()
            raise AssertionError("still waiting")
        return task.result()
