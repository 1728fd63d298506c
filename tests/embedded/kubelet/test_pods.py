"""A pod's programs, logs, commands and readiness."""

from __future__ import annotations

import re

from breakfix.embedded.kubelet.delays import FIRST_PROBE
from breakfix.embedded.network.types import Stream
from breakfix.embedded.objects import condition
from tests.embedded.kubelet.fixture import Cluster, sh


async def test_a_script_runs_and_its_log_is_read(cluster: Cluster) -> None:
    found = await cluster.pod("web", containers=sh("echo hello; echo oops >&2; sleep 3600"))
    status = found["status"]
    assert (status["phase"], status["podIP"]) == ("Running", "10.244.1.2")
    assert cluster.status("web")["ready"]
    assert cluster.status("web")["image"] == "docker.io/library/busybox:1.36"
    assert cluster.client.said("web") == ["Pulling", "Pulled", "Created", "Started"]
    assert sorted((await cluster.logs("web")).splitlines()) == ["hello", "oops"]
    assert await cluster.exec("web", "sh", "-c", "echo $HOSTNAME; exit 3") == (3, "web\n")
    assert (await cluster.exec("web", "cat", "/etc/hosts"))[1].endswith("10.244.1.2\tweb\n")


async def test_readiness_by_a_command(cluster: Cluster) -> None:
    probe = {"exec": {"command": ["cat", "/tmp/ok"]}, "periodSeconds": 5}
    found = await cluster.pod("web", containers=sh("sleep 3600", readinessProbe=probe))
    ready = condition(found, "Ready")
    assert ready is not None
    assert (ready["status"], ready["reason"]) == ("False", "ContainersNotReady")
    words = "Readiness probe failed: cat: can't open '/tmp/ok': No such file or directory\n"
    assert words in cluster.messages("web", "Unhealthy")
    await cluster.exec("web", "touch", "/tmp/ok")
    await cluster.wait(6)
    assert cluster.status("web")["ready"]


async def test_a_server_that_begins_at_once_is_ready_at_once(cluster: Cluster) -> None:
    http = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 60}
    serve = sh("echo hi > /tmp/index.html; httpd -f -p 8080 -h /tmp", readinessProbe=http)
    await cluster.pod("web", seconds=FIRST_PROBE, containers=serve)
    assert cluster.status("web")["ready"]
    assert cluster.messages("web", "Unhealthy") == []


async def test_readiness_by_connections(cluster: Cluster) -> None:
    http = {"httpGet": {"path": "/", "port": 8080}}
    await cluster.pod("web", containers=sh("sleep 3600", readinessProbe=http))
    tcp = {"tcpSocket": {"port": 8080}}
    await cluster.pod("raw", containers=sh("sleep 3600", readinessProbe=tcp))
    refused = "dial tcp 10.244.1.{}:8080: connect: connection refused"
    assert cluster.messages("web", "Unhealthy") == [
        'Readiness probe failed: Get "http://10.244.1.2:8080/": ' + refused.format(2)
    ]
    assert cluster.messages("raw", "Unhealthy") == ["Readiness probe failed: " + refused.format(3)]
    codes = ["500 Internal Server Error"]

    async def serve(stream: Stream) -> None:
        await stream.read()
        code = codes.pop() if codes else "200 OK"
        await stream.write(f"HTTP/1.1 {code}\r\nContent-Length: 0\r\n\r\n".encode())

    async def swallow(stream: Stream) -> None:
        await stream.read()

    for name in ("web", "raw"):
        worker = cluster.kubelet.worker_of(cluster.get(name))
        assert worker
        assert worker.preparing.sandbox
        end = serve if name == "web" else swallow
        cluster.fabric.listen(worker.preparing.sandbox.space, 8080, end)
    await cluster.wait(10)
    assert not cluster.status("web")["ready"]
    words = "Readiness probe failed: HTTP probe failed with statuscode: 500"
    assert words in cluster.messages("web", "Unhealthy")
    await cluster.wait(10)
    assert cluster.status("web")["ready"]
    assert cluster.status("raw")["ready"]


async def test_a_failing_program_backs_off(cluster: Cluster) -> None:
    containers = [{"name": "app", "image": "busybox:1.36", "command": ["cat", "/none"]}]
    await cluster.pod("bad", containers=containers, seconds=5)
    status = cluster.status("bad")
    uid = cluster.get("bad")["metadata"]["uid"]
    assert status["restartCount"] == 1
    assert status["state"]["waiting"] == {
        "reason": "CrashLoopBackOff",
        "message": f"back-off 10s restarting failed container=app pod=bad_default({uid})",
    }
    assert status["lastState"]["terminated"]["exitCode"] == 1
    assert status["lastState"]["terminated"]["reason"] == "Error"
    assert cluster.messages("bad", "BackOff")
    assert cluster.get("bad")["status"]["phase"] == "Running"
    assert "can't open '/none'" in await cluster.logs("bad")
    await cluster.wait(8)
    assert cluster.status("bad")["restartCount"] == 2
    await cluster.wait(15)
    assert "back-off 20s" in cluster.status("bad")["state"]["waiting"]["message"]


async def test_a_program_that_ends(cluster: Cluster) -> None:
    found = await cluster.pod("job", restartPolicy="Never", containers=sh("sleep 2; echo done"))
    assert found["status"]["phase"] == "Running"
    await cluster.wait(3)
    assert cluster.get("job")["status"]["phase"] == "Succeeded"
    assert cluster.status("job")["state"]["terminated"]["reason"] == "Completed"
    ready = condition(cluster.get("job"), "Ready")
    assert ready is not None
    assert ready["reason"] == "PodCompleted"
    line = await cluster.logs("job", timestamps=True)
    assert re.fullmatch(r"2026-01-01T00:00:02\.\d{9}Z done\n", line)
    found = await cluster.pod("fail", restartPolicy="Never", containers=sh("exit 1"))
    assert found["status"]["phase"] == "Failed"


async def test_a_command_that_is_not_there(cluster: Cluster) -> None:
    containers = [{"name": "app", "image": "busybox:1.36", "command": ["nosuch"]}]
    await cluster.pod("bad", seconds=2.5, containers=containers)
    ended = cluster.status("bad")["lastState"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("StartError", 128)
    assert ended["startedAt"] == "1970-01-01T00:00:00Z"
    assert "executable file not found in $PATH" in ended["message"]
    assert cluster.messages("bad", "Failed")[0].startswith("Error: failed to create containerd")


async def test_termination_messages(cluster: Cluster) -> None:
    await cluster.pod(
        "file", restartPolicy="Never", containers=sh("echo -n bye > /dev/termination-log")
    )
    assert cluster.status("file")["state"]["terminated"]["message"] == "bye"
    policy = {"terminationMessagePolicy": "FallbackToLogsOnError"}
    await cluster.pod("log", restartPolicy="Never", containers=sh("echo no; exit 1", **policy))
    assert cluster.status("log")["state"]["terminated"]["message"] == "no\n"


async def test_what_ends_at_once_is_never_seen_running(cluster: Cluster) -> None:
    phases: list[str] = []
    cluster.client.subscribe("pods", lambda c: phases.append(c.new["status"].get("phase", "")))
    await cluster.pod("quick", containers=sh("echo hi"), restartPolicy="Never")
    assert "Running" not in phases
    assert phases[-1] == "Succeeded"
    await cluster.pod("slow", containers=sh("sleep 5"), restartPolicy="Never")
    assert phases[-1] == "Running"
