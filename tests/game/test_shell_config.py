"""The kubeconfig of the learner's shell: it knows the round's namespace, and goes with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from breakfix.errors import ClusterError
from breakfix.game.shell_config import config_file, write_config
from breakfix.settings import Settings
from tests.game.shop import World
from tests.unit.clusters_fakes import no_progress

CLUSTER = """\
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: other, context: {cluster: b}}, {name: here, context: {cluster: a, user: me}}]
clusters:
  - {name: a, cluster: {server: "https://127.0.0.1:PORT", certificate-authority-data: Q0E=}}
  - {name: b, cluster: {server: "https://elsewhere"}}
users: [{name: me, user: {token: secret}}]
"""


def cluster(folder: Path, port: str = "6443") -> Path:
    """The kubeconfig of a cluster that listens there."""
    path = folder / "kubeconfig"
    path.write_text(CLUSTER.replace("PORT", port))
    return path


def test_the_shell_is_in_the_rounds_namespace_on_the_same_cluster(tmp_path: Path) -> None:
    settings, source = Settings(data_dir=tmp_path / "data"), cluster(tmp_path)
    before = source.read_text()
    path = write_config(settings, source, "ab12", "shop")
    found = json.loads(path.read_text())
    (entry,) = found["contexts"]
    assert entry == {"name": "here", "context": {"cluster": "a", "user": "me", "namespace": "shop"}}
    assert found["current-context"] == "here"
    assert found["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:6443"
    assert found["users"] == [{"name": "me", "user": {"token": "secret"}}]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent == settings.kubeconfig_dir
    assert source.read_text() == before


def test_entering_again_follows_the_cluster_to_another_port(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    write_config(settings, cluster(tmp_path), "ab12", "shop")
    path = write_config(settings, cluster(tmp_path, "7001"), "ab12", "shop")
    assert "https://127.0.0.1:7001" in path.read_text()


def test_a_kubeconfig_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    broken = tmp_path / "kubeconfig"
    broken.write_text("[")
    with pytest.raises(ClusterError, match="cannot be used"):
        write_config(Settings(data_dir=tmp_path / "data"), broken, "ab12", "shop")


async def test_it_stays_while_the_round_is_open_and_goes_when_it_ends(
    world: World, tmp_path: Path
) -> None:
    found = await world.start()
    path = write_config(world.settings, cluster(tmp_path), found.view().id, "shop")
    assert path == config_file(world.settings, found.view().id)
    await found.leave()
    assert path.exists()
    again = await world.resume()
    assert again is not None
    await again.end(no_progress)
    assert not path.exists()


async def test_it_goes_with_a_cluster_that_is_gone(world: World, tmp_path: Path) -> None:
    found = await world.start()
    path = write_config(world.settings, cluster(tmp_path), found.view().id, "shop")
    world.lobby().close_lost()
    assert not path.exists()
