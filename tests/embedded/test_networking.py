"""What a whole cluster does to traffic, on simulated time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from breakfix.embedded.cluster import EmbeddedCluster, Options
from breakfix.embedded.network.types import NetworkNamespace
from breakfix.embedded.objects import Object, condition
from breakfix.embedded.simulated_time import SimulatedClock, SimulatedTimeLoop

IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.56"
SLICES = "endpointslices.discovery.k8s.io"
ZONE = "topology.kubernetes.io/zone"


class Running:
    """A cluster with two nodes beside the control plane, each in a zone of its own."""

    def __init__(self, cluster: EmbeddedCluster) -> None:
        self.cluster, self.client = cluster, cluster.client

    async def begin(self) -> None:
        await self.until(lambda: len(list(self.client.list("nodes"))) == 3)
        for item in list(self.client.list("nodes")):
            name = item["metadata"]["name"]
            labels = {"metadata": {"labels": {ZONE: f"zone-of-{name}"}}}
            await self.client.patch("nodes", name, "", labels)

    async def until(self, holds: Callable[[], Any], seconds: float = 120.0) -> None:
        async with asyncio.timeout(seconds):
            while not holds():
                await self.cluster.clock.sleep(0.5)

    async def pod(self, name: str, node: str, *args: str, **spec: Any) -> NetworkNamespace:
        """A pod that has started, with the network namespace it has."""
        container = {"name": "c", "image": IMAGE, "args": list(args or ("netexec",))}
        container |= spec.pop("container", {})
        await self.client.create("pods", {
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "default", "labels": {"app": "web"}},
            "spec": {"nodeName": node, "containers": [container], **spec},
        })  # fmt: skip
        await self.until(lambda: self.one("pods", name)["status"].get("phase") == "Running")
        address = self.one("pods", name)["status"]["podIP"]
        return self.cluster.pods.network.routes.spaces[address]

    async def service(self, name: str, **spec: Any) -> str:
        """Its address."""
        ports = [{"name": "http", "port": 80, "targetPort": 8080}]
        made = await self.client.create("services", {
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": name, "namespace": "default"}, "spec": {"ports": ports, **spec},
        })  # fmt: skip
        return str(made["spec"]["clusterIP"])

    def one(self, resource: str, name: str) -> Object:
        found = self.client.get(resource, name, "" if resource == "nodes" else "default")
        assert found is not None
        return found

    def endpoints(self, service: str) -> list[Object]:
        wanted = {"kubernetes.io/service-name": service}
        return [
            e for s in self.client.list(SLICES, "default")
            if wanted.items() <= s["metadata"]["labels"].items() for e in s["endpoints"]
        ]  # fmt: skip

    async def hostname(self, space: NetworkNamespace, address: str, port: int = 80) -> str:
        """What answers there."""
        end = await self.cluster.pods.network.connect(space, address, port, 5.0)
        await end.write(b"GET /hostname HTTP/1.0\r\n\r\n")
        text = b""
        while piece := await end.read():
            text += piece
        return text.decode().rpartition("\n")[2]


def live(work: Callable[[Running], Awaitable[None]]) -> float:
    """Real seconds."""
    began = time.monotonic()
    with asyncio.Runner(loop_factory=SimulatedTimeLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, SimulatedTimeLoop)

        async def main() -> None:
            async with EmbeddedCluster(Options(nodes=3), SimulatedClock(loop)) as cluster:
                running = Running(cluster)
                await running.begin()
                await work(running)

        runner.run(main())
    return time.monotonic() - began


def test_a_node_that_is_cut_off_and_comes_back() -> None:
    async def work(c: Running) -> None:
        near, far = await c.pod("near", "worker"), await c.pod("far", "worker2")
        address = await c.service("web", selector={"app": "web"})
        await c.until(lambda: sum(e["conditions"]["ready"] for e in c.endpoints("web")) == 2)
        assert {await c.hostname(near, address) for _ in range(20)} == {"near", "far"}
        await c.cluster.pods.cut_off("worker2")

        def ready() -> str:
            found = condition(c.one("nodes", "worker2"), "Ready")
            return str(found and found["status"])

        began = c.cluster.clock.monotonic()
        await c.until(lambda: ready() == "Unknown")
        assert 30 < c.cluster.clock.monotonic() - began < 60
        await c.until(lambda: sum(e["conditions"]["ready"] for e in c.endpoints("web")) == 1)
        assert {await c.hostname(near, address) for _ in range(20)} == {"near"}
        assert await c.hostname(far, far.addresses[0], 8080) == "far"
        await c.cluster.pods.rejoin("worker2")
        await c.until(lambda: ready() == "True")
        await c.until(lambda: sum(e["conditions"]["ready"] for e in c.endpoints("web")) == 2)
        assert {await c.hostname(near, address) for _ in range(20)} == {"near", "far"}

    live(work)


def test_services_that_choose_their_endpoints_otherwise() -> None:
    async def work(c: Running) -> None:
        near = await c.pod("near", "worker")
        never = {"readinessProbe": {"exec": {"command": ["false"]}}}
        far = await c.pod("far", "worker2", container=never)
        web = {"selector": {"app": "web"}}
        anyway = await c.service("anyway", publishNotReadyAddresses=True, **web)
        close = await c.service(
            "close", publishNotReadyAddresses=True, trafficDistribution="PreferClose", **web
        )
        byhand, old = await c.service("byhand"), await c.service("old")
        here = far.addresses[0]
        await c.client.create(SLICES, {
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": "byhand-1", "namespace": "default",
                         "labels": {"kubernetes.io/service-name": "byhand"}},
            "ports": [{"name": "http", "port": 8080}], "endpoints": [{"addresses": [here]}],
        })  # fmt: skip
        await c.client.create("endpoints", {
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": {"name": "old", "namespace": "default"},
            "subsets": [{"addresses": [{"ip": here}], "ports": [{"name": "http", "port": 8080}]}],
        })  # fmt: skip
        services = ("anyway", "close", "byhand", "old")
        await c.until(lambda: [len(c.endpoints(s)) for s in services] == [2, 2, 1, 1])
        assert {await c.hostname(near, anyway) for _ in range(20)} == {"near", "far"}
        assert {await c.hostname(near, close) for _ in range(20)} == {"near"}
        assert {await c.hostname(far, close) for _ in range(20)} == {"far"}
        assert await c.hostname(near, byhand) == await c.hostname(near, old) == "far"

    live(work)


def test_a_policy_with_a_thousand_rules_is_quick() -> None:
    async def work(c: Running) -> None:
        near, far = await c.pod("near", "worker"), await c.pod("far", "worker2")
        rules = [
            {"from": [{"ipBlock": {"cidr": f"10.{i // 250}.{i % 250}.0/24", "except":
                                   [f"10.{i // 250}.{i % 250}.1/32"]}}],
             "ports": [{"port": 1000 + i, "endPort": 2000 + i}]}
            for i in range(999)
        ]  # fmt: skip
        last = {"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}
        began = time.monotonic()
        await c.client.create("networkpolicies.networking.k8s.io", {
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": "long", "namespace": "default"},
            "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [*rules, last]},
        })  # fmt: skip
        for _ in range(100):
            assert await c.hostname(near, far.addresses[0], 8080) == "far"
        assert time.monotonic() - began < 2

    live(work)
