"""What is there, what is missing, and the command that brings it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from breakfix.clusters.doctor import Finding, examine
from breakfix.clusters.kubectl import bundled_kubectl, find_kubectl, learner_bin
from breakfix.clusters.process import SystemPrograms
from breakfix.settings import Settings
from tests.unit.clusters_fakes import Answer, FakeApi, FakePrograms, connects, fails

ANSWERS: dict[str, Answer] = {
    "docker version": "27.0",
    "kind version": "kind v0.30.0 go1.25 linux/amd64",
    "kind get clusters": "breakfix\nsomebodys",
}


async def findings(
    programs: FakePrograms, home: Path, api: FakeApi | None = None, **environ: str
) -> dict[str, Finding]:
    found = await examine(Settings(home), environ, programs, connect=connects(api))
    return {finding.name: finding for finding in found}


async def test_a_machine_with_everything(tmp_path: Path) -> None:
    found = await findings(FakePrograms(dict(ANSWERS)), tmp_path, TERM="xterm-256color")
    assert all(found[name].ok for name in ("Python", "kubectl", "Docker", "kind"))
    assert found["Docker"].found == "engine 27.0"
    assert found["kind"].found == "0.30.0 at /bin/kind"
    assert "256 colours" in found["terminal"].found or "not a terminal" in found["terminal"].found


@pytest.mark.parametrize(
    ("platform", "docker", "kind"),
    [
        ("linux", "sudo apt install docker.io", "/usr/local/bin/kind"),
        ("darwin", "brew install --cask docker", "brew install kind"),
        ("win32", "winget install Docker.DockerDesktop", "winget install Kubernetes.kind"),
    ],
)
async def test_what_is_missing_has_the_platforms_remedy(
    tmp_path: Path, platform: str, docker: str, kind: str
) -> None:
    found = await findings(FakePrograms({}, installed=(), platform=platform), tmp_path)
    assert not found["Docker"].ok
    assert docker in found["Docker"].remedy
    assert kind in found["kind"].remedy


async def test_docker_that_does_not_answer(tmp_path: Path) -> None:
    programs = FakePrograms(ANSWERS | {"docker version": fails("docker version", "no daemon")})
    found = await findings(programs, tmp_path)
    assert "no daemon" in found["Docker"].found
    assert found["Docker"].remedy == "sudo systemctl start docker"


async def test_an_old_kind(tmp_path: Path) -> None:
    found = await findings(
        FakePrograms(ANSWERS | {"kind version": "kind v0.20.0 go1.20"}), tmp_path
    )
    assert not found["kind"].ok
    assert "0.27 or newer" in found["kind"].found


async def test_only_clusters_of_ours_are_asked(tmp_path: Path) -> None:
    kubeconfigs = Settings(tmp_path).kubeconfig_dir
    kubeconfigs.mkdir()
    (kubeconfigs / "kind-breakfix").write_text("")
    found = await findings(FakePrograms(dict(ANSWERS)), tmp_path)
    assert found["cluster kind:breakfix"].remedy == "breakfix cluster up kind:breakfix"
    assert "cluster kind:somebodys" not in found
    found = await findings(FakePrograms(dict(ANSWERS)), tmp_path, FakeApi())
    assert found["cluster kind:breakfix"].ok


async def test_a_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = await findings(FakePrograms(dict(ANSWERS)), tmp_path / "file" / "home")
    assert not found["data directory"].ok
    assert "BREAKFIX_HOME" in found["data directory"].remedy


def test_without_kubectl_on_path_the_packages_is_used() -> None:
    assert find_kubectl(FakePrograms({}, installed=())) == bundled_kubectl()
    assert find_kubectl(FakePrograms({})) == Path("/bin/kubectl")


@pytest.mark.parametrize("name", ["kubectl", "k"])
def test_the_learners_path_has_kubectl_and_k(name: str, tmp_path: Path) -> None:
    script = learner_bin(Settings(tmp_path), FakePrograms({})) / name
    assert 'exec /bin/kubectl "$@"' in script.read_text()
    assert script.stat().st_mode & 0o777 == 0o700


def test_the_learners_kubectl_writes_down_what_it_was_called_with(tmp_path: Path) -> None:
    real = tmp_path / "kubectl"
    real.write_text("#!/bin/sh\necho real $1\n")
    real.chmod(0o700)
    programs = SystemPrograms({"PATH": str(tmp_path)})
    script = learner_bin(Settings(tmp_path / "home"), programs) / "kubectl"
    written = tmp_path / "commands"
    env = {"BREAKFIX_COMMANDS": str(written), "PATH": os.environ["PATH"]}
    done = subprocess.run([script, "get", "pods"], env=env, capture_output=True, check=True)
    assert done.stdout == b"real get\n"
    assert written.read_text().split(" ", 1)[1] == "kubectl get pods\n"


def test_a_kubectl_that_moved_is_called_where_it_is(tmp_path: Path) -> None:
    learner_bin(Settings(tmp_path), FakePrograms({}, installed=()))
    script = learner_bin(Settings(tmp_path), FakePrograms({})) / "kubectl"
    assert "exec /bin/kubectl" in script.read_text()
