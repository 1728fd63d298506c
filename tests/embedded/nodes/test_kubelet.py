"""A pod's life on a node, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from breakfix.embedded.nodes.heartbeat import LEASES
from breakfix.embedded.nodes.kubelet import Kubelet
from breakfix.embedded.objects import Object, clone, condition
from tests.embedded.nodes.fake import FakeClient, pod


@pytest.fixture
async def client() -> AsyncIterator[FakeClient]:
    client = FakeClient()
    kubelet = Kubelet(client, "worker", address="172.18.0.3")
    kubelet.heartbeat.item["spec"]["podCIDR"] = "10.244.1.0/24"
    task = asyncio.create_task(kubelet.run())
    await client.time.advance(0.001)
    yield client
    task.cancel()


async def created(client: FakeClient, name: str, seconds: float = 1, **spec: Any) -> Object:
    await client.create("pods", pod(name, node="worker", **spec))
    await client.time.advance(seconds)
    return get(client, name)


def get(client: FakeClient, name: str) -> Object:
    found = client.get("pods", name, "default")
    assert found is not None
    return found


def sh(script: str) -> list[Object]:
    return [{"name": "app", "image": "busybox", "command": ["sh", "-c", script]}]


async def test_a_plain_pod_becomes_ready(client: FakeClient) -> None:
    found = await created(client, "web")
    status = found["status"]
    assert status["phase"] == "Running"
    assert status["podIP"] == "10.244.1.2"
    assert status["hostIP"] == "172.18.0.3"
    assert [c["status"] for c in status["conditions"]] == ["True"] * 5
    state = status["containerStatuses"][0]
    assert state["ready"]
    assert state["image"] == "docker.io/library/nginx:latest"
    assert state["containerID"].startswith("containerd://")
    assert client.said("web") == ["Pulling", "Pulled", "Created", "Started"]
    again = await created(client, "again")
    assert again["status"]["podIP"] == "10.244.1.3"
    assert ("again", "Pulled", 'Container image "nginx" already present on machine') in (
        client.events
    )


async def test_creation_is_seen_first(client: FakeClient) -> None:
    found = await created(client, "web", 0.001)
    state = found["status"]["containerStatuses"][0]["state"]
    assert state == {"waiting": {"reason": "ContainerCreating"}}
    ready = condition(found, "Ready")
    assert ready is not None
    assert ready["reason"] == "ContainersNotReady"
    assert ready["message"] == "containers with unready status: [app]"


async def test_a_program_that_ends_well(client: FakeClient) -> None:
    found = await created(
        client, "job", restartPolicy="Never", containers=sh("echo hello && sleep 5")
    )
    assert found["status"]["phase"] == "Running"
    await client.time.advance(5)
    status = get(client, "job")["status"]
    assert status["phase"] == "Succeeded"
    assert status["containerStatuses"][0]["state"]["terminated"]["reason"] == "Completed"
    ready = condition(get(client, "job"), "Ready")
    assert ready is not None
    assert (ready["status"], ready["reason"]) == ("False", "PodCompleted")


async def test_a_program_that_fails_backs_off(client: FakeClient) -> None:
    found = await created(client, "bad", 4, containers=sh("exit 3"))
    state = found["status"]["containerStatuses"][0]
    assert found["status"]["phase"] == "Running"
    assert state["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert state["restartCount"] == 1
    assert state["lastState"]["terminated"]["exitCode"] == 3
    assert "BackOff" in client.said("bad")
    await client.time.advance(11)
    assert get(client, "bad")["status"]["containerStatuses"][0]["restartCount"] == 2


async def test_init_containers_come_first(client: FakeClient) -> None:
    init = [{"name": "first", "image": "busybox", "command": ["sleep", "3"]}]
    found = await created(client, "slow", initContainers=init)
    assert found["status"]["phase"] == "Pending"
    waiting = found["status"]["containerStatuses"][0]["state"]["waiting"]
    assert waiting["reason"] == "PodInitializing"
    initialized = condition(found, "Initialized")
    assert initialized is not None
    assert initialized["message"] == "containers with incomplete status: [first]"
    await client.time.advance(3)
    assert get(client, "slow")["status"]["phase"] == "Running"


async def test_a_deleted_pod_stops_and_goes(client: FakeClient) -> None:
    await created(client, "web")
    await client.delete("pods", "web", "default")
    await client.time.advance(1)
    assert client.get("pods", "web", "default") is None
    assert "Killing" in client.said("web")


async def test_a_deaf_program_takes_its_whole_grace(client: FakeClient) -> None:
    await created(client, "deaf", containers=sh("sleep 3600"), terminationGracePeriodSeconds=20)
    await client.delete("pods", "deaf", "default")
    await client.time.advance(19)
    assert client.get("pods", "deaf", "default") is not None
    await client.time.advance(2)
    assert client.get("pods", "deaf", "default") is None


async def test_deadline(client: FakeClient) -> None:
    found = await created(client, "late", 7, activeDeadlineSeconds=5)
    assert found["status"]["phase"] == "Failed"
    assert found["status"]["reason"] == "DeadlineExceeded"


async def test_a_volume_that_is_missing_holds_the_pod(client: FakeClient) -> None:
    volumes = [{"name": "conf", "configMap": {"name": "settings"}}]
    found = await created(client, "held", volumes=volumes)
    assert found["status"]["phase"] == "Pending"
    text = 'MountVolume.SetUp failed for volume "conf" : configmap "settings" not found'
    assert ("held", "FailedMount", text) in client.events
    await client.create("configmaps", {"metadata": {"name": "settings", "namespace": "default"}})
    await client.time.advance(3)
    assert get(client, "held")["status"]["phase"] == "Running"


async def test_an_ephemeral_container_runs(client: FakeClient) -> None:
    found = await created(client, "web")
    spec = found["spec"] | {
        "ephemeralContainers": [{"name": "debug", "image": "busybox", "stdin": True}]
    }
    await client.update("pods", found | {"spec": spec})
    await client.time.advance(1)
    status = get(client, "web")["status"]["ephemeralContainerStatuses"][0]
    assert "running" in status["state"]


async def test_the_lease_is_renewed_and_little_else_is_written(client: FakeClient) -> None:
    await created(client, "web")
    before, lease = client.writes, client.get(LEASES, "worker", "kube-node-lease")
    assert lease is not None
    await client.time.advance(60)
    renewed = client.get(LEASES, "worker", "kube-node-lease")
    assert renewed is not None
    assert renewed["spec"]["renewTime"] > lease["spec"]["renewTime"]
    assert client.writes - before == 6


async def test_a_pod_that_does_not_fit_is_rejected(client: FakeClient) -> None:
    greedy = [{"name": "app", "image": "nginx", "resources": {"requests": {"cpu": "5"}}}]
    status = (await created(client, "greedy", containers=greedy))["status"]
    words = "Node didn't have enough resource: cpu, requested: 5000, used: 0, capacity: 4000"
    assert (status["phase"], status["reason"]) == ("Failed", "OutOfcpu")
    assert status["message"] == f"Pod was rejected: {words}"
    assert ("greedy", "OutOfcpu", words) in client.events


@pytest.mark.parametrize(("image", "policy", "reason"), [
    ("Nginx::1", "IfNotPresent", "InvalidImageName"),
    ("private/app:1", "Never", "ErrImageNeverPull"),
])  # fmt: skip
async def test_images_that_cannot_be_had(
    client: FakeClient, image: str, policy: str, reason: str
) -> None:
    containers = [{"name": "app", "image": image, "imagePullPolicy": policy}]
    status = (await created(client, "p", containers=containers))["status"]
    assert status["phase"] == "Pending"
    assert status["containerStatuses"][0]["state"]["waiting"]["reason"] == reason


async def test_a_second_kubelet_goes_on_with_what_runs(client: FakeClient) -> None:
    before = await created(client, "web")
    ends = await created(
        client, "job", restartPolicy="Never", containers=sh("sleep 30"), labels={"app": "x"}
    )
    again = asyncio.create_task(Kubelet(client, "worker", address="172.18.0.3").run())
    await client.time.advance(5)
    assert get(client, "web")["status"] == before["status"]
    assert ends["status"]["phase"] == "Running"
    await client.time.advance(30)
    assert get(client, "job")["status"]["phase"] == "Succeeded"
    again.cancel()


async def test_an_image_that_no_registry_has_is_pulled_again_and_again(client: FakeClient) -> None:
    spec = [{"name": "c", "image": "webserver:404"}]
    found = await created(client, "bad", 1, containers=spec)
    waiting = found["status"]["containerStatuses"][0]["state"]["waiting"]
    name = "docker.io/library/webserver:404"
    assert found["status"]["phase"] == "Pending"
    assert waiting == {"reason": "ErrImagePull", "message": (
        f'rpc error: code = NotFound desc = failed to pull and unpack image "{name}": failed to '
        f'resolve reference "{name}": {name}: not found'
    )}  # fmt: skip
    await client.time.advance(3)
    waiting = get(client, "bad")["status"]["containerStatuses"][0]["state"]["waiting"]
    assert waiting["reason"] == "ImagePullBackOff"
    assert waiting["message"].startswith(
        'Back-off pulling image "webserver:404": ErrImagePull: rpc error'
    )
    await client.time.advance(10)
    assert client.said("bad").count("Pulling") == 2


async def test_a_pod_stays_ready_until_its_new_image_runs(client: FakeClient) -> None:
    found = await created(client, "web")
    changed = clone(found)
    changed["spec"]["containers"][0]["image"] = "httpd"
    await client.update("pods", changed)
    await client.time.advance(0.005)
    ready = condition(get(client, "web"), "Ready")
    assert ready is not None
    assert ready["status"] == "True"
    await client.time.advance(1)
    [state] = get(client, "web")["status"]["containerStatuses"]
    assert (state["ready"], state["restartCount"]) == (True, 1)
    assert state["image"] == "docker.io/library/httpd:latest"
    assert client.said("web").count("Killing") == 1
