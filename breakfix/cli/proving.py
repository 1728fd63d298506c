"""Proofs from the command line: run them, show them as a table, as JUnit."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as Xml

import click

from breakfix.cli.output import table
from breakfix.clusters.base import Progress
from breakfix.errors import BreakfixError, RoundError
from breakfix.game import keeping
from breakfix.game.prove import Proof, Verdict, told
from breakfix.game.session import Machine, Session, nodes_needed, open_session
from breakfix.game.stage import Stage
from breakfix.scenario import variants
from breakfix.scenario.loading import LoadedScenario
from breakfix.store.history import History


async def prove_all(
    machine: Machine, scenarios: Sequence[LoadedScenario], cluster: str, seed: str, keep: bool,
    progress: Progress,
) -> list[Verdict]:  # fmt: skip
    """Prove them one after the other on one cluster; the last verdict is that it is as
    it was before the first. Raises BreakfixError where there is no cluster to prove on."""
    history = History(machine.settings.database)
    if (row := history.open_round()) is not None:
        raise RoundError(f"a round is open: {row.scenario}", "End it: `breakfix round end`.")
    nodes = max((nodes_needed(loaded.scenario.spec) for loaded in scenarios), default=1)
    session = await open_session(machine, cluster, progress, nodes)
    found: list[Verdict] = []
    try:
        await session.hold(machine, "proof")
        for loaded in scenarios:
            found += await _prove(machine, session, loaded, seed, history)
        if not keep:
            found.append(await _remove(session, history, machine))
        await session.release(machine)
    finally:
        await session.held.aclose()
    return found


async def _prove(
    machine: Machine, session: Session, loaded: LoadedScenario, seed: str, history: History
) -> list[Verdict]:
    lacking = session.capabilities.lacks(loaded.scenario.spec.requires)
    if lacking:
        words = "; ".join(f"{k}: {v}" for k, v in lacking.items())
        return [_shown(Verdict(loaded.name, "baseline", "can be played here", False, words, 0.0))]
    chosen = variants.normal_seed(seed or variants.new_seed(random.SystemRandom()))
    click.echo(f"{loaded.name}, seed {chosen}, on {session.cluster.name}", err=True)
    facts, tools = session.capabilities.facts, machine.settings.tools_image
    try:
        stage = Stage(session.api, loaded, chosen, facts, machine.clock, tools)
    except BreakfixError as error:
        return [_shown(Verdict(loaded.name, "baseline", "renders", False, error.message, 0.0))]
    return await Proof(stage, history, session.place, _shown).run()


async def _remove(session: Session, history: History, machine: Machine) -> Verdict:
    began = machine.clock.monotonic()
    left = await keeping.remove(session.api, history, session.place, machine.clock) or []
    seconds = round(machine.clock.monotonic() - began, 2)
    return _shown(Verdict("all", "restore", "the bare cluster", not left, told(left), seconds))


def _shown(verdict: Verdict) -> Verdict:
    mark = " ok" if verdict.ok else "  X"
    seen = "" if verdict.ok else f"\n      {verdict.seen}"
    click.echo(f"{mark} {verdict.kind:8} {verdict.name} ({verdict.seconds:.1f} s){seen}", err=True)
    return verdict


def verdicts_table(found: Sequence[Verdict]) -> str:
    """One line a scenario: how many of each kind went as they must."""
    kinds = ("baseline", "broken", "fix", "cheat", "restore")
    names = list(dict.fromkeys(v.scenario for v in found))
    rows = []
    for name in names:
        mine = [v for v in found if v.scenario == name]
        counts = [_count([v for v in mine if v.kind == kind]) for kind in kinds]
        seconds = sum(v.seconds for v in mine)
        verdict = "proven" if all(v.ok for v in mine) else "NOT PROVEN"
        rows.append((name, *counts, f"{seconds:.0f} s", verdict))
    return table(("scenario", *kinds, "time", "verdict"), rows)


def _count(verdicts: Sequence[Verdict]) -> str:
    return f"{sum(v.ok for v in verdicts)}/{len(verdicts)}" if verdicts else "-"


def write_junit(path: Path, found: Sequence[Verdict]) -> None:
    """JUnit XML, a test suite a scenario."""
    root = Xml.Element("testsuites")
    for name in dict.fromkeys(v.scenario for v in found):
        mine = [v for v in found if v.scenario == name]
        failures = str(sum(not v.ok for v in mine))
        suite = Xml.SubElement(root, "testsuite", name=name, tests=str(len(mine)))
        suite.set("failures", failures)
        for verdict in mine:
            title = f"{verdict.kind}: {verdict.name}"
            case = Xml.SubElement(suite, "testcase", classname=name, name=title)
            case.set("time", f"{verdict.seconds:.2f}")
            if not verdict.ok:
                Xml.SubElement(case, "failure", message=verdict.seen)
    try:
        Xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise BreakfixError(f"cannot write {path}: {error.strerror}", "Name another file.") from (
            error
        )
