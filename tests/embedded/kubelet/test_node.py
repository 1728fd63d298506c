"""Kernel settings, gRPC probes, terminals, and files of the node."""

from __future__ import annotations

import asyncio

from breakfix.embedded.machine.streams import Memory, Pipe
from breakfix.embedded.nodes.access import Session
from breakfix.embedded.objects import Object
from tests.embedded.kubelet.fixture import Cluster, sh


def _agnhost(name: str, *args: str, **more: object) -> Object:
    image = "registry.k8s.io/e2e-test-images/agnhost:2.56"
    return {"name": name, "image": image, "args": list(args), **more}


async def test_sysctls_are_set_or_refused(cluster: Cluster) -> None:
    wanted = {"sysctls": [{"name": "net/ipv4/tcp_syncookies", "value": "0"}]}
    await cluster.pod("own", securityContext=wanted, containers=sh("sleep 100"))
    assert await cluster.exec("own", "sysctl", "net.ipv4.tcp_syncookies", "kernel.x") == (
        1, "net.ipv4.tcp_syncookies = 0\nsysctl: error: 'kernel/x' is an unknown key\n"
    )  # fmt: skip
    refused = "sysctl: error setting key 'kernel.msgmax': Read-only file system\n"
    assert await cluster.exec("own", "sysctl", "-w", "kernel.msgmax=1") == (1, refused)
    wanted = {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}
    found = await cluster.pod("other", securityContext=wanted, containers=sh("sleep 100"))
    assert found["status"]["reason"] == "SysctlForbidden"
    text = 'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted'
    assert found["status"]["message"] == text


async def test_a_grpc_probe_asks_the_health_service(cluster: Cluster) -> None:
    def checks(port: int, **more: str) -> Object:
        probe = {"grpc": {"port": port, **more}, "periodSeconds": 2, "failureThreshold": 2}
        return {"livenessProbe": probe}

    await cluster.pod(
        "web",
        containers=[
            _agnhost("app", "grpc-health-checking", **checks(5000)),
            _agnhost("late", "grpc-health-checking", "--port=5001", "--http-port=8081",
                     "--delay-unhealthy-sec=3", **checks(5001)),
            _agnhost("named", "grpc-health-checking", "--port=5002", "--http-port=8082",
                     **checks(5002, service="other")),
            _agnhost("plain", "netexec", "--http-port=8083", **checks(8083)),
        ],
    )  # fmt: skip
    for _ in range(12):
        await cluster.wait(1)
    said = set(cluster.messages("web", "Unhealthy"))
    head = "Liveness probe failed: "
    assert said == {
        head + 'service unhealthy (responded with "NOT_SERVING")',
        head + "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service",
        head + 'timeout: failed to connect service "10.244.1.2:8083" within 1s: '
        "context deadline exceeded",
    }
    restarts = {s["name"]: s["restartCount"] for s in cluster.get("web")["status"]
                ["containerStatuses"]}  # fmt: skip
    assert restarts["app"] == 0
    assert min(restarts["late"], restarts["named"], restarts["plain"]) > 0


async def test_a_terminal_is_as_large_as_the_clients(cluster: Cluster) -> None:
    image = [{"name": "app", "image": "nginx:1.27", "command": ["sleep", "100"]}]
    await cluster.pod("web", containers=image)
    keys, screen = Pipe(), Memory()
    session = Session(keys, screen, None, tty=True)
    work = asyncio.create_task(cluster.access.exec(cluster.get("web"), "app", ["bash"], session))
    await asyncio.sleep(0.05)
    assert session.resized is not None
    for columns, rows in ((100, 40), (120, 50)):
        session.resized(columns, rows)
        await keys.write(b"stty size; echo $COLUMNS\r")
        await asyncio.sleep(0.3)
    await keys.write(b"exit\r")
    await asyncio.wait_for(work, 5)
    assert "\r\n40 100\r\n100\r\n" in screen.text
    assert "\r\n50 120\r\n120\r\n" in screen.text
    assert (await cluster.exec("web", "stty", "size"))[0] == 1


async def test_sub_paths_stay_in_their_volume(cluster: Cluster) -> None:
    for name, value, words in (
        ("up", "..", "unable to provision SubPath `..`: must not contain '..'"),
        ("root", "/tmp", "error SubPath `/tmp` must not be an absolute path"),
        ("none", "", "missing value for WHERE"),
    ):
        mounts = [{"name": "v", "mountPath": "/v", "subPathExpr": "$(WHERE)"}]
        env = [{"name": "WHERE", "value": value}]
        containers = sh("sleep 100", env=env, volumeMounts=mounts)
        await cluster.pod(name, containers=containers, volumes=[{"name": "v", "emptyDir": {}}])
        waiting = cluster.status(name)["state"]["waiting"]
        assert waiting == {"reason": "CreateContainerConfigError", "message": words}


async def test_a_pod_on_the_host_network_has_the_nodes_names(cluster: Cluster) -> None:
    volumes = [{"name": "h", "hostPath": {"path": "/etc/hosts", "type": "File"}}]
    mounts = [{"name": "h", "mountPath": "/hosts"}]
    await cluster.pod("web", hostNetwork=True, volumes=volumes,
                      containers=sh("sleep 100", volumeMounts=mounts))  # fmt: skip
    code, text = await cluster.exec("web", "cat", "/hosts")
    assert (code, text.splitlines()[-1]) == (0, "172.18.0.3\tworker")
    _, own = await cluster.exec("web", "cat", "/etc/hosts")
    assert own == f"# Kubernetes-managed hosts file (host network).\n{text}"


async def test_links_need_a_capability(cluster: Cluster) -> None:
    await cluster.pod("web", containers=sh("ip link add dummy0 type dummy || true"))
    assert await cluster.logs("web") == "ip: RTNETLINK answers: Operation not permitted\n"
    more = {"securityContext": {"privileged": True}}
    await cluster.pod("mighty", containers=sh("ip link add dummy0 type dummy; sleep 9", **more))
    assert cluster.status("mighty")["ready"]
    assert await cluster.logs("mighty") == ""


async def test_a_loop_on_a_terminal_prints_as_it_goes(cluster: Cluster) -> None:
    containers = sh("while true; do echo polo; sleep 2; done", tty=True, stdin=True)
    await cluster.pod("web", containers=containers)
    await asyncio.sleep(0.1)
    assert (await cluster.logs("web")).startswith("polo")


async def test_a_nodes_files_as_the_root(cluster: Cluster) -> None:
    volumes = [{"name": "h", "hostPath": {"path": "/"}}]
    more = {"volumeMounts": [{"name": "h", "mountPath": "/host"}]}
    await cluster.pod("debug", volumes=volumes, containers=sh("sleep 100", **more))
    script = "cat /etc/hostname; ls -d /bin/bash /host; echo x > /tmp/f; sh -c 'cat /tmp/f'"
    code, text = await cluster.exec("debug", "chroot", "/host", "sh", "-c", script)
    assert (code, text.splitlines()[0], text.splitlines()[-1]) == (0, "worker", "x")
    assert "/bin/bash\n" in text
    assert await cluster.exec("debug", "cat", "/host/tmp/f") == (0, "x\n")
    refused = "chroot: can't change root directory to '/host': Operation not permitted\n"
    plain = {**more, "securityContext": {"runAsUser": 1000}}
    await cluster.pod("plain", volumes=volumes, containers=sh("sleep 100", **plain))
    assert await cluster.exec("plain", "chroot", "/host", "id") == (1, refused)
