"""Every built-in round, proven on an embedded cluster on simulated time.

In a folder that comes first: it takes longest, and the others run beside it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from breakfix.cli.proof_workers import prove_at_once
from breakfix.clock import SystemClock
from breakfix.clusters.process import SystemPrograms
from breakfix.game.prove import Verdict
from breakfix.game.session import Machine
from breakfix.scenario.pack import Catalogue, builtin_pack
from breakfix.settings import Settings

CATALOGUE = Catalogue([builtin_pack()])
pytestmark = pytest.mark.timeout(600)  # seconds


NAMES = CATALOGUE.names()
SHARED = NAMES[0]  # its cases are proven by two processes


@pytest.mark.parametrize("name", NAMES)
def test_the_round_is_proven(name: str, tmp_path: Path) -> None:
    programs = SystemPrograms(dict(os.environ))
    machine = Machine(Settings(tmp_path), programs, SystemClock(), tmp_path, "proof")
    loaded, watched = CATALOGUE.get(name), list[Verdict]()

    def watch(verdict: Verdict) -> Verdict:
        watched.append(verdict)
        return verdict

    found = prove_at_once(machine, [loaded], "7F3K", 2 if name == SHARED else 1, watch)

    assert [(v.kind, v.name, v.seen) for v in found if not v.ok] == []
    proof = loaded.scenario.spec.proof
    fixes, cheats = (
        ["fix", "restore"] * len(proof.fixes),
        ["cheat", "restore"] * len(proof.cheats),
    )
    assert [v.kind for v in found] == ["baseline", "broken", *fixes, *cheats]
    tried = [v.name for v in found if v.kind in ("fix", "cheat")]
    assert tried == [case.name for case in proof.cases]
    assert sorted(watched, key=str) == sorted(found, key=str)
