"""A cluster on simulated time with a program of somebody installed, and a pod that asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from breakfix.embedded.cluster import EmbeddedCluster, Options
from breakfix.embedded.machine.streams import Memory
from breakfix.embedded.nodes.access import LogOptions, Session
from breakfix.embedded.simulated_time import SimulatedClock, SimulatedTimeLoop
from tests.embedded.cluster_fixture import Http, context

HERE = Path(__file__).parent
Object = dict[str, Any]


class Lab:
    """What tests ask of a cluster."""

    def __init__(self, cluster: EmbeddedCluster, http: Http) -> None:
        self.cluster, self.http = cluster, http
        self.client = cluster.client

    async def apply(self, name: str, change: Callable[[Object], None] | None = None) -> None:
        """Create everything in a file."""
        for item in yaml.safe_load_all((HERE / name).read_text()):
            if change is not None:
                change(item)
            await self.create(item)

    async def create(self, item: Object) -> Object:
        """One object, in the namespace default where it says none."""
        key = self.cluster.registry.catalogue.key_of_kind(item["apiVersion"], item["kind"])
        assert key is not None
        if self.cluster.registry.catalogue.by_key(key).resource.namespaced:
            item["metadata"].setdefault("namespace", "default")
        return await self.client.create(key, item)

    async def until(self, holds: Callable[[], Any], seconds: float = 120) -> Any:
        """What `holds` gives, when it gives something."""
        for _ in range(int(seconds)):
            if found := holds():
                return found
            await asyncio.sleep(1)
        raise AssertionError("it never came")

    def pod(self, prefix: str, namespace: str = "default") -> Object:
        """The newest pod whose name begins so."""
        pods = [p for p in self.client.list("pods", namespace)
                if p["metadata"]["name"].startswith(prefix)]  # fmt: skip
        return max(pods, key=lambda p: int(p["metadata"]["resourceVersion"]), default={})

    def ready(self, prefix: str, namespace: str = "default") -> bool:
        """Is that pod ready?"""
        status = self.pod(prefix, namespace).get("status") or {}
        return any(c["type"] == "Ready" and c["status"] == "True"
                   for c in status.get("conditions") or [])  # fmt: skip

    async def logs(self, prefix: str, namespace: str = "default") -> str:
        """Of that pod's first container."""
        pod = self.pod(prefix, namespace)
        name = pod["spec"]["containers"][0]["name"]
        access = self.cluster.pods.access
        return b"".join([b async for b in access.logs(pod, name, LogOptions())]).decode()

    async def sh(self, prefix: str, *argv: str) -> str:
        """What a command in that pod prints."""
        pod, output = self.pod(prefix), Memory()
        name = pod["spec"]["containers"][0]["name"]
        session = Session(None, output, output)
        await self.cluster.pods.access.exec(pod, name, list(argv), session)
        return output.text

    async def get(self, path: str) -> tuple[int, Any]:
        """As the administrator."""
        return await self.http.ask("GET", path)


@asynccontextmanager
async def _lab(clock: SimulatedClock, nodes: int) -> AsyncIterator[Lab]:
    async with EmbeddedCluster(Options(nodes=nodes), clock) as cluster:
        connector = aiohttp.TCPConnector(ssl=context(cluster))
        async with aiohttp.ClientSession(connector=connector) as session:
            yield Lab(cluster, Http(session, cluster.listener.url, cluster.listener.port))


def live(work: Callable[[Lab], Awaitable[None]], nodes: int = 2) -> None:
    """Do it on simulated time."""
    with asyncio.Runner(loop_factory=SimulatedTimeLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, SimulatedTimeLoop)

        async def main() -> None:
            async with _lab(SimulatedClock(loop), nodes) as lab:
                await work(lab)

        runner.run(main())


def deployment(name: str, image: str, *command: str, **more: Any) -> Object:
    """With one container."""
    container = {"name": "app", "image": image, **({"command": list(command)} if command else {})}
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": {"containers": [container | more]}}},
    }  # fmt: skip


def service(name: str, port: int = 80) -> Object:
    """To the pods of a deployment of this name."""
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"selector": {"app": name}, "ports": [{"port": port}]}}  # fmt: skip
