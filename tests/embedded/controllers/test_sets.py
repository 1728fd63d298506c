"""StatefulSets and DaemonSets."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.controllers.daemonset import DaemonSetController
from breakfix.embedded.controllers.statefulset import StatefulSetController
from breakfix.embedded.objects import clone
from tests.embedded.controllers.conftest import running
from tests.embedded.controllers.fake_client import FakeClient


def template(image: str = "a") -> Any:
    return {
        "metadata": {"labels": {"app": "db"}},
        "spec": {"containers": [{"name": "c", "image": image}]},
    }


def stateful(replicas: int = 3, **spec: Any) -> Any:
    return {
        "apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "default"},
        "spec": {
            "replicas": replicas, "serviceName": "db",
            "selector": {"matchLabels": {"app": "db"}}, "template": template(),
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {}}],
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        } | spec,
    }  # fmt: skip


def names(client: FakeClient, resource: str = "pods") -> list[str]:
    return sorted(p["metadata"]["name"] for p in client.list(resource))


async def step(client: FakeClient, times: int = 1) -> None:
    for _ in range(times):
        await client.run_all()
        await client.clock.advance(0.2)


async def change(client: FakeClient, resource: str, **spec: Any) -> None:
    item = clone(client.list(resource)[0])
    item["spec"] |= spec
    await client.update(resource, item)
    await client.clock.advance(0.2)


async def test_in_order(client: FakeClient) -> None:
    async with running(client, StatefulSetController(client)):
        await client.create("statefulsets.apps", stateful(2))
        await client.clock.advance(0.2)
        assert names(client) == ["db-0"]
        assert names(client, "persistentvolumeclaims") == ["data-db-0"]
        pod = client.the("pods", "db-0")
        assert pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] == "db-0"
        assert pod["metadata"]["labels"]["apps.kubernetes.io/pod-index"] == "0"
        assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("db-0", "db")
        assert pod["spec"]["volumes"] == [
            {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}
        ]
        await step(client, 2)
        assert names(client) == ["db-0", "db-1"]
        status = client.the("statefulsets.apps", "db")["status"]
        assert (status["replicas"], status["readyReplicas"], status["currentReplicas"]) == (2, 2, 2)
        assert client.messages()[:2] == [
            "create Claim data-db-0 Pod db-0 in StatefulSet db success",
            "create Pod db-0 in StatefulSet db successful",
        ]
        await change(client, "statefulsets.apps", replicas=0)
        assert names(client) == []
        assert client.messages("SuccessfulDelete") == [
            "delete Pod db-1 in StatefulSet db successful",
            "delete Pod db-0 in StatefulSet db successful",
        ]
        before = client.writes
        await client.clock.advance(100)
        assert client.writes == before


async def test_parallel_and_start(client: FakeClient) -> None:
    async with running(client, StatefulSetController(client)):
        await client.create("statefulsets.apps", stateful(
            2, podManagementPolicy="Parallel", ordinals={"start": 5}
        ))  # fmt: skip
        await client.clock.advance(0.2)
        assert names(client) == ["db-5", "db-6"]


async def test_update_with_partition(client: FakeClient) -> None:
    def images() -> list[str]:
        pods = sorted(client.list("pods"), key=lambda p: str(p["metadata"]["name"]))
        return [p["spec"]["containers"][0]["image"] for p in pods]

    partition = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    async with running(client, StatefulSetController(client)):
        await client.create("statefulsets.apps", stateful(updateStrategy=partition))
        await step(client, 4)
        await change(client, "statefulsets.apps", template=template("b"))
        await step(client, 3)
        assert images() == ["a", "a", "b"]
        status = client.the("statefulsets.apps", "db")["status"]
        assert status["currentRevision"] != status["updateRevision"]
        assert (status["currentReplicas"], status["updatedReplicas"]) == (2, 1)
        await client.delete("pods", "db-0", "default")  # comes back as it was
        await step(client, 2)
        assert images() == ["a", "a", "b"]
        partition["rollingUpdate"] = {"partition": 0}
        await change(client, "statefulsets.apps", updateStrategy=partition)
        await step(client, 4)
        assert images() == ["b", "b", "b"]
        status = client.the("statefulsets.apps", "db")["status"]
        assert status["currentRevision"] == status["updateRevision"]
        assert len(client.list("controllerrevisions.apps")) == 2


async def test_claims_go_with_pods(client: FakeClient) -> None:
    policy = {"whenScaled": "Delete", "whenDeleted": "Retain"}
    async with running(client, StatefulSetController(client)):
        await client.create(
            "statefulsets.apps", stateful(2, persistentVolumeClaimRetentionPolicy=policy)
        )
        await step(client, 3)
        await change(client, "statefulsets.apps", replicas=1)
        owners = client.the("persistentvolumeclaims", "data-db-1")["metadata"]["ownerReferences"]
        assert [(r["kind"], r["name"]) for r in owners] == [("Pod", "db-1")]
        assert (
            "ownerReferences" not in client.the("persistentvolumeclaims", "data-db-0")["metadata"]
        )


def daemon(**spec: Any) -> Any:
    return {
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "log", "namespace": "default"},
        "spec": {
            "selector": {"matchLabels": {"app": "db"}}, "template": template(),
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
        } | spec,
    }  # fmt: skip


async def node(client: FakeClient, name: str, *taints: Any) -> None:
    await client.create("nodes", {
        "metadata": {"name": name, "labels": {}}, "spec": {"taints": list(taints)}
    })  # fmt: skip


async def test_daemonset(client: FakeClient) -> None:
    await node(client, "one")
    await node(client, "two")
    await node(client, "cp", {"key": "control-plane", "effect": "NoSchedule"})
    async with running(client, DaemonSetController(client)):
        await client.create("daemonsets.apps", daemon())
        await step(client, 2)
        status = client.the("daemonsets.apps", "log")["status"]
        assert status == {
            "currentNumberScheduled": 2, "numberMisscheduled": 0, "desiredNumberScheduled": 2,
            "numberReady": 2, "observedGeneration": 1, "updatedNumberScheduled": 2,
            "numberAvailable": 2,
        }  # fmt: skip
        await node(client, "three")
        await step(client)
        assert len(client.list("pods")) == 3
        await change(client, "daemonsets.apps", template=template("b"))
        images = [p["spec"]["containers"][0]["image"] for p in client.list("pods")]
        assert sorted(images) == ["a", "a", "b"]
        await step(client, 3)
        images = [p["spec"]["containers"][0]["image"] for p in client.list("pods")]
        assert images == ["b", "b", "b"]
        pod = client.list("pods")[0]
        await client.set_pod(pod, "Failed", ready=False)
        await client.clock.advance(0.2)
        assert "will try to kill it" in client.messages("FailedDaemonPod")[0]
        assert len(client.list("pods")) == 3
        labelled = clone(client.the("nodes", "one", ""))
        labelled["spec"]["taints"] = [{"key": "broken", "effect": "NoExecute"}]
        await client.update("nodes", labelled)
        await client.clock.advance(0.2)
        assert len(client.list("pods")) == 2


async def test_daemonset_surge(client: FakeClient) -> None:
    await node(client, "one")
    surge = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    async with running(client, DaemonSetController(client)):
        await client.create("daemonsets.apps", daemon(updateStrategy=surge))
        await step(client, 2)
        await change(client, "daemonsets.apps", template=template("b"))
        assert len(client.list("pods")) == 2
        await step(client)
        assert [p["spec"]["containers"][0]["image"] for p in client.list("pods")] == ["b"]
