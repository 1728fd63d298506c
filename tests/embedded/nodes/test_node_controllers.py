"""What the control plane does about its nodes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from breakfix.embedded.controllers.node_ipam import NodeIpam
from breakfix.embedded.controllers.node_lifecycle import NodeLifecycle
from breakfix.embedded.controllers.pod_gc import PodGC
from breakfix.embedded.controllers.taint_eviction import TaintEviction, seconds_left
from breakfix.embedded.kubelet.kubelet import Kubelet
from breakfix.embedded.kubelet.storage import Storage
from breakfix.embedded.machine.runtime import Machine
from breakfix.embedded.network.joined import cluster_network
from breakfix.embedded.objects import Object, condition
from tests.embedded.nodes.fake import FakeClient, pod

FOR_A_WHILE = [{"key": "node.kubernetes.io/unreachable", "operator": "Exists",
                "effect": "NoExecute", "tolerationSeconds": 300}]  # fmt: skip


class Cluster:
    def __init__(self) -> None:
        self.client = FakeClient()
        self.tasks = [asyncio.create_task(c(self.client).run())
                      for c in (NodeIpam, NodeLifecycle, TaintEviction)]  # fmt: skip

    async def kubelet(self, name: str) -> asyncio.Task[None]:
        found = Kubelet(
            self.client, name, address="172.18.0.2", runtime=Machine(), storage=Storage(),
            network=cluster_network(self.client, self.client.clock),
        )  # fmt: skip
        task = asyncio.create_task(found.run())
        self.tasks.append(task)
        await self.client.time.advance(1)
        return task

    def node(self, name: str) -> Object:
        found = self.client.get("nodes", name)
        assert found is not None
        return found

    def taints(self, name: str) -> set[tuple[str, str]]:
        taints = self.node(name)["spec"].get("taints") or []
        return {(t["key"].removeprefix("node.kubernetes.io/"), t["effect"]) for t in taints}


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    found = Cluster()
    await found.client.time.quiet()
    yield found
    for task in found.tasks:
        task.cancel()


async def test_nodes_get_their_ranges(cluster: Cluster) -> None:
    await cluster.kubelet("a")
    await cluster.kubelet("b")
    assert [cluster.node(n)["spec"]["podCIDR"] for n in "ab"] == ["10.244.0.0/24", "10.244.1.0/24"]
    await cluster.client.create("pods", pod("p", node="b"))
    await cluster.client.time.advance(1)
    found = cluster.client.get("pods", "p", "default")
    assert found is not None
    assert found["status"]["podIP"] == "10.244.1.2"


async def test_a_cordon_is_a_taint(cluster: Cluster) -> None:
    await cluster.kubelet("a")
    await cluster.client.patch("nodes", "a", "", {"spec": {"unschedulable": True}})
    await cluster.client.time.quiet()
    assert cluster.taints("a") == {("unschedulable", "NoSchedule")}
    await cluster.client.patch("nodes", "a", "", {"spec": {"unschedulable": None}})
    await cluster.client.time.quiet()
    assert cluster.taints("a") == set()


async def test_a_silent_node_loses_its_pods_in_the_end(cluster: Cluster) -> None:
    client = cluster.client
    kubelet = await cluster.kubelet("a")
    await client.create("pods", pod("p", node="a", tolerations=FOR_A_WHILE))
    await client.create("pods", pod("stays", node="a", tolerations=[{"operator": "Exists"}]))
    await client.time.advance(100)
    assert cluster.taints("a") == set()
    kubelet.cancel()
    await client.time.advance(60)
    ready = condition(cluster.node("a"), "Ready")
    assert ready is not None
    assert (ready["status"], ready["reason"]) == ("Unknown", "NodeStatusUnknown")
    assert ready["message"] == "Kubelet stopped posting node status."
    assert cluster.taints("a") == {("unreachable", "NoSchedule"), ("unreachable", "NoExecute")}
    assert ("a", "NodeNotReady", "Node a status is now: NodeNotReady") in client.events
    assert ("p", "NodeNotReady", "Node is not ready") in client.events
    assert "deletionTimestamp" not in (client.get("pods", "p", "default") or {})["metadata"]
    await client.time.advance(310)
    found = client.get("pods", "p", "default")
    assert found is not None
    assert "deletionTimestamp" in found["metadata"]
    target = condition(found, "DisruptionTarget")
    assert target is not None
    assert target["reason"] == "DeletionByTaintManager"
    assert "deletionTimestamp" not in (client.get("pods", "stays", "default") or {})["metadata"]


async def test_a_node_that_is_heard_again_is_clean(cluster: Cluster) -> None:
    (await cluster.kubelet("a")).cancel()
    await cluster.client.create("pods", pod("p", node="a", tolerations=FOR_A_WHILE))
    await cluster.client.time.advance(60)
    assert cluster.taints("a")
    await cluster.kubelet("a")
    assert cluster.taints("a") == set()
    text = "Cancelling deletion of Pod default/p"
    assert ("p", "TaintManagerEviction", text) in cluster.client.events


@pytest.mark.parametrize(("tolerations", "left"), [
    ([], 0.0),
    ([{"operator": "Exists"}], None),
    ([{"key": "x", "operator": "Exists", "tolerationSeconds": 9}], 9.0),
    ([{"key": "x", "value": "1", "tolerationSeconds": 9}, {"operator": "Exists"}], 9.0),
    ([{"key": "x", "value": "2"}], 0.0),
])  # fmt: skip
def test_how_long_a_pod_stays(tolerations: Any, left: float | None) -> None:
    assert seconds_left([{"key": "x", "value": "1", "effect": "NoExecute"}], tolerations) == left


async def test_pods_of_a_node_that_is_gone_go_too(cluster: Cluster) -> None:
    client = cluster.client
    cluster.tasks.append(asyncio.create_task(PodGC(client).run()))
    (await cluster.kubelet("a")).cancel()
    await client.create("pods", pod("p", node="a"))
    await client.delete("nodes", "a")
    await client.time.advance(39)
    assert client.get("pods", "p", "default") is not None
    await client.time.advance(2)
    assert client.get("pods", "p", "default") is None
