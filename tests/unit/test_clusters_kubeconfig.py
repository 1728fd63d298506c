"""Kubeconfigs as kubectl reads them; what breakfix writes is private and apart."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
import yaml

from breakfix.clusters.base import Object
from breakfix.clusters.context import ContextCluster
from breakfix.clusters.kubeconfig import files, merged, minified, write
from breakfix.errors import ClusterError, ConsentError, UsageError
from breakfix.settings import Settings
from tests.unit.clusters_fakes import FakeApi, connects, no_progress


def kubeconfig(path: Path, *names: str, current: str = "", user: Object | None = None) -> Path:
    config = {
        "current-context": current,
        "clusters": [{"name": n, "cluster": {"server": f"https://{path.name}-{n}"}} for n in names],
        "contexts": [{"name": n, "context": {"cluster": n, "user": n}} for n in names],
        "users": [{"name": n, "user": user or {}} for n in names],
    }
    path.write_text(yaml.safe_dump(config))
    return path


def test_the_first_file_to_name_a_thing_wins(tmp_path: Path) -> None:
    one = kubeconfig(tmp_path / "one", "a")
    two = kubeconfig(tmp_path / "two", "a", "b", current="b")
    config = merged([one, tmp_path / "none", two])
    assert config["current-context"] == "b"
    assert minified(config, "a")["clusters"][0]["cluster"]["server"] == "https://one-a"


def test_the_default_file_is_kubectls(tmp_path: Path) -> None:
    assert files("", tmp_path) == [tmp_path / ".kube" / "config"]
    assert files(f"a{os.pathsep}b", tmp_path) == [Path("a"), Path("b")]


def test_only_one_context_and_what_it_needs_is_kept(tmp_path: Path) -> None:
    config = minified(merged([kubeconfig(tmp_path / "c", "a", "b", current="a")]), "b")
    assert config["current-context"] == "b"
    assert [len(config[part]) for part in ("contexts", "clusters", "users")] == [1, 1, 1]


def test_paths_become_absolute_and_plugins_are_kept(tmp_path: Path) -> None:
    user: Object = {
        "client-key": "certs/key.pem",
        "exec": {"command": "./bin/login", "args": ["x"]},
    }
    kept = minified(merged([kubeconfig(tmp_path / "c", "a", user=user)]), "a")["users"][0]["user"]
    assert kept["client-key"] == str(tmp_path / "certs/key.pem")
    assert kept["exec"] == {"command": str(tmp_path / "bin/login"), "args": ["x"]}


def test_a_plugin_that_is_searched_on_path_stays_so(tmp_path: Path) -> None:
    user: Object = {"exec": {"command": "aws"}}
    config = minified(merged([kubeconfig(tmp_path / "c", "a", user=user)]), "a")
    assert config["users"][0]["user"]["exec"]["command"] == "aws"


def test_no_current_context_lists_what_there_is(tmp_path: Path) -> None:
    config = merged([kubeconfig(tmp_path / "c", "dev", "prod")])
    with pytest.raises(UsageError, match="no current context") as caught:
        minified(config)
    assert "dev, prod" in caught.value.hint


def test_an_unknown_context_is_met_with_a_guess(tmp_path: Path) -> None:
    config = merged([kubeconfig(tmp_path / "c", "development", "prod")])
    with pytest.raises(UsageError) as caught:
        minified(config, "developmnet")
    assert caught.value.hint.startswith("Did you mean development?")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["a: [", "[1, 2]", "contexts: 7", "contexts: [x]", "\x00"])
def test_a_file_that_is_no_kubeconfig_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(ClusterError, match=str(path)):
        merged([path])


def test_a_context_without_its_cluster_is_told(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_text(yaml.safe_dump({"contexts": [{"name": "a", "context": {"cluster": "gone"}}]}))
    with pytest.raises(UsageError, match="no cluster named 'gone'"):
        minified(merged([path]), "a")


def test_what_is_written_is_private(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig" / "kind-a"
    write(path, {"kind": "Config"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert json.loads(path.read_text()) == {"kind": "Config"}
    assert list(path.parent.iterdir()) == [path]


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ClusterError, match="cannot make") as caught:
        write(tmp_path / "file" / "below" / "config", {})
    assert "BREAKFIX_HOME" in caught.value.hint


async def test_starting_a_context_without_consent_writes_nothing_to_it(tmp_path: Path) -> None:
    mine = kubeconfig(tmp_path / "c", "arn:aws:eks:eu:1:cluster/x", "b", current="b")
    before = mine.read_text()
    settings = Settings(tmp_path / "home", kubeconfig=str(mine))
    api = FakeApi()
    cluster = ContextCluster("arn:aws:eks:eu:1:cluster/x", settings, connect=connects(api))
    with pytest.raises(ConsentError):
        await cluster.start(no_progress)
    assert api.writes == []
    assert mine.read_text() == before
    assert cluster.kubeconfig.parent == settings.kubeconfig_dir
    assert stat.S_IMODE(cluster.kubeconfig.stat().st_mode) == 0o600


def test_different_contexts_have_different_files(tmp_path: Path) -> None:
    mine = kubeconfig(tmp_path / "c", "a/b", "a:b", "a-b")
    settings = Settings(tmp_path / "home", kubeconfig=str(mine))
    names = {ContextCluster(n, settings).kubeconfig.name for n in ("a/b", "a:b", "a-b")}
    assert len(names) == 3
