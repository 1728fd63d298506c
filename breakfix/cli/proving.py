"""Proofs from the command line: run them, show them as a table, as JUnit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as Xml

import click

from breakfix.cli import setting
from breakfix.cli.output import table
from breakfix.cli.proof_workers import prove_at_once
from breakfix.clusters.base import Progress
from breakfix.clusters.select import check_form
from breakfix.errors import BreakfixError, RoundError
from breakfix.game import keeping
from breakfix.game.prove import Verdict, told
from breakfix.game.proving import prove, seed_or_new
from breakfix.game.session import Machine, Session, nodes_needed, open_session
from breakfix.scenario.loading import LoadedScenario
from breakfix.store.history import History

SIMULATED = "embedded"  # without a name: a cluster for the proof alone
ALL = "all"


def prove_each(
    machine: Machine, scenarios: Sequence[LoadedScenario], clusters: Sequence[str], seed: str,
    keep: bool, jobs: int, progress: Progress,
) -> dict[str, list[Verdict]]:  # fmt: skip
    """The verdicts by cluster. Raises BreakfixError where there is no cluster to prove on."""
    for cluster in clusters:
        check_form(cluster)
    seed = seed_or_new(seed)
    found = {}
    for cluster in clusters:
        click.echo(f"{cluster}, seed {seed}", err=True)
        found[cluster] = (
            prove_at_once(machine, scenarios, seed, jobs, _shown)
            if cluster == SIMULATED
            else setting.run(_on_cluster(machine, scenarios, cluster, seed, keep, progress))
        )
    return found


# -- on a cluster that stays ----------------------------------------------------------


async def _on_cluster(
    machine: Machine, scenarios: Sequence[LoadedScenario], cluster: str, seed: str, keep: bool,
    progress: Progress,
) -> list[Verdict]:  # fmt: skip
    """One after the other; the last verdict is that it is as it was before the first."""
    history = History(machine.settings.database)
    if (row := history.open_round()) is not None:
        raise RoundError(f"a round is open: {row.scenario}", "End it: `breakfix round end`.")
    nodes = max((nodes_needed(loaded.scenario.spec) for loaded in scenarios), default=1)
    session = await open_session(machine, cluster, progress, nodes)
    found: list[Verdict] = []
    try:
        await session.hold(machine, "proof")
        for loaded in scenarios:
            click.echo(f"{loaded.name}, on {session.cluster.name}", err=True)
            found += await prove(machine, session, loaded, seed, history, _shown)
        if not keep:
            found.append(await _remove(session, history, machine))
        await session.release(machine)
    finally:
        await session.held.aclose()
    return found


async def _remove(session: Session, history: History, machine: Machine) -> Verdict:
    began = machine.clock.monotonic()
    left = await keeping.remove(session.api, history, session.place, machine.clock) or []
    seconds = round(machine.clock.monotonic() - began, 2)
    return _shown(Verdict(ALL, "restore", "the bare cluster", not left, told(left), seconds))


# -- what is printed ------------------------------------------------------------------


def _shown(verdict: Verdict) -> Verdict:
    mark = " ok" if verdict.ok else "  X"
    seen = "" if verdict.ok else f"\n      {verdict.seen}"
    click.echo(f"{mark} {verdict.kind:8} {verdict.name} ({verdict.seconds:.1f} s){seen}", err=True)
    return verdict


def report(found: Mapping[str, Sequence[Verdict]]) -> str:
    """A table for each cluster, and where they do not agree."""
    if len(found) == 1:
        return "".join(verdicts_table(verdicts) for verdicts in found.values())
    tables = [f"{cluster}\n{verdicts_table(verdicts)}\n" for cluster, verdicts in found.items()]
    apart = differences(found) or ["The clusters agree in every case."]
    return "\n".join([*tables, *apart])


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


def differences(found: Mapping[str, Sequence[Verdict]]) -> list[str]:
    """Where the clusters do not agree, in words: a scenario's case and each verdict."""
    seen: dict[tuple[str, str, str], dict[str, str]] = {}
    for cluster, verdicts in found.items():
        for v in verdicts:
            if v.scenario != ALL:
                word = "as it must be" if v.ok else f"wrong ({v.seen})"
                seen.setdefault((v.scenario, v.kind, v.name), {})[cluster] = word
    lines = []
    for (scenario, kind, name), said in seen.items():
        words = {cluster: said.get(cluster, "not tried") for cluster in found}
        if len({word.split(" (")[0] for word in words.values()}) > 1:
            told_all = "; ".join(f"{cluster}: {word}" for cluster, word in words.items())
            lines.append(f"{scenario}, {kind} {name!r}: {told_all}")
    return lines


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
