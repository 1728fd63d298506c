"""Proofs of whole scenarios: on a cluster that is open, or on simulated time in this process."""

from __future__ import annotations

import asyncio
import gc
import itertools
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from breakfix.clusters.simulated import SimulatedCluster
from breakfix.embedded.simulated_time import SimulatedClock, SimulatedTimeLoop
from breakfix.errors import BreakfixError
from breakfix.game.prove import WHOLE, Proof, Share, Verdict
from breakfix.game.session import Machine, Session, nodes_needed, open_cluster
from breakfix.game.stage import Stage
from breakfix.scenario import variants
from breakfix.scenario.loading import LoadedScenario
from breakfix.store.history import History

Watch = Callable[[Verdict], object]
PROOFS_A_COLLECTION = 4  # each leaves about 60 MiB
_ended = itertools.count(1)


@contextmanager
def _unseen(_: str) -> Iterator[None]:
    """The progress of what takes no time."""
    yield


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looks for cycles of objects: finding them again and again takes a tenth of a
    proof's time. What a proof leaves is put aside, and looked for after some of them."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if next(_ended) % PROOFS_A_COLLECTION == 0:
            gc.unfreeze()
            gc.collect()
        gc.enable()


async def prove(
    machine: Machine, session: Session, loaded: LoadedScenario, seed: str, history: History,
    watch: Watch, share: Share = WHOLE,
) -> list[Verdict]:  # fmt: skip
    """The verdicts of a scenario on an open cluster; `watch` is told each as it comes."""

    def no(what: str, why: str) -> list[Verdict]:
        watch(verdict := Verdict(loaded.name, "baseline", what, False, why, 0.0))
        return [verdict]

    lacking = session.capabilities.lacks(loaded.scenario.spec.requires)
    if lacking:
        return no("can be played here", "; ".join(f"{k}: {v}" for k, v in lacking.items()))
    facts, tools = session.capabilities.facts, machine.settings.tools_image
    try:
        stage = Stage(session.api, loaded, seed, facts, machine.clock, tools)
    except BreakfixError as error:
        return no("renders", error.message)
    return await Proof(stage, history, session.place, watch).run(share)


def seed_or_new(seed: str) -> str:
    """The seed that is asked for, else any."""
    return variants.normal_seed(seed or variants.new_seed(random.SystemRandom()))


def prove_simulated(
    machine: Machine, loaded: LoadedScenario, seed: str, watch: Watch, share: Share = WHOLE
) -> list[Verdict]:
    """The verdicts of a scenario on an embedded cluster of its own, which ends with it.

    Raises BreakfixError where the cluster does not come up.
    """
    with (
        _uncollected(),
        tempfile.TemporaryDirectory(prefix="breakfix-proof-") as home,
        asyncio.Runner(loop_factory=SimulatedTimeLoop) as runner,
    ):
        loop = runner.get_loop()
        assert isinstance(loop, SimulatedTimeLoop)  # noqa: S101 - its factory says so
        settings = replace(machine.settings, data_dir=Path(home))
        simulated = replace(machine, settings=settings, clock=SimulatedClock(loop))
        return runner.run(_simulated(simulated, loaded, seed, watch, share))


async def _simulated(
    machine: Machine, loaded: LoadedScenario, seed: str, watch: Watch, share: Share
) -> list[Verdict]:
    nodes = nodes_needed(loaded.scenario.spec)
    cluster = SimulatedCluster(machine.settings, machine.clock, nodes)
    session = await open_cluster(
        machine, cluster, "on simulated time", _unseen, connect=cluster.connect
    )
    try:
        history = History(machine.settings.database)
        return await prove(machine, session, loaded, seed, history, watch, share)
    finally:
        await session.held.aclose()
        await cluster.stop(_unseen)
