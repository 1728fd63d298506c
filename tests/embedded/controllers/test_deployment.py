from __future__ import annotations

from typing import Any

from breakfix.embedded.controllers.deployment import DeploymentController
from breakfix.embedded.controllers.replicaset import ReplicaSetController
from breakfix.embedded.errors import forbidden
from breakfix.embedded.objects import clone, condition
from tests.embedded.controllers.conftest import running
from tests.embedded.controllers.fake_client import FakeClient


def deployment(replicas: int = 3, image: str = "nginx:1", **spec: Any) -> Any:
    return {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
            },
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "c", "image": image}]},
            },
            "progressDeadlineSeconds": 600, "revisionHistoryLimit": 10,
        } | spec,
    }  # fmt: skip


def both(client: FakeClient) -> Any:
    return running(client, DeploymentController(client), ReplicaSetController(client))


async def change(client: FakeClient, **spec: Any) -> None:
    item = clone(client.the("deployments.apps", "web"))
    image = spec.pop("image", None)
    if image:
        item["spec"]["template"]["spec"]["containers"][0]["image"] = image
    item["spec"] |= spec
    await client.update("deployments.apps", item)
    await client.clock.advance(0.5)


async def ready(client: FakeClient) -> None:
    await client.run_all()
    await client.clock.advance(0.5)


def sizes(client: FakeClient) -> list[int]:
    return [s["spec"]["replicas"] for s in client.list("replicasets.apps")]


def reason(client: FakeClient, kind: str = "Progressing") -> Any:
    found = condition(client.the("deployments.apps", "web"), kind)
    return found and found["reason"]


async def test_rollout_and_rollback(client: FakeClient) -> None:
    async with both(client):
        await client.create("deployments.apps", deployment())
        await client.clock.advance(0.5)
        first = client.list("replicasets.apps")[0]
        name, digest = first["metadata"]["name"], first["metadata"]["labels"]["pod-template-hash"]
        assert name == f"web-{digest}"
        assert client.messages("ScalingReplicaSet") == [f"Scaled up replica set {name} from 0 to 3"]
        assert reason(client) in ("NewReplicaSetCreated", "ReplicaSetUpdated")
        assert reason(client, "Available") == "MinimumReplicasUnavailable"
        await ready(client)
        web = client.the("deployments.apps", "web")
        assert web["status"] | {"conditions": []} == {
            "observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3,
            "availableReplicas": 3, "conditions": [],
        }  # fmt: skip
        assert condition(web, "Progressing")["message"] == (  # type: ignore[index]
            f'ReplicaSet "{name}" has successfully progressed.'
        )
        assert web["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"

        await change(client, image="nginx:2")
        assert sizes(client) == [3, 1]
        for _ in range(4):
            await ready(client)
        assert sizes(client) == [0, 3]
        second = client.list("replicasets.apps")[1]["metadata"]["name"]
        assert client.messages("ScalingReplicaSet")[1:] == [
            f"Scaled up replica set {second} from 0 to 1",
            f"Scaled down replica set {name} from 3 to 2",
            f"Scaled up replica set {second} from 1 to 2",
            f"Scaled down replica set {name} from 2 to 1",
            f"Scaled up replica set {second} from 2 to 3",
            f"Scaled down replica set {name} from 1 to 0",
        ]
        await change(client, image="nginx:1")
        annotations = client.the("replicasets.apps", name)["metadata"]["annotations"]
        assert annotations["deployment.kubernetes.io/revision"] == "3"
        assert annotations["deployment.kubernetes.io/revision-history"] == "1"
        assert len(client.list("replicasets.apps")) == 2


async def test_quiet_when_settled(client: FakeClient) -> None:
    async with both(client):
        await client.create("deployments.apps", deployment())
        await client.clock.advance(0.5)
        await ready(client)
        before = client.writes
        await client.clock.advance(2000)
        assert client.writes == before


async def test_deadline(client: FakeClient) -> None:
    async with both(client):
        await client.create("deployments.apps", deployment(progressDeadlineSeconds=60))
        await client.clock.advance(50)
        assert reason(client) == "ReplicaSetUpdated"
        await client.clock.advance(20)
        assert reason(client) == "ProgressDeadlineExceeded"
        await ready(client)
        assert reason(client) == "NewReplicaSetAvailable"


async def test_recreate(client: FakeClient) -> None:
    async with both(client):
        await client.create("deployments.apps", deployment(strategy={"type": "Recreate"}))
        await client.clock.advance(0.5)
        for pod in client.list("pods"):
            bound = clone(pod)
            bound["spec"]["nodeName"] = "node"
            await client.update("pods", bound)
        await ready(client)
        await change(client, image="nginx:2")
        assert sizes(client) == [0]  # the old pods still stop
        for pod in client.list("pods"):
            await client.delete("pods", pod["metadata"]["name"], "default", grace=0)
        await client.clock.advance(0.5)
        assert sizes(client) == [0, 3]


async def test_pause_scale_resume(client: FakeClient) -> None:
    async with both(client):
        await client.create("deployments.apps", deployment())
        await client.clock.advance(0.5)
        await ready(client)
        await change(client, paused=True, image="nginx:2")
        assert reason(client) == "DeploymentPaused"
        assert sizes(client) == [3]
        await change(client, replicas=5)
        assert sizes(client) == [5]
        await change(client, paused=False)
        assert sizes(client) == [4, 3]


async def test_proportional_scaling(client: FakeClient) -> None:
    async with both(client):
        limits = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}}
        await client.create("deployments.apps", deployment(10, strategy=limits))
        await client.clock.advance(0.5)
        await ready(client)
        await change(client, image="broken")
        assert sizes(client) == [8, 5]
        await change(client, replicas=30)
        assert sizes(client) == [20, 13]


async def test_history_limit(client: FakeClient) -> None:
    async with both(client):
        await client.create("deployments.apps", deployment(1, revisionHistoryLimit=1))
        for image in ("b", "c", "d"):
            await ready(client)
            await change(client, image=image)
            for _ in range(3):
                await ready(client)
        revisions = [
            s["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
            for s in client.list("replicasets.apps")
        ]
        assert revisions == ["3", "4"]


async def test_refused_pods_show_in_the_deployment(client: FakeClient) -> None:
    client.refuse = lambda verb, resource, item: (
        forbidden("pods", "", "exceeded quota: q")
        if (verb, resource) == ("create", "pods")
        else None
    )
    async with both(client):
        await client.create("deployments.apps", deployment())
        await client.clock.advance(0.5)
        failure = condition(client.the("deployments.apps", "web"), "ReplicaFailure")
        assert failure is not None
        assert (failure["reason"], failure["message"]) == (
            "FailedCreate", "pods is forbidden: exceeded quota: q",
        )  # fmt: skip
        assert client.messages("FailedCreate")[0] == (
            "Error creating: pods is forbidden: exceeded quota: q"
        )
        client.refuse = lambda *_: None
        await client.clock.advance(60)
        await ready(client)
        assert reason(client, "ReplicaFailure") is None
        assert len(client.list("pods")) == 3


async def test_adopts_and_releases(client: FakeClient) -> None:
    async with both(client):
        await client.create("deployments.apps", deployment())
        await client.clock.advance(0.5)
        pod = client.list("pods")[0]
        await client.patch("pods", pod["metadata"]["name"], "default",
                           {"metadata": {"labels": {"app": "other"}}})  # fmt: skip
        await client.clock.advance(0.5)
        freed = client.the("pods", pod["metadata"]["name"])
        assert "ownerReferences" not in freed["metadata"]
        assert len(client.list("pods")) == 4
        await client.patch("pods", pod["metadata"]["name"], "default",
                           {"metadata": {"labels": {"app": "web"}}})  # fmt: skip
        await client.clock.advance(0.5)
        assert len(client.list("pods")) == 3
