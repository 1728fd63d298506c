"""The one command that a debrief names shows the cause: while it is broken, and not before.

The real kubectl asks an embedded cluster on simulated time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from breakfix.clusters.kubectl import learner_bin
from breakfix.clusters.process import SystemPrograms
from breakfix.clusters.simulated import SimulatedCluster
from breakfix.embedded.simulated_time import SimulatedClock, SimulatedTimeLoop
from breakfix.game.session import Machine, open_cluster
from breakfix.game.stage import Stage
from breakfix.scenario.loading import LoadedScenario
from breakfix.scenario.pack import Catalogue, builtin_pack
from breakfix.settings import Settings

CATALOGUE = Catalogue([builtin_pack()])
KUBECTL_MAY_TAKE = 60.0  # seconds, those of a busy machine


@contextmanager
def unseen(_: str) -> Iterator[None]:
    """Nobody watches the progress."""
    yield


@pytest.mark.parametrize("name", CATALOGUE.names())
def test_the_one_command_shows_the_cause(name: str, tmp_path: Path) -> None:
    loaded = CATALOGUE.get(name)
    with asyncio.Runner(loop_factory=SimulatedTimeLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, SimulatedTimeLoop)
        programs = SystemPrograms(dict(os.environ))
        machine = Machine(Settings(tmp_path), programs, SimulatedClock(loop), tmp_path, "proof")
        words, healthy, broken = runner.run(answers(machine, loaded))

    assert words in broken
    assert words not in healthy


async def answers(machine: Machine, loaded: LoadedScenario) -> tuple[str, str, str]:
    """The words to look for, and what the command says before the fault and after."""
    cluster = SimulatedCluster(machine.settings, machine.clock)
    session = await open_cluster(
        machine, cluster, "on simulated time", unseen, connect=cluster.connect
    )
    try:
        stage = Stage(session.api, loaded, "7F3K", session.capabilities.facts, machine.clock)
        named = stage.spec.debrief.one_command
        assert named is not None
        await stage.apply_base()
        await stage.baseline()
        healthy = await said(machine, cluster.kubeconfig, named.run)
        await stage.inject()
        await stage.symptom()
        broken = await said(machine, cluster.kubeconfig, named.run)
    finally:
        await session.held.aclose()
        await cluster.stop(unseen)
    return one_line(named.shows), healthy, broken


async def said(machine: Machine, kubeconfig: Path, command: str) -> str:
    """What the command answers, in the shell of somebody who plays, as one line."""
    path = f"{learner_bin(machine.settings, machine.programs)}:{os.environ['PATH']}"
    env = {"KUBECONFIG": str(kubeconfig), "HOME": str(machine.home), "PATH": path}
    ran = await machine.programs.run(["sh", "-c", command], env=env, timeout=KUBECTL_MAY_TAKE)
    return one_line(ran)


def one_line(text: str) -> str:
    """Blanks and line ends are one blank: columns are as wide as their longest word."""
    return " ".join(text.split())
