"""Pods find nodes, or hear why not in the real words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from breakfix.embedded.objects import Object, condition
from breakfix.embedded.scheduling.scheduler import Scheduler
from tests.embedded.nodes.fake import FakeClient, pod

NO_HELP = (
    "no new claims to deallocate, preemption: 0/2 nodes are available: "
    "2 Preemption is not helpful for scheduling."
)


def node(name: str, cpu: str = "4", taints: Any = (), **labels: str) -> Object:
    known = {"kubernetes.io/hostname": name} | {k.replace("_", "/"): v for k, v in labels.items()}
    return {
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": known},
        "spec": {"taints": list(taints)},
        "status": {"allocatable": {"cpu": cpu, "memory": "8Gi", "pods": "110"}},
    }  # fmt: skip


def asks(cpu: str) -> list[Object]:
    resources = {"requests": {"cpu": cpu}}
    return [{"name": "app", "image": "nginx", "resources": resources}]


@pytest.fixture
async def client() -> AsyncIterator[FakeClient]:
    client = FakeClient()
    task = asyncio.create_task(Scheduler(client).run())
    await client.time.quiet()
    yield client
    task.cancel()


async def nodes(client: FakeClient, *items: Object) -> None:
    for item in items or (node("a", zone="one"), node("b", zone="two")):
        await client.create("nodes", item)


async def place(client: FakeClient, name: str, **spec: Any) -> str:
    await client.create("pods", pod(name, **spec))
    await client.time.quiet()
    return where(client, name)


def where(client: FakeClient, name: str) -> str:
    found = client.get("pods", name, "default")
    assert found is not None
    text: str = found["spec"].get("nodeName", "")
    return text


def why(client: FakeClient, name: str) -> str:
    found = client.get("pods", name, "default")
    assert found is not None
    said = condition(found, "PodScheduled")
    assert said is not None
    assert (said["status"], said["reason"]) == ("False", "Unschedulable")
    text: str = said["message"]
    assert (name, "FailedScheduling", text) in client.events
    return text


async def test_pods_are_spread_over_the_nodes(client: FakeClient) -> None:
    await nodes(client)
    found = {await place(client, f"p{i}", containers=asks("1")) for i in range(2)}
    assert found == {"a", "b"}
    assert ("p0", "Scheduled", f"Successfully assigned default/p0 to {where(client, 'p0')}") in (
        client.events
    )


async def test_without_nodes(client: FakeClient) -> None:
    assert not await place(client, "p")
    assert why(client, "p") == "no nodes available to schedule pods"
    await nodes(client)
    await client.time.advance(2)
    assert where(client, "p")


async def test_reasons_are_counted(client: FakeClient) -> None:
    taint = {"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}
    await nodes(client, node("a", taints=[taint]), node("b", cpu="1"))
    assert not await place(client, "p", containers=asks("2"))
    assert why(client, "p") == (
        "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). "
        + NO_HELP
    )
    tolerations = [{"key": "dedicated", "operator": "Exists"}]
    assert await place(client, "q", containers=asks("2"), tolerations=tolerations) == "a"


async def test_node_selector_and_affinity(client: FakeClient) -> None:
    await nodes(client)
    assert await place(client, "p", nodeSelector={"zone": "two"}) == "b"
    assert not await place(client, "q", nodeSelector={"zone": "three"})
    assert why(client, "q") == (
        "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. " + NO_HELP
    )
    terms = [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a"]}]}]
    required = {"nodeSelectorTerms": terms}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    assert not await place(client, "r", affinity=affinity, containers=asks("5"))
    assert "1 node(s) didn't satisfy plugin(s) [NodeAffinity]" in why(client, "r")


async def test_host_ports_and_cordons(client: FakeClient) -> None:
    await nodes(client)
    await client.patch("nodes", "b", "", {"spec": {"unschedulable": True}})
    ports = [{"name": "app", "image": "nginx", "ports": [{"hostPort": 80}]}]
    assert await place(client, "p", containers=ports) == "a"
    assert not await place(client, "q", containers=ports)
    assert why(client, "q").startswith(
        "0/2 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, "
        "1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/2 nodes "
        "are available: 1 No preemption "
        "victims found for incoming pod, 1 Preemption is not helpful for scheduling."
    )
    await client.patch("nodes", "b", "", {"spec": {"unschedulable": False}})
    await client.time.quiet()
    assert where(client, "q") == "b"


def other_pods(kind: str, app: str, key: str = "kubernetes.io/hostname") -> Object:
    term = {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key}
    return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


async def test_pod_affinity_and_anti_affinity(client: FakeClient) -> None:
    await nodes(client)
    apart = {"labels": {"app": "db"}, "affinity": other_pods("podAntiAffinity", "db")}
    assert {await place(client, "d1", **apart), await place(client, "d2", **apart)} == {"a", "b"}
    assert not await place(client, "d3", **apart)
    assert "2 node(s) didn't match pod anti-affinity rules" in why(client, "d3")
    assert not await place(client, "plain", labels={"app": "db"})
    assert "2 node(s) didn't satisfy existing pods anti-affinity rules" in why(client, "plain")
    assert not await place(client, "far", affinity=other_pods("podAffinity", "web"))
    assert "2 node(s) didn't match pod affinity rules" in why(client, "far")
    first = {"labels": {"app": "web"}, "affinity": other_pods("podAffinity", "web")}
    home = await place(client, "w1", **first)
    assert home
    await client.time.quiet()
    assert where(client, "far") == home  # the newcomer was what it waited for


async def test_topology_spread(client: FakeClient) -> None:
    await nodes(client, node("a", zone="one"), node("b", zone="two"), node("c"))
    rule = {
        "topologyKey": "zone", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }  # fmt: skip
    spec = {"labels": {"app": "web"}, "topologySpreadConstraints": [rule]}
    assert {await place(client, "p1", **spec), await place(client, "p2", **spec)} == {"a", "b"}
    await client.patch("nodes", "b", "", {"spec": {"unschedulable": True}})
    assert await place(client, "p3", **spec) == "a"
    assert not await place(client, "p4", **spec)
    text = why(client, "p4")
    assert "1 node(s) didn't match pod topology spread constraints," in text
    assert "1 node(s) didn't match pod topology spread constraints (missing required label)" in text


async def test_gates(client: FakeClient) -> None:
    await nodes(client)
    assert not await place(client, "p", schedulingGates=[{"name": "hold"}])
    assert client.events == []
    await client.patch("pods", "p", "default", {"spec": {"schedulingGates": None}})
    await client.time.quiet()
    assert where(client, "p")


async def test_more_important_pods_make_room(client: FakeClient) -> None:
    await nodes(client, node("a", cpu="2"))
    for name, priority in (("low", 1), ("middle", 5)):
        assert await place(client, name, containers=asks("1"), priority=priority)
    await client.create("pods", pod("high", containers=asks("1"), priority=9))
    await client.time.quiet()
    assert why(client, "high") == "0/1 nodes are available: 1 Insufficient cpu."
    high, low = client.get("pods", "high", "default"), client.get("pods", "low", "default")
    assert high is not None
    assert low is not None
    assert high["status"]["nominatedNodeName"] == "a"
    target = condition(low, "DisruptionTarget")
    assert target is not None
    assert target["reason"] == "PreemptionByScheduler"
    assert "deletionTimestamp" in low["metadata"]
    uid = high["metadata"]["uid"]
    assert ("low", "Preempted", f"Preempted by pod {uid} on node a") in client.events
    await client.delete("pods", "low", "default", grace=0)
    await client.time.advance(2)
    assert where(client, "high") == "a"
    assert "deletionTimestamp" not in (client.get("pods", "middle", "default") or {})["metadata"]


async def test_a_pod_that_never_preempts(client: FakeClient) -> None:
    await nodes(client, node("a", cpu="1"))
    await place(client, "low", containers=asks("1"), priority=1)
    await place(client, "high", containers=asks("1"), priority=9, preemptionPolicy="Never")
    assert why(client, "high") == (
        "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: "
        "not eligible due to preemptionPolicy=Never."
    )


def claim(name: str, class_: str, **spec: Any) -> Object:
    return {
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"storageClassName": class_, "accessModes": ["ReadWriteOnce"],
                 "resources": {"requests": {"storage": "1Gi"}}} | spec,
    }  # fmt: skip


def uses(name: str) -> list[Object]:
    return [{"name": "data", "persistentVolumeClaim": {"claimName": name}}]


async def test_claims_that_are_missing_or_not_bound(client: FakeClient) -> None:
    await nodes(client)
    await place(client, "p", volumes=uses("data"))
    assert why(client, "p") == (
        '0/2 nodes are available: persistentvolumeclaim "data" not found. not found'
    )
    await client.create("persistentvolumeclaims", claim("data", "fast"))
    await client.time.advance(2)
    assert why(client, "p") == (
        "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
    )


async def test_the_first_consumer_selects_the_node(client: FakeClient) -> None:
    await nodes(client)
    await client.create("storageclasses.storage.k8s.io", {
        "metadata": {"name": "local"}, "provisioner": "rancher.io/local-path",
        "volumeBindingMode": "WaitForFirstConsumer",
    })  # fmt: skip
    await client.create("persistentvolumeclaims", claim("data", "local"))
    assert not await place(client, "p", volumes=uses("data"))
    found = client.get("persistentvolumeclaims", "data", "default")
    assert found is not None
    selected = found["metadata"]["annotations"]["volume.kubernetes.io/selected-node"]
    await client.patch("persistentvolumeclaims", "data", "default", {
        "metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}},
        "spec": {"volumeName": "pv-1"},
    })  # fmt: skip
    await client.time.quiet()
    assert where(client, "p") == selected


async def test_a_bound_volume_holds_its_pod(client: FakeClient) -> None:
    await nodes(client)
    required = {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["two"]}]}]}  # fmt: skip
    volume = {"metadata": {"name": "pv-1"}, "spec": {"nodeAffinity": {"required": required}}}
    await client.create("persistentvolumes", volume)
    bound = claim("data", "local", volumeName="pv-1")
    bound["metadata"]["annotations"] = {"pv.kubernetes.io/bind-completed": "yes"}
    await client.create("persistentvolumeclaims", bound)
    assert await place(client, "p", volumes=uses("data")) == "b"
    assert not await place(client, "q", volumes=uses("data"), nodeSelector={"zone": "one"})
    assert (
        "1 node(s) didn't match PersistentVolume's node affinity, "
        "1 node(s) didn't match Pod's node affinity/selector"
    ) in why(client, "q")


async def test_a_freed_place_is_taken(client: FakeClient) -> None:
    await nodes(client, node("a", cpu="1"))
    await place(client, "first", containers=asks("1"))
    assert not await place(client, "second", containers=asks("1"))
    await client.delete("pods", "first", "default", grace=0)
    await client.time.quiet()
    assert where(client, "second") == "a"


async def test_a_thousand_pods_take_about_a_second(client: FakeClient) -> None:
    await nodes(client, *(node(f"n{i}", cpu="1000") for i in range(3)))
    for item in client.list("nodes"):
        item["status"]["allocatable"]["pods"] = "1000"
        await client.update("nodes", item)
    begun = time.monotonic()
    for number in range(1000):
        await client.create("pods", pod(f"p{number}", containers=asks("10m")))
    while not all(p["spec"].get("nodeName") for p in client.list("pods")):
        await client.time.quiet()
    assert time.monotonic() - begun < 3


async def test_a_pod_that_ends_is_no_reason_to_try_one_that_no_node_suits(
    client: FakeClient,
) -> None:
    await nodes(client)
    await place(client, "other")
    await place(client, "picky", nodeSelector={"disk": "fast"})
    said = ("picky", "FailedScheduling", why(client, "picky"))
    await client.delete("pods", "other", "default", grace=0)
    await client.time.advance(20)
    assert client.events.count(said) == 1
