"""The kind backend on the real thing: one cluster, from its making to its end.

PATH, DOCKER_HOST and BREAKFIX_KIND_NODE_IMAGE are taken from the environment.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from breakfix.clock import SystemClock
from breakfix.clusters.api import KubeApi
from breakfix.clusters.audit import is_learners
from breakfix.clusters.base import AuditEvent
from breakfix.clusters.capabilities import probe
from breakfix.clusters.consent import require_consent
from breakfix.clusters.kind import KindCluster
from breakfix.clusters.kind_binary import KindBinary
from breakfix.clusters.kubectl import find_kubectl
from breakfix.clusters.lease import Holder, hold, read_holder, release
from breakfix.clusters.process import SystemPrograms
from breakfix.clusters.requests import until
from breakfix.errors import ClusterError
from breakfix.settings import Settings, from_environment
from tests.unit.clusters_fakes import FakePrograms, Shown, no_progress

pytestmark = pytest.mark.kind
NAME = "bf-test-kind"


@dataclass
class Made:
    """The cluster of this module, and the steps that its making showed."""

    cluster: KindCluster
    settings: Settings
    programs: SystemPrograms
    steps: list[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    programs = SystemPrograms(dict(os.environ))
    try:
        asyncio.run(KindBinary(programs).check())
    except ClusterError as error:
        pytest.skip(f"needs Docker and kind: {error.message}. {error.hint}")
    settings = replace(from_environment(os.environ), data_dir=tmp_path_factory.mktemp("home"))
    cluster, shown = KindCluster(NAME, settings, programs), Shown()
    asyncio.run(cluster.stop(no_progress))
    asyncio.run(cluster.start(shown))
    yield Made(cluster, settings, programs, shown.steps)
    asyncio.run(cluster.stop(no_progress))
    assert NAME not in asyncio.run(KindBinary(programs).clusters())
    assert not cluster.kubeconfig.exists()


async def kubectl(made: Made, *arguments: str) -> str:
    """What a learner's kubectl says."""
    directory = str(find_kubectl(made.programs).parent)
    learner = {"KUBECONFIG": str(made.cluster.kubeconfig), "PATH": directory}
    return await made.programs.run(["kubectl", *arguments], env=learner)


async def learners_events(made: Made, since: datetime) -> list[AuditEvent]:
    events = await made.cluster.audit_since(since)
    assert events is not None
    return [event for event in events if is_learners(event)]


async def test_a_made_cluster_is_marked_private_and_ready(made: Made) -> None:
    assert stat.S_IMODE(made.cluster.kubeconfig.stat().st_mode) == 0o600
    async with KubeApi(made.cluster.kubeconfig) as api:
        consent = await require_consent(api, made.cluster.name)
        (node,) = await api.list("Node")
    assert (consent.cluster, consent.made) == (f"kind:{NAME}", True)
    assert any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"])


def test_the_making_was_shown_step_by_step(made: Made) -> None:
    assert any(step.startswith("kind: Starting control-plane") for step in made.steps)
    assert "Waiting for the nodes to be ready" in made.steps


async def test_a_warm_start_needs_neither_docker_nor_kind(made: Made) -> None:
    programs = FakePrograms({}, installed=())
    await KindCluster(NAME, made.settings, programs).start(no_progress)


async def test_what_a_learner_asks_is_in_the_audit_log(made: Made) -> None:
    since = datetime.now(UTC)
    await kubectl(made, "-n", "kube-system", "get", "configmap", "coredns")

    async def seen() -> bool:
        wanted = ("get", "configmaps", "kube-system", "coredns")
        events = await learners_events(made, since)
        return any((e.verb, e.resource, e.namespace, e.name) == wanted for e in events)

    assert await until(seen, SystemClock(), 5.0, every=0.1)


async def test_what_a_learner_changes_is_in_the_audit_log_and_the_game_is_not(made: Made) -> None:
    since = datetime.now(UTC)
    await kubectl(made, "create", "configmap", "mine")
    async with KubeApi(made.cluster.kubeconfig) as api:
        await api.get("ConfigMap", "mine", "default")
    await kubectl(made, "delete", "configmap", "mine")
    events = [e for e in await learners_events(made, since) if e.resource == "configmaps"]
    assert [e.verb for e in events if e.writes] == ["create", "delete"]
    assert all(e.agent.startswith("kubectl") for e in events)


async def test_the_log_is_without_the_noise_of_the_control_plane(made: Made) -> None:
    events = await made.cluster.audit_since(datetime.min.replace(tzinfo=UTC))
    assert events
    assert not [
        e for e in events if e.user.startswith(("system:node", "system:kube", "system:api"))
    ]
    assert not [e for e in events if e.resource == "leases"]


async def test_capabilities_are_tried_out_and_nothing_is_left(made: Made) -> None:
    async with KubeApi(made.cluster.kubeconfig) as api:
        found = await probe(api, made.cluster.name, made.settings, no_progress, audit=True)
        assert {"default-storage", "pod-security", "kube-system-write"} <= found.names
        assert found.facts["node"] == f"{NAME}-control-plane"
        assert await api.get("Namespace", "breakfix-probe") is None
        assert await api.list("PersistentVolume") == []
        again = await probe(api, made.cluster.name, made.settings, no_progress, audit=True)
    assert again == found


async def test_a_round_is_held_against_another_installation(made: Made) -> None:
    mine, other = Holder("ann@desk", "round-1", "aaaa"), Holder("bob@desk", "round-2", "bbbb")
    async with KubeApi(made.cluster.kubeconfig) as api:
        await hold(api, made.cluster.name, mine, SystemClock())
        await hold(api, made.cluster.name, mine, SystemClock())
        with pytest.raises(ClusterError, match="held by ann@desk for round round-1"):
            await hold(api, made.cluster.name, other, SystemClock())
        await hold(api, made.cluster.name, other, SystemClock(), force=True)
        assert (await read_holder(api) or mine).person == "bob@desk"
        assert await release(api, made.cluster.name, "bbbb")


async def test_stopped_nodes_and_a_lost_kubeconfig_are_no_end(made: Made) -> None:
    await made.programs.run(["docker", "stop", f"{NAME}-control-plane"])
    made.cluster.kubeconfig.unlink()
    await made.cluster.start(no_progress)
    assert "kube-system" in await kubectl(made, "get", "namespaces")


async def test_somebody_elses_cluster_is_not_ours_to_delete(made: Made, tmp_path: Path) -> None:
    elsewhere = replace(made.settings, data_dir=tmp_path)
    marker = "/api/v1/namespaces/breakfix-system/configmaps/consent"
    async with KubeApi(made.cluster.kubeconfig) as api:
        kept = await api.request("GET", marker)
        await api.request("DELETE", marker)
        try:
            with pytest.raises(ClusterError, match="not made by breakfix"):
                await KindCluster(NAME, elsewhere, made.programs).stop(no_progress)
        finally:
            del kept["metadata"]["resourceVersion"], kept["metadata"]["uid"]
            await api.request("POST", marker.removesuffix("/consent"), body=kept)
