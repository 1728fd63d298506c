"""Endpoints, EndpointSlices and disruption budgets."""

from __future__ import annotations

from typing import Any

import pytest

from breakfix.embedded.controllers.disruption import DisruptionController
from breakfix.embedded.controllers.disruption_eviction import evict
from breakfix.embedded.controllers.endpoints import EndpointsController
from breakfix.embedded.controllers.endpointslices import EndpointSliceController
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import condition
from tests.embedded.controllers.conftest import running
from tests.embedded.controllers.fake_client import FakeClient, resolve


def service(**spec: Any) -> Any:
    return {
        "metadata": {"name": "web", "namespace": "default", "labels": {"team": "a"}},
        "spec": {
            "selector": {"app": "web"}, "clusterIP": "10.96.0.9", "ipFamilies": ["IPv4"],
            "ports": [{"name": "http", "port": 80, "targetPort": "www", "protocol": "TCP"}],
        } | spec,
    }  # fmt: skip


async def pod(client: FakeClient, name: str, *, ready: bool = True, port: int = 8080) -> None:
    ports = [{"name": "www", "containerPort": port}]
    created = await client.create("pods", {
        "metadata": {"name": name, "namespace": "default", "labels": {"app": "web"}},
        "spec": {"nodeName": "n", "containers": [{"name": "c", "ports": ports}]},
    })  # fmt: skip
    await client.set_pod(created, ready=ready)


async def test_endpoints(client: FakeClient) -> None:
    await pod(client, "a")
    await pod(client, "b", ready=False)
    async with running(client, EndpointsController(client)):
        await client.create("services", service())
        await client.clock.advance(1)
        found = client.the("endpoints", "web")
        assert found["subsets"] == [{
            "addresses": [{"ip": "10.0.0.1", "nodeName": "n", "targetRef": {
                "kind": "Pod", "namespace": "default", "name": "a",
                "uid": client.the("pods", "a")["metadata"]["uid"]}}],
            "notReadyAddresses": [{"ip": "10.0.0.2", "nodeName": "n", "targetRef": {
                "kind": "Pod", "namespace": "default", "name": "b",
                "uid": client.the("pods", "b")["metadata"]["uid"]}}],
            "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        }]  # fmt: skip
        assert found["metadata"]["labels"]["team"] == "a"
        await client.delete("services", "web", "default")
        await client.clock.advance(1)
        assert client.list("endpoints") == []


async def test_slices(client: FakeClient) -> None:
    async with running(client, EndpointSliceController(client)):
        await client.create("services", service())
        await client.clock.advance(1)
        empty = client.list("endpointslices.discovery.k8s.io")
        assert [s["endpoints"] for s in empty] == [[]]
        await pod(client, "a")
        await pod(client, "b", ready=False)
        await client.clock.advance(1)
        (found,) = client.list("endpointslices.discovery.k8s.io")
        assert found["metadata"]["uid"] == empty[0]["metadata"]["uid"]
        assert found["metadata"]["labels"]["kubernetes.io/service-name"] == "web"
        assert found["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
        ready = {e["targetRef"]["name"]: e["conditions"] for e in found["endpoints"]}
        assert ready["a"] == {"ready": True, "serving": True, "terminating": False}
        assert ready["b"] == {"ready": False, "serving": False, "terminating": False}
        await client.delete("pods", "a", "default")
        await pod(client, "c", port=9090)
        await client.clock.advance(1)
        slices = client.list("endpointslices.discovery.k8s.io")
        assert sorted(s["ports"][0]["port"] for s in slices) == [8080, 9090]
        stopping = [e for s in slices for e in s["endpoints"] if e["targetRef"]["name"] == "a"]
        assert stopping[0]["conditions"] == {"ready": False, "serving": True, "terminating": True}


async def test_budget(client: FakeClient) -> None:
    owner = await client.create("replicasets.apps", {
        "metadata": {"name": "web", "namespace": "default"}, "spec": {"replicas": 2},
    })  # fmt: skip
    reference = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "controller": True,
                 "uid": owner["metadata"]["uid"]}  # fmt: skip
    for name in "ab":
        await pod(client, name)
        await client.patch("pods", name, "default", {"metadata": {"ownerReferences": [reference]}})
    async with running(client, DisruptionController(client, resolve)):
        await client.create("poddisruptionbudgets.policy", {
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {"maxUnavailable": "30%", "selector": {"matchLabels": {"app": "web"}}},
        })  # fmt: skip
        await client.clock.advance(1)
        budget = client.the("poddisruptionbudgets.policy", "web")
        assert condition(budget, "DisruptionAllowed")["reason"] == "SufficientPods"  # type: ignore[index]
        changed = evict(client.the("pods", "a"), [budget], client.clock.now())
        assert changed is not None
        await client.update_status("poddisruptionbudgets.policy", changed)
        await client.clock.advance(1)
        budget = client.the("poddisruptionbudgets.policy", "web")
        with pytest.raises(StatusError) as refused:
            evict(client.the("pods", "b"), [budget], client.clock.now())
        assert refused.value.code == 429
        assert refused.value.details["causes"] == [{
            "reason": "DisruptionBudget",
            "message": "The disruption budget web needs 1 healthy pods and has 1 currently",
        }]  # fmt: skip
        with pytest.raises(StatusError, match="more than one PodDisruptionBudget") as refused:
            evict(client.the("pods", "b"), [budget, budget], client.clock.now())
        assert (refused.value.code, refused.value.reason) == (500, "")
        await client.clock.advance(130)  # the eviction never came
        budget = client.the("poddisruptionbudgets.policy", "web")
        assert budget["status"]["disruptionsAllowed"] == 1


async def test_a_pod_of_two_budgets_is_told_so(client: FakeClient) -> None:
    async with running(client, DisruptionController(client, resolve)):
        for name in ("one", "two"):
            await client.create("poddisruptionbudgets.policy", {
                "metadata": {"name": name, "namespace": "default"},
                "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
            })  # fmt: skip
        await pod(client, "a")
        await client.clock.advance(1)
    words = 'Pod "default"/"a" matches multiple PodDisruptionBudgets.  Chose "one" arbitrarily.'
    assert ("Warning", "MultiplePodDisruptionBudgets", words, "a") in client.events
