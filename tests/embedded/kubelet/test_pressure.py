"""A node that runs short: conditions, who is evicted, who is still taken."""

from __future__ import annotations

import asyncio

from breakfix.embedded.kubelet.delays import EVICTION_PERIOD
from breakfix.embedded.kubelet.pressure import KEPT
from breakfix.embedded.objects import Object, condition
from tests.embedded.kubelet.fixture import Cluster, sh

REQUEST = {"resources": {"requests": {"memory": "200Mi"}}}


async def _looks(cluster: Cluster, times: int = 1) -> None:
    for _ in range(int(EVICTION_PERIOD) * times + 1):
        await cluster.wait(1)
        await asyncio.sleep(0.01)


def _hog(size: str, **more: object) -> list[Object]:
    args = ["--vm", "1", "--vm-bytes", size, "--vm-hang", "100000"]
    return [{"name": "app", "image": "polinux/stress", "command": ["stress"], "args": args, **more}]


def _condition(cluster: Cluster, kind: str) -> Object:
    return condition(cluster.client.get("nodes", "worker") or {}, kind) or {}


async def test_who_is_far_over_its_request_goes_first(cluster: Cluster) -> None:
    await cluster.pod("polite", containers=sh("sleep 100000", **REQUEST))
    await cluster.pod("modest", containers=_hog("600M", **REQUEST))
    await cluster.pod("hog", containers=_hog("7150M", **REQUEST))
    await _looks(cluster, 2)
    found = cluster.get("hog")["status"]
    assert (found["phase"], found["reason"]) == ("Failed", "Evicted")
    head = "The node was low on resource: memory. Threshold quantity: 100Mi, available: "
    assert found["message"].startswith(head)
    assert ". Container app was using " in found["message"]
    tail = ", request is 200Mi, has larger consumption of memory. "
    assert found["message"].endswith(tail)
    target = condition(cluster.get("hog"), "DisruptionTarget") or {}
    assert (target["status"], target["reason"]) == ("True", "TerminationByKubelet")
    assert cluster.get("polite")["status"]["phase"] == "Running"
    assert cluster.get("modest")["status"]["phase"] == "Running"


async def test_the_node_says_so_and_takes_no_best_effort_pods_for_a_while(
    cluster: Cluster,
) -> None:
    assert _condition(cluster, "MemoryPressure")["status"] == "False"
    await cluster.pod("hog", containers=_hog("7800M"))
    await _looks(cluster, 2)
    found = _condition(cluster, "MemoryPressure")
    assert (found["status"], found["reason"]) == ("True", "KubeletHasInsufficientMemory")
    assert cluster.messages("worker", "EvictionThresholdMet") == ["Attempting to reclaim memory"]
    assert cluster.messages("worker", "NodeHasInsufficientMemory") == [
        "Node worker status is now: NodeHasInsufficientMemory"
    ]
    refused = await cluster.pod("late", containers=sh("sleep 100000"))
    assert refused["status"]["reason"] == "Evicted"
    assert refused["status"]["message"] == (
        "Pod was rejected: The node had condition: [MemoryPressure]. "
    )
    taken = await cluster.pod("asking", containers=sh("sleep 100000", **REQUEST))
    assert taken["status"]["phase"] == "Running"
    await _looks(cluster, int(KEPT / EVICTION_PERIOD) + 1)
    assert _condition(cluster, "MemoryPressure")["status"] == "False"


async def test_a_full_disk_evicts_who_filled_it(cluster: Cluster) -> None:
    used = sum(i["sizeBytes"] for i in cluster.kubelet.images.listed())
    cluster.kubelet.heartbeat.capacity["ephemeral-storage"] = str(used + (64 << 20))
    await cluster.pod("polite", containers=sh("sleep 100000"))
    await cluster.pod("writer", containers=sh(
        "dd if=/dev/zero of=/x bs=1M count=60; sleep 100000"))  # fmt: skip
    await _looks(cluster, 2)
    found = cluster.get("writer")["status"]
    assert found["reason"] == "Evicted"
    assert found["message"].startswith("The node was low on resource: ephemeral-storage. ")
    assert cluster.get("polite")["status"]["phase"] == "Running"
    assert _condition(cluster, "DiskPressure")["status"] == "True"
