"""Memory, CPU and disk: what happens to those who use too much, and resizing in place."""

from __future__ import annotations

import asyncio
from typing import Any

from breakfix.embedded.machine.container import Container
from breakfix.embedded.objects import Object, clone
from tests.embedded.kubelet.fixture import Cluster, sh


def _mounted(source: Object, script: str, **more: Any) -> Object:
    mounts = [{"name": "v", "mountPath": "/v"}]
    return {"volumes": [{"name": "v", "emptyDir": source}],
            "containers": sh(script, volumeMounts=mounts, **more)}  # fmt: skip


def _limits(**found: str) -> Object:
    return {"resources": {"limits": found, "requests": dict(found)}}


async def _later(cluster: Cluster, seconds: int) -> None:
    for _ in range(seconds):
        await cluster.wait(1)
        await asyncio.sleep(0.02)


async def test_more_on_disk_than_allowed_is_evicted(cluster: Cluster) -> None:
    fill = "dd if=/dev/zero of={} bs=1M count=20; sleep 800"
    spec = _mounted({"sizeLimit": "10Mi"}, fill.format("/v/x"))
    await cluster.pod("volume", **spec)
    disk = _limits(**{"ephemeral-storage": "10Mi"})
    await cluster.pod("layer", containers=sh(fill.format("/x"), **disk))
    await cluster.pod("both", **_mounted({}, fill.format("/v/x"), **disk))
    await cluster.pod("memory", **_mounted({"medium": "Memory"}, fill.format("/v/x"), **disk))
    await _later(cluster, 14)
    limit = "Pod ephemeral local storage usage exceeds the total limit of containers 10Mi. "
    wanted = {"volume": 'Usage of EmptyDir volume "v" exceeds the limit "10Mi". ',
              "layer": limit, "both": limit}  # fmt: skip
    for name, message in wanted.items():
        status = cluster.get(name)["status"]
        assert (status["phase"], status["reason"], status["message"]) == (
            "Failed", "Evicted", message
        )  # fmt: skip
        assert cluster.messages(name, "Evicted") == [message]
        found = cluster.status(name)
        assert (found["restartCount"], found["imageID"]) == (1, "")
        assert found["state"]["terminated"] == {
            "exitCode": 137, "reason": "ContainerStatusUnknown", "startedAt": None,
            "finishedAt": None,
            "message": "The container could not be located when the pod was terminated",
        }  # fmt: skip
    assert cluster.get("memory")["status"]["phase"] == "Running"


async def test_files_in_memory_count_for_whoever_writes_them(cluster: Cluster) -> None:
    spec = _mounted({"medium": "Memory"}, "dd if=/dev/zero of=/v/x bs=1M count=40; sleep 9",
                    **_limits(memory="20Mi"))  # fmt: skip
    mounts = [{"name": "v", "mountPath": "/v"}]
    [other] = sh("sleep 900", volumeMounts=mounts, **_limits(memory="10Mi"))
    spec["containers"].append({**other, "name": "other"})
    await cluster.pod("web", restartPolicy="Never", **spec)
    await _later(cluster, 2)
    ended = cluster.status("web")["state"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)
    assert "running" in cluster.status("web", 1)["state"]


async def test_stress_takes_what_it_is_told_to(cluster: Cluster) -> None:
    def stress(name: str, *args: str, **more: Any) -> Object:
        return {"name": name, "image": "polinux/stress", "command": ["stress"],
                "args": list(args), **more}  # fmt: skip

    await cluster.pod(
        "load", restartPolicy="Never",
        containers=[
            stress("app", "--cpu", "2", "--timeout", "60s", **_limits(cpu="500m")),
            stress("big", "--vm", "1", "--vm-bytes", "250M", "--vm-hang", "1",
                   **_limits(memory="100Mi")),
            stress("odd", "--nosuch", "1"),
        ],
    )  # fmt: skip
    await _later(cluster, 10)
    big = cluster.status("load", 1)["state"]["terminated"]
    assert (big["reason"], big["exitCode"]) == ("OOMKilled", 137)
    worker = cluster.kubelet.worker_of(cluster.get("load"))
    app = worker.container("app") if worker else None
    assert app is not None
    assert app.current is not None
    runs = app.current.running
    assert isinstance(runs, Container)
    used = runs.cgroup.meter.used()
    assert 4 < used.seconds < 6
    assert used.throttled_periods > 90
    _, text = await cluster.exec("load", "cat", "/sys/fs/cgroup/cpu.stat")
    assert "nr_throttled" in text
    for _ in range(5):
        await _later(cluster, 10)
    assert cluster.status("load", 0)["state"]["terminated"]["exitCode"] == 0
    assert (await cluster.logs("load")).splitlines() == [
        "stress: info: [1] dispatching hogs: 2 cpu, 0 io, 0 vm, 0 hdd",
        "stress: info: [1] successful run completed in 60s",
    ]
    assert cluster.status("load", 2)["state"]["terminated"]["exitCode"] == 1


async def _resize(cluster: Cluster, **found: str) -> None:
    item = clone(cluster.get("web"))
    item["spec"]["containers"][0]["resources"] = {"limits": found, "requests": dict(found)}
    item["metadata"]["generation"] = item["metadata"].get("generation", 1) + 1
    await cluster.client.update("pods", item)
    await _later(cluster, 3)


def _said(cluster: Cluster) -> list[tuple[str, str, str]]:
    rows = cluster.get("web")["status"]["conditions"]
    return [(c["type"], c.get("reason", ""), c.get("message", "")) for c in rows
            if "Resize" in c["type"]]  # fmt: skip


async def test_a_pod_is_resized_in_place(cluster: Cluster) -> None:
    policy = [{"resourceName": "memory", "restartPolicy": "RestartContainer"},
              {"resourceName": "cpu", "restartPolicy": "NotRequired"}]  # fmt: skip
    await cluster.pod("web", containers=sh("sleep 900", resizePolicy=policy,
                                           **_limits(cpu="100m", memory="20Mi")))  # fmt: skip
    await _resize(cluster, cpu="200m", memory="20Mi")
    status = cluster.status("web")
    assert status["resources"]["limits"] == {"cpu": "200m", "memory": "20Mi"}
    assert (status["restartCount"], status["allocatedResources"]["cpu"]) == (0, "200m")
    assert await cluster.exec("web", "cat", "/sys/fs/cgroup/cpu.max") == (0, "20000 100000\n")
    both = '{"cpu":"200m","memory":"20Mi"}'
    text = f'{{"containers":[{{"name":"app","resources":{{"limits":{both},"requests":{both}}}}}]}}'
    assert cluster.messages("web", "ResizeCompleted") == [f"Pod resize completed: {text}"]
    await _resize(cluster, cpu="200m", memory="30Mi")
    assert "Container app resize requires restart" in cluster.messages("web", "Killing")
    await _later(cluster, 32)
    assert cluster.status("web")["restartCount"] == 1
    await _resize(cluster, cpu="500", memory="30Mi")
    assert _said(cluster) == [("PodResizePending", "Infeasible", "Node didn't have enough capacity:"
                               " cpu, requested: 500000, capacity: 4000")]  # fmt: skip
    assert cluster.status("web")["resources"]["limits"]["cpu"] == "200m"
    await _resize(cluster, cpu="300m", memory="30Mi")
    assert _said(cluster) == []


def _limited(memory: str, **more: Any) -> Object:
    return sh("sleep 3600", resources={"limits": {"memory": memory}}, **more)[0]


async def test_a_limit_without_its_unit_leaves_no_room_for_the_token(cluster: Cluster) -> None:
    await cluster.put("secrets", "s", data={"a": "YQ==", "b": "Yg=="})
    volumes = [{"name": "v", "secret": {"secretName": "s"}}]
    await cluster.pod("web", containers=[_limited("128")], volumes=volumes)
    found = cluster.messages("web", "FailedMount")[0]
    assert found.startswith('MountVolume.SetUp failed for volume "v" : write /var/lib/kubelet/pods')
    assert found.endswith("/b: no space left on device")
    assert cluster.status("web")["state"] == {"waiting": {"reason": "ContainerCreating"}}


async def test_a_limit_too_low_for_a_sandbox(cluster: Cluster) -> None:
    await cluster.pod("web", containers=[_limited("1Mi")])
    (found,) = cluster.messages("web", "FailedCreatePodSandBox")
    assert found.startswith("Failed to create pod sandbox: rpc error: code = Unknown desc = failed")
    assert found.endswith("container init was OOM-killed (memory limit too low?): unknown")
    await cluster.wait(6)
    assert len(cluster.messages("web", "FailedCreatePodSandBox")) == 2


async def test_a_limit_too_low_for_one_container(cluster: Cluster) -> None:
    other = sh("sleep 3600")[0] | {"name": "other"}
    await cluster.put("secrets", "s", data={"a": "YQ==", "b": "Yg=="})
    volumes = [{"name": "v", "secret": {"secretName": "s"}}]  # not held to the limit of one
    await cluster.pod("web", containers=[_limited("128"), other], volumes=volumes)
    ended = cluster.status("web")["lastState"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("StartError", 128)
    assert "(memory limit too low?)" in ended["message"]
    assert cluster.status("web", 1)["ready"]
