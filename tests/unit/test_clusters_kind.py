"""The kind backend, with a kind and an API server that exist only in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from breakfix.clock import VirtualClock
from breakfix.clusters.base import Object
from breakfix.clusters.consent import MARKER, adopt, require_consent
from breakfix.clusters.kind import KindCluster
from breakfix.clusters.kind_config import hosts_toml, write_files
from breakfix.clusters.kind_steps import KindSteps
from breakfix.clusters.select import resolve
from breakfix.errors import ClusterError, CommandError, ConsentError, UsageError
from breakfix.settings import Settings
from tests.unit.clusters_fakes import Answer, FakeApi, FakePrograms, Shown, connects, fails
from tests.unit.clusters_fakes import no_progress as quiet

READY_NODE: Object = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
DEPLOYMENT: Object = {"spec": {"replicas": 2}, "status": {"availableReplicas": 2}}
DAEMON_SET: Object = {"status": {"desiredNumberScheduled": 1, "numberReady": 1}}
UP: dict[str, Object] = {
    "/api/v1/nodes": {"items": [READY_NODE]},
    "/apis/apps/v1/namespaces/kube-system/deployments": {"items": [DEPLOYMENT]},
    "/apis/apps/v1/namespaces/kube-system/daemonsets": {"items": [DAEMON_SET]},
    "/api/v1/namespaces/default/serviceaccounts/default": {"metadata": {}},
}
STEPS = " • Preparing nodes 📦  ...\n ✓ Preparing nodes 📦\n • Installing CNI 🔌  ...\n"


class World:
    """A data directory, programs and a server, for clusters named `a`."""

    def __init__(self, home: Path, api: FakeApi | None, clusters: str = "") -> None:
        self.settings = Settings(home, kind_node_image="node:1")
        self.api = api
        self.programs = FakePrograms(
            {
                "docker version": "27.0",
                "docker start": "",
                "docker inspect": self.mounts,
                "kind get clusters": clusters,
                "kind get nodes": "a-control-plane",
                "kind create": self.writes_kubeconfig(STEPS),
                "kind export": self.writes_kubeconfig(""),
                "kind delete": "",
            }
        )

    def mounts(self) -> str:
        """What the node mounts: our policy, where breakfix made it."""
        policy = self.settings.data_dir / "kind" / "a" / "audit-policy.yaml"
        other = "/lib/modules:/lib/modules:ro\n"
        return other + (f"{policy}:/etc/kubernetes/breakfix/x:ro\n" if policy.exists() else "")

    @property
    def kubeconfig(self) -> Path:
        return self.settings.kubeconfig_dir / "kind-a"

    def writes_kubeconfig(self, output: str) -> Answer:
        def answer() -> str:
            target = Path(self.programs.ran[-1].split("--kubeconfig ")[1].split()[0])
            target.write_text("{}")
            return output

        return answer

    def cluster(self, nodes: int = 1) -> KindCluster:
        return KindCluster(
            "a", self.settings, self.programs, nodes=nodes,
            connect=connects(self.api), clock=VirtualClock(),
        )  # fmt: skip

    def ran(self, start: str) -> list[str]:
        return [line for line in self.programs.ran if line.startswith(start)]


@pytest.fixture
def world(tmp_path: Path) -> Callable[..., World]:
    return lambda api=None, clusters="": World(tmp_path, api, clusters)


async def made(world: World) -> World:
    """As it is after a start."""
    await world.cluster().start(quiet)
    world.programs.ran.clear()
    world.programs.answers["kind get clusters"] = "a"
    return world


async def test_a_new_cluster_is_made_waited_for_and_marked(world: Callable[..., World]) -> None:
    api, shown = FakeApi(dict(UP)), Shown()
    it = world(api)
    await it.cluster(nodes=2).start(shown)
    (create,) = it.ran("kind create cluster")
    assert "--name a" in create
    assert "--image node:1" in create
    assert f"--kubeconfig {it.kubeconfig}" in create
    consent = await require_consent(api, "kind:a")
    assert (consent.cluster, consent.made, consent.nodes) == ("kind:a", True, 2)
    assert "kind: Preparing nodes" in shown.steps
    assert "Waiting for CoreDNS and the other system pods" in shown.steps


async def test_a_warm_start_runs_no_program(world: Callable[..., World]) -> None:
    it = await made(world(FakeApi(dict(UP))))
    await it.cluster().start(quiet)
    assert it.programs.ran == []


async def test_a_lost_kubeconfig_is_exported_anew(world: Callable[..., World]) -> None:
    it = await made(world(FakeApi(dict(UP))))
    it.kubeconfig.unlink()
    await it.cluster().start(quiet)
    assert it.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert it.ran("kind create") == []


async def test_stopped_nodes_are_started(world: Callable[..., World]) -> None:
    it = await made(world(FakeApi(dict(UP))))
    it.kubeconfig.unlink()
    await it.cluster().start(quiet)
    assert it.ran("docker start a-control-plane")


async def test_a_cluster_that_stays_silent_is_told_with_next_steps(
    world: Callable[..., World],
) -> None:
    it = world(FakeApi(refuse=lambda method, path: 500), clusters="a")
    with pytest.raises(
        ClusterError, match="kind:a is there but its API has not answered"
    ) as caught:
        await it.cluster().start(quiet)
    assert "breakfix cluster down kind:a" in caught.value.hint


async def test_someone_elses_kind_cluster_is_not_touched(world: Callable[..., World]) -> None:
    api = FakeApi(dict(UP))
    it = world(api, clusters="a")
    with pytest.raises(ConsentError):
        await it.cluster().start(quiet)
    with pytest.raises(ConsentError, match="not made by breakfix"):
        await it.cluster().stop(quiet)
    assert api.writes == []
    assert it.ran("kind delete") == []


async def test_an_adopted_kind_cluster_is_never_deleted(world: Callable[..., World]) -> None:
    api = FakeApi(dict(UP))
    await adopt(api, "context:kind-a", "ann@desk", VirtualClock())
    it = world(api, clusters="a")
    await it.cluster().start(quiet)
    with pytest.raises(ConsentError):
        await it.cluster().stop(quiet)
    assert it.ran("kind delete") == []


async def test_a_start_that_was_cut_off_begins_anew(world: Callable[..., World]) -> None:
    api = FakeApi(dict(UP))
    it = await made(world(api))
    del api.objects[MARKER]
    (it.settings.data_dir / "kind" / "a" / "being-made").write_text("")
    await it.cluster().start(quiet)
    assert it.ran("kind delete")
    assert it.ran("kind create")
    await require_consent(api, "kind:a")


async def test_a_cut_off_start_is_no_leave_to_delete_somebody_elses_cluster(
    world: Callable[..., World],
) -> None:
    it = world(FakeApi(dict(UP)), clusters="a")
    directory = it.settings.data_dir / "kind" / "a"
    directory.mkdir(parents=True)
    (directory / "being-made").write_text("")
    with pytest.raises(ConsentError):
        await it.cluster().start(quiet)
    assert it.ran("kind delete") == []


async def test_what_docker_still_made_of_a_cut_off_start_is_taken_away(
    world: Callable[..., World],
) -> None:
    it = world(FakeApi(dict(UP)))
    directory = it.settings.data_dir / "kind" / "a"
    directory.mkdir(parents=True)
    (directory / "being-made").write_text("")
    makes = it.programs.answers["kind create"]
    outcomes = [fails("kind create", "Conflict. The name is already in use by container 9"), makes]

    def make() -> str:
        answer = outcomes.pop(0)
        return answer if isinstance(answer, str) else answer()

    it.programs.answers["kind create"] = make
    await it.cluster().start(quiet)
    assert [line.split()[1] for line in it.ran("kind")] == ["get", "create", "delete", "create"]


async def test_too_few_nodes_are_told(world: Callable[..., World]) -> None:
    it = await made(world(FakeApi(dict(UP))))
    with pytest.raises(ClusterError, match=r"has 1 node\(s\), 2 are needed") as caught:
        await it.cluster(nodes=2).start(quiet)
    assert "--nodes 2" in caught.value.hint


async def test_deleting_forgets_the_kubeconfig(world: Callable[..., World]) -> None:
    it = await made(world(FakeApi(dict(UP))))
    await it.cluster().stop(quiet)
    assert it.ran("kind delete cluster --name a")
    assert not it.kubeconfig.exists()
    assert not (it.settings.data_dir / "kind" / "a").exists()


async def test_a_cluster_of_ours_that_does_not_answer_can_be_deleted(
    world: Callable[..., World],
) -> None:
    it = await made(world(FakeApi(dict(UP))))
    it.api = None
    await it.cluster().stop(quiet)
    assert it.ran("kind delete cluster --name a")


async def test_nodes_that_cannot_be_started_are_told_with_next_steps(
    world: Callable[..., World],
) -> None:
    it = await made(world(FakeApi(dict(UP))))
    it.kubeconfig.unlink()
    it.programs.answers["docker start"] = fails("docker start a", "no such file")
    with pytest.raises(CommandError, match="docker start a") as caught:
        await it.cluster().start(quiet)
    assert "breakfix cluster down kind:a" in caught.value.hint


async def test_a_failed_creation_shows_its_command_and_output(world: Callable[..., World]) -> None:
    it = world()
    failure = fails("kind create cluster --name a", "ERROR: no space left on device")
    it.programs.answers["kind create"] = failure
    with pytest.raises(CommandError) as caught:
        await it.cluster().start(quiet)
    assert "kind create cluster --name a" in caught.value.message
    assert "no space left" in caught.value.message
    assert "breakfix doctor" in caught.value.hint
    assert caught.value.exit_code == 3
    assert not it.kubeconfig.exists()


async def test_a_new_cluster_whose_nodes_never_get_ready_is_told(
    world: Callable[..., World],
) -> None:
    it = world(FakeApi({"/api/v1/nodes": {"items": []}}))
    with pytest.raises(ClusterError, match="waited 180 s for the nodes to be ready"):
        await it.cluster().start(quiet)


async def test_docker_that_does_not_run_is_told(world: Callable[..., World]) -> None:
    it = world()
    said = "Cannot connect to the Docker daemon"
    it.programs.answers["docker version"] = fails("docker version", said)
    with pytest.raises(ClusterError, match=said) as caught:
        await it.cluster().start(quiet)
    assert "systemctl start docker" in caught.value.hint
    assert caught.value.exit_code == 3


async def test_docker_that_may_not_be_used_is_told(world: Callable[..., World]) -> None:
    it = world()
    it.programs.answers["docker version"] = fails("docker version", "permission denied")
    with pytest.raises(ClusterError) as caught:
        await it.cluster().start(quiet)
    assert "usermod -aG docker" in caught.value.hint


async def test_kind_that_is_not_installed_is_told(world: Callable[..., World]) -> None:
    it = world()
    it.programs.installed = ("docker",)
    with pytest.raises(ClusterError, match="kind is not installed") as caught:
        await it.cluster().start(quiet)
    assert "install kind" in caught.value.hint
    assert caught.value.exit_code == 3


# -- choosing -------------------------------------------------------------------------


async def test_auto_takes_kind_where_docker_and_kind_answer(world: Callable[..., World]) -> None:
    it = world()
    cluster, reason = await resolve("auto", it.settings, it.programs)
    assert (cluster.name, reason) == ("kind:breakfix", "Docker and kind answer on this machine")


async def test_auto_asks_no_program_where_a_cluster_was_made(world: Callable[..., World]) -> None:
    it = world()
    it.settings.kubeconfig_dir.mkdir()
    (it.settings.kubeconfig_dir / "kind-breakfix").write_text("")
    await resolve("auto", it.settings, it.programs)
    assert it.programs.ran == []


async def test_auto_without_docker_takes_breakfixs_own(world: Callable[..., World]) -> None:
    it = world()
    it.programs.installed = ()
    cluster, reason = await resolve("auto", it.settings, it.programs)
    assert cluster.name == "embedded:breakfix"
    assert reason.startswith("breakfix's own Kubernetes, since docker is not")


async def test_names_are_kinds_own(world: Callable[..., World]) -> None:
    it = world()
    assert (await resolve("kind", it.settings, it.programs))[0].name == "kind:breakfix"
    assert (await resolve("kind:x.1", it.settings, it.programs))[0].name == "kind:x.1"


@pytest.mark.parametrize("spec", ["", "minikube", "kind:../x", "kind:Ä"])
async def test_a_cluster_that_means_nothing_is_wrong_use(
    world: Callable[..., World], spec: str
) -> None:
    it = world()
    with pytest.raises(UsageError):
        await resolve(spec, it.settings, it.programs)


# -- files ----------------------------------------------------------------------------


def test_the_configuration_asks_for_an_audit_log_in_both_versions(tmp_path: Path) -> None:
    config = yaml.safe_load(write_files(tmp_path, 3, "").read_text())
    old, new = (yaml.safe_load(patch) for patch in config["kubeadmConfigPatches"])
    assert old["apiVersion"] == "kubeadm.k8s.io/v1beta3"
    assert old["apiServer"]["extraArgs"]["audit-log-path"] == "/var/log/kubernetes/audit.log"
    assert new["apiVersion"] == "kubeadm.k8s.io/v1beta4"
    assert {"name": "audit-log-maxbackup", "value": "1"} in new["apiServer"]["extraArgs"]
    assert [node["role"] for node in config["nodes"]] == ["control-plane", "worker", "worker"]


def test_the_audit_policy_is_there_for_the_node_to_mount(tmp_path: Path) -> None:
    config = yaml.safe_load(write_files(tmp_path, 1, "").read_text())
    (mount,) = config["nodes"][0]["extraMounts"]
    policy = yaml.safe_load(Path(mount["hostPath"]).read_text())
    assert policy["kind"] == "Policy"
    assert policy["rules"][-1] == {"level": "Metadata"}


def test_every_node_has_the_mirror(tmp_path: Path) -> None:
    config = yaml.safe_load(write_files(tmp_path, 2, "http://mirror:5000/").read_text())
    for node in config["nodes"]:
        mount = node["extraMounts"][-1]
        assert mount["containerPath"] == "/etc/containerd/certs.d/_default/hosts.toml"
        assert Path(mount["hostPath"]).read_text() == hosts_toml("http://mirror:5000")


def test_kinds_lines_become_steps() -> None:
    shown = Shown()
    with KindSteps(shown) as steps:
        for line in ("Creating cluster", *STEPS.splitlines(), "Set kubectl context"):
            steps.line(line)
    assert shown.steps == ["kind: Preparing nodes", "kind: Installing CNI"]
