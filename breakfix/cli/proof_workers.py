"""Proofs on simulated time, as many at once as there are processors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import click

from breakfix.clusters.simulated import preload
from breakfix.game.prove import Share, Verdict
from breakfix.game.proving import prove_simulated
from breakfix.game.session import Machine
from breakfix.scenario.loading import LoadedScenario

Show = Callable[[Verdict], Verdict]
HEAD = ("baseline", "broken")


def prove_at_once(
    machine: Machine, scenarios: Sequence[LoadedScenario], seed: str, jobs: int, show: Show
) -> list[Verdict]:
    """Each scenario on an embedded cluster of its own; the cases of one alone are shared out
    among several. All verdicts, in the order of the scenarios and of their cases."""
    if jobs == 1 or not scenarios:
        return [v for each in scenarios for v in prove_simulated(machine, each, seed, show)]
    if len(scenarios) == 1:
        return _shared(machine, scenarios[0], seed, jobs, show)
    return _each(machine, scenarios, seed, jobs, show)


def _each(
    machine: Machine, scenarios: Sequence[LoadedScenario], seed: str, jobs: int, show: Show
) -> list[Verdict]:
    found: list[Verdict] = []
    with _workers(min(jobs, len(scenarios))) as pool:
        proofs = [pool.submit(prove_simulated, machine, each, seed, _unshown) for each in scenarios]
        for proof in as_completed(proofs):
            verdicts = proof.result()
            click.echo(verdicts[0].scenario, err=True)
            found += [show(verdict) for verdict in verdicts]
    order = [each.name for each in scenarios]
    return sorted(found, key=lambda verdict: order.index(verdict.scenario))


def _shared(
    machine: Machine, loaded: LoadedScenario, seed: str, jobs: int, show: Show
) -> list[Verdict]:
    """Its cases among processes; the first share is proven in the present one."""
    names = [case.name for case in loaded.scenario.spec.proof.cases]
    parts = min(jobs, len(names))
    with _workers(parts - 1) as pool:
        others = [
            pool.submit(prove_simulated, machine, loaded, seed, _unshown, Share(number, parts))
            for number in range(1, parts)
        ]
        found = prove_simulated(machine, loaded, seed, show, Share(0, parts))
        for other in others:
            found += [show(verdict) for verdict in other.result() if _tells(verdict)]
    return sorted(found, key=lambda verdict: _place(verdict, names))


@contextmanager
def _workers(number: int) -> Iterator[ProcessPoolExecutor]:
    """What has not begun when something fails is never begun."""
    with ProcessPoolExecutor(number, get_context(_beginning())) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _beginning() -> Literal["fork", "spawn"]:
    """How a process begins: as a copy of this one, with all modules, where there are no other
    threads in it."""
    tasks = Path("/proc/self/task")
    if not tasks.exists() or len(list(tasks.iterdir())) > 1:
        return "spawn"
    preload()
    return "fork"


def _tells(verdict: Verdict) -> bool:
    """Not that the base is healthy here too: one is enough."""
    return verdict.kind not in HEAD or not verdict.ok


def _place(verdict: Verdict, names: Sequence[str]) -> int:
    """Before all cases, or where the case is: its restore follows it."""
    name = verdict.name.removeprefix("after ") if verdict.kind == "restore" else verdict.name
    return names.index(name) if verdict.kind not in HEAD and name in names else -1


def _unshown(_: Verdict) -> None:
    """What a process beside this one is told: its verdicts are shown when all are there."""
