"""Rounds on a real cluster, played through the command line and kubectl."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.kind.conftest import CLUSTER, Player

pytestmark = pytest.mark.kind
ROUND = "psa-restricted-refuses"


def is_as_it_was(player: Player) -> bool:
    """The fault takes the security context of the catalogue's container away."""
    path = "jsonpath={.spec.template.spec.containers[0].securityContext.readOnlyRootFilesystem}"
    return player.kubectl("-n", "shop", "get", "deployment", "catalog", "-o", path) == "true"


def test_a_round_from_start_to_end_leaves_the_shop_as_it_was(player: Player) -> None:
    started = player.json("round", "start", ROUND, "--cluster", CLUSTER, "--seed", "AAAA")
    assert started["state"] == "running"

    seen = player.kubectl("-n", "shop", "get", "events")
    assert "violates PodSecurity" in seen
    status = player.json("round", "status")
    assert [h["seen"] for h in status["hints"] if h["evidence"] == "events"] == [True]

    refused = player.json("round", "check", code=1)
    assert not refused["passed"]
    player.kubectl("-n", "shop", "rollout", "undo", "deployment/catalog")
    solved = player.json("round", "check", code=0)
    assert solved["passed"]

    debrief = player.json("round", "debrief")
    assert debrief["round"]["outcome"] == "solved"
    assert [c["name"] for c in debrief["changes"]] == ["catalog"]
    assert "patch deployments/catalog in shop" in [m["text"] for m in debrief["timeline"]]
    player.json("round", "end")
    assert player.json("history")[0]["outcome"] == "solved"
    assert is_as_it_was(player)


def test_a_round_killed_in_its_set_up_is_put_back(player: Player) -> None:
    process = player.start("round", "start", ROUND, "--cluster", CLUSTER, "--seed", "AAAA")
    assert process.stderr is not None
    for line in process.stderr:
        if "Something happens" in line or "healthy" in line:
            break
    time.sleep(0.5)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    found = player.json("round", "status")
    assert found["state"] in (None, "running")  # put back; or the clock had just started
    if found["state"] == "running":
        player.json("round", "end")
    assert is_as_it_was(player)
    assert player.json("history")[0]["scenario"] == ROUND


def test_a_second_installation_is_told_who_holds_the_cluster(
    player: Player, tmp_path_factory: pytest.TempPathFactory
) -> None:
    player.json("round", "start", ROUND, "--cluster", CLUSTER, "--seed", "AAAA")
    other = Player(tmp_path_factory.mktemp("other"))
    folder = other.home / "kubeconfig"
    folder.mkdir(mode=0o700)
    config = player.json("cluster", "kubeconfig", CLUSTER)["kubeconfig"]
    (folder / "kind-bf-test-play").write_bytes(Path(config).read_bytes())

    code, _, err = other.run("round", "start", ROUND, "--cluster", CLUSTER)

    player.json("round", "end")
    assert code == 3
    assert "is held by" in err
    assert "breakfix cluster release" in err
