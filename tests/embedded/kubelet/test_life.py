"""Images, init containers, probes that kill, and ends."""

from __future__ import annotations

import asyncio

import pytest

from breakfix.embedded.client import Change
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kubelet.delays import DELAYS
from breakfix.embedded.kubelet.kubelet import Kubelet
from breakfix.embedded.kubelet.storage import Storage
from breakfix.embedded.machine.container import Container
from breakfix.embedded.machine.runtime import Machine
from breakfix.embedded.objects import Object, clone, name_of
from tests.embedded.kubelet.fixture import ADDRESS, NODE, Cluster, sh


def _named(name: str, script: str, **more: object) -> Object:
    return {"name": name, "image": "busybox:1.36", "command": ["sh", "-c", script], **more}


async def test_an_image_that_cannot_be_had(cluster: Cluster) -> None:
    await cluster.pod("bad", containers=[{"name": "app", "image": "nosuch.invalid/x:1"}])
    assert cluster.status("bad")["state"]["waiting"]["reason"] == "ErrImagePull"
    with pytest.raises(StatusError, match="is waiting to start: image can't be pulled"):
        await cluster.logs("bad")
    await cluster.wait(3)
    waiting = cluster.status("bad")["state"]["waiting"]
    assert waiting["reason"] == "ImagePullBackOff"
    assert waiting["message"].startswith(
        'Back-off pulling image "nosuch.invalid/x:1": ErrImagePull: '
    )
    assert cluster.client.said("bad")[:3] == ["Pulling", "Failed", "Failed"]
    assert "Error: ImagePullBackOff" in cluster.messages("bad", "Failed")
    await cluster.wait(9)
    assert len(cluster.messages("bad", "Pulling")) == 2
    await cluster.wait(15)
    assert len(cluster.messages("bad", "Pulling")) == 2
    await cluster.pod("odd", containers=[{"name": "app", "image": "Not Valid"}])
    assert cluster.status("odd")["state"]["waiting"]["reason"] == "InvalidImageName"
    never = {"name": "app", "image": "nginx", "imagePullPolicy": "Never"}
    await cluster.pod("never", containers=[never])
    assert cluster.status("never")["state"]["waiting"] == {
        "reason": "ErrImageNeverPull",
        "message": 'Container image "nginx" is not present with pull policy of Never',
    }


async def test_init_containers_and_sidecars(cluster: Cluster) -> None:
    volumes = [{"name": "e", "emptyDir": {}}]
    mount = {"volumeMounts": [{"name": "e", "mountPath": "/e"}]}
    inits = [_named("first", "sleep 3; echo made > /e/f", **mount),
             _named("side", "trap 'exit 0' TERM; while true; do sleep 1; done",
                    restartPolicy="Always")]  # fmt: skip
    found = await cluster.pod(
        "web", initContainers=inits, volumes=volumes, restartPolicy="Never",
        containers=sh("cat /e/f; sleep 5", **mount),
    )  # fmt: skip
    assert cluster.status("web")["state"]["waiting"]["reason"] == "PodInitializing"
    assert found["status"]["phase"] == "Pending"
    await cluster.wait(3)
    assert cluster.get("web")["status"]["phase"] == "Running"
    assert await cluster.logs("web") == "made\n"
    assert cluster.get("web")["status"]["initContainerStatuses"][1]["started"]
    await cluster.wait(40)
    assert cluster.get("web")["status"]["phase"] == "Succeeded"
    assert "Stopping container side" in cluster.messages("web", "Killing")


async def test_a_failing_init_container(cluster: Cluster) -> None:
    inits = [{"name": "first", "image": "busybox:1.36", "command": ["false"]}]
    found = await cluster.pod("web", 4, initContainers=inits, containers=sh("sleep 9"))
    state = found["status"]["initContainerStatuses"][0]
    assert (state["state"]["waiting"]["reason"], state["restartCount"]) == ("CrashLoopBackOff", 1)
    found = await cluster.pod(
        "once", initContainers=inits, containers=sh("sleep 9"), restartPolicy="Never"
    )
    assert found["status"]["phase"] == "Failed"


async def test_a_liveness_probe_restarts(cluster: Cluster) -> None:
    probe = {"exec": {"command": ["false"]}, "periodSeconds": 2, "failureThreshold": 2}
    script = "trap 'exit 0' TERM; while true; do sleep 1; done"
    await cluster.pod("web", 1, containers=sh(script, livenessProbe=probe))
    assert cluster.status("web")["restartCount"] == 0
    await cluster.wait(4)
    assert cluster.messages("web", "Unhealthy")[:2] == ["Liveness probe failed: "] * 2
    words = "Container app failed liveness probe, will be restarted"
    assert set(cluster.messages("web", "Killing")) == {words}
    assert cluster.status("web")["restartCount"] >= 1


async def test_each_run_of_a_command_has_an_id_of_its_own(cluster: Cluster) -> None:
    probe = {"exec": {"command": ["nope"]}, "periodSeconds": 1}
    await cluster.pod("web", containers=sh("sleep 3600", readinessProbe=probe))
    await cluster.wait(3)
    found = cluster.messages("web", "Unhealthy")
    assert len(set(found)) == len(found) > 1


async def test_a_startup_probe_holds_the_others(cluster: Cluster) -> None:
    startup = {"exec": {"command": ["test", "-e", "/ok"]}, "periodSeconds": 1,
               "failureThreshold": 30}  # fmt: skip
    live = {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 1}
    script = "sleep 5; touch /ok; sleep 3600"
    await cluster.pod("web", 4, containers=sh(script, startupProbe=startup, livenessProbe=live))
    assert not cluster.status("web")["started"]
    assert not cluster.messages("web", "Killing")
    await cluster.wait(3)
    assert cluster.messages("web", "Killing")


async def test_deletion_waits_for_hooks_and_grace(cluster: Cluster) -> None:
    hook = {"preStop": {"exec": {"command": ["sh", "-c", "sleep 4; echo bye > /proc/1/fd/1"]}}}
    await cluster.pod("web", containers=sh("sleep 3600", lifecycle=hook))
    await cluster.client.delete("pods", "web", "default", grace=10)
    await cluster.wait(9)
    assert cluster.client.get("pods", "web", "default")
    assert cluster.messages("web", "Killing") == ["Stopping container app"]
    await cluster.wait(2)
    assert cluster.client.get("pods", "web", "default") is None
    assert not cluster.kubelet.workers


async def test_hooks_that_fail(cluster: Cluster) -> None:
    hook = {"postStart": {"exec": {"command": ["false"]}}}
    await cluster.pod("web", 40, containers=sh("sleep 3600", lifecycle=hook))
    assert cluster.messages("web", "FailedPostStartHook")[0] == "PostStartHook failed"
    assert cluster.messages("web", "Killing")[0] == "FailedPostStartHook"
    assert cluster.status("web")["state"]["waiting"]["reason"] == "PostStartHookError"
    await cluster.wait(25)
    assert cluster.status("web")["restartCount"] >= 1


async def test_a_deadline(cluster: Cluster) -> None:
    script = "trap 'exit 0' TERM; while true; do sleep 1; done"
    await cluster.pod("web", 1, containers=sh(script), activeDeadlineSeconds=5)
    await cluster.wait(8)
    status = cluster.get("web")["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")


async def test_an_ephemeral_container_sees_its_target(cluster: Cluster) -> None:
    await cluster.pod("web", containers=sh("sleep 3600"))
    item = clone(cluster.get("web"))
    item["spec"]["ephemeralContainers"] = [
        _named("debug", "ps; sleep 3600", targetContainerName="app")
    ]
    await cluster.client.update("pods", item)
    await cluster.wait(1)
    status = cluster.get("web")["status"]["ephemeralContainerStatuses"][0]
    assert "running" in status["state"]
    assert "sleep 3600" in await cluster.logs("web", "debug")


async def test_a_kubelet_that_stops_leaves_programs_alone(cluster: Cluster) -> None:
    await cluster.pod("web", containers=sh("sleep 20; exit 1"), restartPolicy="Never")
    await cluster.kubelet.stop()
    await cluster.wait(30)
    assert "running" in cluster.status("web")["state"]
    with pytest.raises(StatusError, match="connection refused"):
        await cluster.exec("web", "true")
    await cluster.kubelet.start()
    await cluster.wait(1)
    assert cluster.get("web")["status"]["phase"] == "Failed"


async def test_too_much_memory(cluster: Cluster) -> None:
    limits = {"limits": {"memory": "4Mi"}}
    containers = sh("sleep 3600", resources=limits)
    await cluster.pod("web", containers=containers, restartPolicy="Never")
    worker = cluster.kubelet.worker_of(cluster.get("web"))
    assert worker
    current = worker.state.mains[0].current
    assert current
    assert isinstance(current.running, Container)
    assert current.running.main
    assert current.running.main.process.use_memory
    current.running.main.process.use_memory(5 << 20)
    await cluster.wait(1)
    state = cluster.status("web")["state"]["terminated"]
    assert (state["reason"], state["exitCode"]) == ("OOMKilled", 137)


async def test_another_process_goes_on(cluster: Cluster) -> None:
    await cluster.pod("web", containers=sh("echo here; sleep 3600"))
    before = cluster.status("web")
    other = Kubelet(
        cluster.client, NODE, address=ADDRESS, runtime=Machine(), network=cluster.fabric,
        storage=Storage(),
    )  # fmt: skip
    await cluster.kubelet.stop()
    said = len(cluster.client.said("web"))
    work = asyncio.create_task(other.run())
    await cluster.wait(1)
    assert cluster.status("web") == before
    assert len(cluster.client.said("web")) == said
    worker = other.worker_of(cluster.get("web"))
    assert worker
    assert worker.state.mains[0].running
    work.cancel()


async def test_another_image(cluster: Cluster) -> None:
    found = await cluster.pod("web", containers=sh("sleep 1000"), terminationGracePeriodSeconds=1)
    item = clone(found)
    item["spec"]["containers"][0]["image"] = "busybox:1.37"
    await cluster.client.update("pods", item)
    await cluster.wait(4)
    status = cluster.status("web")
    assert (status["restartCount"], status["image"][-4:]) == (1, "1.37")
    words = "Container app definition changed, will be restarted"
    assert cluster.messages("web", "Killing") == [words]


async def test_another_image_that_ends_at_once_is_seen_ended_with_the_next_look(
    cluster: Cluster,
) -> None:
    found = await cluster.pod("web", containers=[{"name": "app", "image": "nginx:1.29"}])
    seen: list[tuple[float, bool]] = []

    def look(change: Change) -> None:
        container = change.new["status"]["containerStatuses"][0]
        seen.append((cluster.client.clock.monotonic(), container["ready"]))

    item = clone(found)
    item["spec"]["containers"][0]["image"] = "busybox:1.36"  # its shell has nothing to read
    cluster.client.subscribe("pods", look)
    await cluster.client.update("pods", item)
    await cluster.wait(6)
    begun = next(at for at, ready in seen if ready)
    unready = next(at for at, ready in seen if not ready)
    assert unready - begun >= DELAYS.looks
    assert cluster.status("web")["ready"] is False
    assert cluster.status("web")["restartCount"] >= 1


async def test_a_pod_that_never_started_fails_when_it_goes(cluster: Cluster) -> None:
    await cluster.pod("web", containers=[{"name": "app", "image": "nosuch.invalid/x"}])
    item = clone(cluster.get("web"))
    seen: list[str] = []
    cluster.client.subscribe("pods", lambda change: seen.append(change.new["status"]["phase"]))
    await cluster.client.delete("pods", name_of(item), "default")
    await cluster.wait(1)
    assert cluster.client.get("pods", "web", "default") is None
    assert "Failed" in seen


async def test_nginx_says_how_it_goes(cluster: Cluster) -> None:
    await cluster.pod("web", containers=[{"name": "app", "image": "nginx:1.29"}])
    assert await cluster.exec("web", "sh", "-c", "kill 1") == (0, "")
    await cluster.wait(1)
    assert cluster.status("web")["lastState"]["terminated"]["exitCode"] == 0
    text = await cluster.logs("web", previous=True)
    said = [line.partition(": ")[2] for line in text.splitlines()]
    assert said[-6:] == [
        "signal 15 (SIGTERM) received, exiting", "exiting", "exit",
        "signal 17 (SIGCHLD) received from 29", "worker process 29 exited with code 0", "exit",
    ]  # fmt: skip


async def test_a_container_is_asked_to_end_as_its_image_says(cluster: Cluster) -> None:
    script = "trap 'exit 3' QUIT; while true; do sleep 1; done"
    containers = [{"name": "app", "image": "nginx:1.29", "command": ["sh", "-c", script]}]
    await cluster.pod("web", containers=containers, activeDeadlineSeconds=5, restartPolicy="Never")
    await cluster.wait(10)
    assert cluster.status("web")["state"]["terminated"]["exitCode"] == 3
