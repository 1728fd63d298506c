"""A node's own services, as a debug container with the node's root sees them."""

from __future__ import annotations

from breakfix.embedded.machine.services import Services
from breakfix.embedded.objects import Object, condition
from tests.embedded.kubelet.fixture import Cluster, sh

STOPPED, UNKNOWN, NOT_LOADED = 3, 4, 5


async def _on_the_node(cluster: Cluster) -> None:
    """A pod as `kubectl debug node/worker` makes it."""
    mounts = [{"name": "host-root", "mountPath": "/host"}]
    await cluster.pod(
        "debugger", hostNetwork=True, hostPID=True, hostIPC=True,
        containers=sh("sleep 100000", volumeMounts=mounts, securityContext={"privileged": True}),
        volumes=[{"name": "host-root", "hostPath": {"path": "/"}}],
    )  # fmt: skip


async def _node(cluster: Cluster, *argv: str) -> tuple[int, str]:
    return await cluster.exec("debugger", "chroot", "/host", *argv)


async def test_systemctl_tells_of_the_kubelet(cluster: Cluster) -> None:
    await _on_the_node(cluster)
    code, told = await _node(cluster, "systemctl", "status", "kubelet")
    lines = told.splitlines()
    assert code == 0
    assert lines[0] == "● kubelet.service - kubelet"
    assert lines[2].startswith("     Active: active (running) since ")
    assert await _node(cluster, "systemctl", "is-active", "kubelet.service") == (0, "active\n")
    assert await _node(cluster, "systemctl", "status", "sshd") == (
        UNKNOWN, "Unit sshd.service could not be found.\n"
    )  # fmt: skip
    assert await _node(cluster, "systemctl", "stop", "sshd") == (
        NOT_LOADED, "Failed to stop sshd.service: Unit sshd.service not loaded.\n"
    )  # fmt: skip


async def test_a_kubelet_that_is_stopped_beats_no_more_and_its_programs_go_on(
    cluster: Cluster,
) -> None:
    await _on_the_node(cluster)
    await cluster.pod("web", containers=sh("while true; do echo x; sleep 1; done"))
    assert await _node(cluster, "systemctl", "stop", "kubelet") == (0, "")
    before = _renewed(cluster)
    log = cluster.kubelet.workers[cluster.get("web")["metadata"]["uid"]]
    running = log.state.mains[0].current
    assert running is not None
    size = running.log.on_disk
    await cluster.wait(60)
    assert _renewed(cluster) == before
    assert running.alive
    assert running.log.on_disk > size


async def test_it_can_be_started_again_and_tells_how_things_are(cluster: Cluster) -> None:
    await _on_the_node(cluster)
    services = cluster.kubelet.node.network.services
    assert isinstance(services, Services)
    found = services.named("kubelet")
    assert found is not None
    await _node(cluster, "systemctl", "stop", "kubelet")
    assert not found.active
    before = _renewed(cluster)
    await cluster.wait(30)
    assert cluster.kubelet.stopped
    await services.start(found)
    await cluster.wait(1)
    assert _renewed(cluster) != before
    assert await _node(cluster, "systemctl", "is-active", "kubelet") == (0, "active\n")
    code, journal = await _node(cluster, "journalctl", "-u", "kubelet", "-n", "2")
    assert code == 0
    assert [line.partition(": ")[2] for line in journal.splitlines()] == [
        "Stopped kubelet.service - kubelet.", "Started kubelet.service - kubelet.",
    ]  # fmt: skip
    node: Object = cluster.client.get("nodes", "worker") or {}
    assert (condition(node, "Ready") or {})["status"] == "True"


async def test_a_container_without_systemd_says_so(cluster: Cluster) -> None:
    image = {"name": "app", "image": "kindest/node:v1.34.4", "command": ["sleep", "1000"]}
    await cluster.pod("plain", containers=[image])
    assert await cluster.exec("plain", "journalctl") == (
        0, "No journal files were found.\n-- No entries --\n"
    )  # fmt: skip
    code, told = await cluster.exec("plain", "systemctl", "stop", "kubelet")
    assert code == 1
    assert told.startswith("System has not been booted with systemd as init system (PID 1).")
    assert not cluster.kubelet.stopped


def _renewed(cluster: Cluster) -> str:
    lease = cluster.client.get("leases.coordination.k8s.io", "worker", "kube-node-lease")
    assert lease is not None
    return str(lease["spec"]["renewTime"])
