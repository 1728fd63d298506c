"""The proof of every built-in scenario on a real cluster; and that nothing is left of it.

One scenario of each founding family comes first. BREAKFIX_PROOF_MINUTES bounds the time
in which proofs begin; those left out say so.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

import pytest

from breakfix.scenario.pack import Catalogue, builtin_pack
from tests.kind.conftest import CLUSTER, Player

pytestmark = pytest.mark.kind
FIRST = (
    "identity-token-audience",
    "netpol-and-or",
    "psa-restricted-refuses",
    "storage-claim-pending",
    "dns-wrong-resolver",
)
NAMES = [*FIRST, *sorted(set(Catalogue([builtin_pack()]).names()) - set(FIRST))]


@dataclass
class Box:
    """The time in which proofs may begin; endless without the variable."""

    minutes: float = float(os.environ.get("BREAKFIX_PROOF_MINUTES", "inf"))
    began: float = field(default_factory=time.monotonic)


@pytest.fixture(scope="module")
def box() -> Box:
    return Box()


@pytest.mark.parametrize("name", NAMES)
def test_the_scenario_is_proven(name: str, player: Player, box: Box) -> None:
    spent = (time.monotonic() - box.began) / 60
    if spent > box.minutes:
        pytest.skip(f"{spent:.0f} min of proofs are over; run all: ./scripts/test --kind")

    code, out, err = player.run("scenario", "prove", name, "--cluster", CLUSTER, "--keep")

    assert code == 0, f"{out}\n{err}"


def test_after_the_proofs_nothing_is_left(player: Player) -> None:
    message = player.json("cluster", "clean", CLUSTER)["message"]
    assert message in ("nothing left behind", "nothing was kept")
    assert "shop" not in player.kubectl("get", "namespaces")
