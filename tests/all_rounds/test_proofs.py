"""Every built-in round, proven on an embedded cluster on simulated time.

In a folder that comes first: it takes longest, and the others run beside it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from breakfix.clock import SystemClock
from breakfix.clusters.process import SystemPrograms
from breakfix.game.prove import Verdict
from breakfix.game.proving import prove_simulated
from breakfix.game.session import Machine
from breakfix.scenario.pack import Catalogue, builtin_pack
from breakfix.settings import Settings

CATALOGUE = Catalogue([builtin_pack()])
pytestmark = pytest.mark.timeout(600)  # seconds


@pytest.mark.parametrize("name", CATALOGUE.names())
def test_the_round_is_proven(name: str, tmp_path: Path) -> None:
    programs = SystemPrograms(dict(os.environ))
    machine = Machine(Settings(tmp_path), programs, SystemClock(), tmp_path, "proof")
    loaded, watched = CATALOGUE.get(name), list[Verdict]()

    found = prove_simulated(machine, loaded, "7F3K", watched.append)

    assert [(v.kind, v.name, v.seen) for v in found if not v.ok] == []
    proof = loaded.scenario.spec.proof
    kinds = [v.kind for v in found]
    cases = len(proof.fixes) + len(proof.cheats)
    assert (kinds.count("fix"), kinds.count("cheat")) == (len(proof.fixes), len(proof.cheats))
    assert (kinds.count("restore"), kinds[0], kinds[1]) == (cases, "baseline", "broken")
    assert watched == found
