"""A node with real programs, in virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

from breakfix.embedded.kubelet.access import Access
from breakfix.embedded.kubelet.kubelet import Kubelet
from breakfix.embedded.kubelet.storage import Storage
from breakfix.embedded.machine.runtime import Machine
from breakfix.embedded.machine.streams import Given, Memory
from breakfix.embedded.network.fabric import Fabric
from breakfix.embedded.network.nodes import Node, Nodes
from breakfix.embedded.nodes.access import LogOptions, Session
from breakfix.embedded.objects import Object, clone
from tests.embedded.nodes.fake import FakeClient, pod

NODE, ADDRESS, CIDR = "worker", "172.18.0.3", "10.244.1.0/24"
REAL = 0.01  # seconds


class Cluster:
    """One node, and what tests ask of it."""

    def __init__(self) -> None:
        self.client = FakeClient()
        nodes = Nodes()
        nodes.put(Node(NODE, (ADDRESS,), (CIDR,), "10.244.1.1"))
        self.fabric = Fabric(self.client.clock, nodes)
        self.kubelet = Kubelet(
            self.client, NODE, address=ADDRESS, runtime=Machine(), network=self.fabric,
            storage=Storage(),
        )  # fmt: skip
        self.kubelet.heartbeat.item["spec"]["podCIDR"] = CIDR
        self.access = Access()
        self.access.add(self.kubelet)

    async def wait(self, seconds: float = 0.001) -> None:
        """Let time pass; shells work in threads, so they are given real time too."""
        first = min(seconds, 0.2)
        await self.client.time.advance(first)
        if seconds > first:
            await asyncio.sleep(REAL)
            await self.client.time.advance(seconds - first)

    async def pod(self, name: str, seconds: float = 1.0, **spec: Any) -> Object:
        """Create one, and what it is so many seconds later."""
        await self.client.create("pods", pod(name, node=NODE, **spec))
        await self.wait(seconds)
        return self.get(name)

    def get(self, name: str) -> Object:
        """A pod."""
        found = self.client.get("pods", name, "default")
        assert found is not None
        return found

    def status(self, name: str, number: int = 0) -> Object:
        """Of a container."""
        found: Object = self.get(name)["status"]["containerStatuses"][number]
        return found

    def messages(self, name: str, reason: str) -> list[str]:
        """Of events on a pod."""
        return [m for about, r, m in self.client.events if (about, r) == (name, reason)]

    async def logs(self, name: str, container: str = "app", **options: Any) -> str:
        """What it has printed."""
        blocks = self.access.logs(self.get(name), container, LogOptions(**options))
        return b"".join([block async for block in blocks]).decode()

    async def exec(self, name: str, *argv: str, stdin: bytes = b"") -> tuple[int, str]:
        """A command in the container app."""
        output = Memory()
        session = Session(Given(stdin) if stdin else None, output, output)
        work = self.access.exec(self.get(name), "app", list(argv), session)
        code = await asyncio.wait_for(work, 10)
        return code, output.text

    async def put(self, resource: str, name: str, **fields: Any) -> None:
        """Create or replace an object of the namespace default."""
        meta = {"name": name, "namespace": "default"}
        item = {"kind": "", "apiVersion": "v1", "metadata": meta} | fields
        known = self.client.get(resource, name, "default")
        if known is None:
            await self.client.create(resource, item)
        else:
            await self.client.update(resource, clone({**known, **fields}))


def sh(script: str, **more: Any) -> list[Object]:
    """A container that runs a script."""
    command = ["sh", "-c", script]
    return [{"name": "app", "image": "busybox:1.36", "command": command, **more}]
