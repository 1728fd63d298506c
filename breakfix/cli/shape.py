"""Game data as JSON, and as text for people."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from breakfix.cli.output import dots
from breakfix.scenario.quantities import clock_text

if TYPE_CHECKING:
    from breakfix.checks.result import CheckResult
    from breakfix.game.model import Debrief, HintView, RoundView, VerifyUpdate


def round_data(view: RoundView) -> dict[str, Any]:
    """A round as JSON."""
    spec = view.scenario.spec
    return {
        "id": view.id,
        "scenario": view.scenario.metadata.name,
        "title": view.scenario.metadata.title,
        "seed": view.seed,
        "cluster": view.cluster,
        "state": str(view.state),
        "outcome": None if view.outcome is None else str(view.outcome),
        "startedAt": view.started_at,
        "elapsed": round(view.elapsed, 1),
        "par": spec.time.par,
        "limit": spec.time.limit,
        "brief": spec.brief,
        "hints": [asdict(h) for h in view.hints],
        "diagnosis": asdict(view.diagnosis) if view.diagnosis else None,
        "diagnosisOptions": {
            "component": spec.diagnosis.component.among,
            "fault": spec.diagnosis.fault.among,
        },
        "wrongVerifies": view.wrong_verifies,
        "score": asdict(view.score),
        "hasAudit": view.has_audit,
    }


def round_text(view: RoundView) -> str:
    """A round for people: the page, the clock, what can be done next."""
    meta, spec = view.scenario.metadata, view.scenario.spec
    seen = [f"{'✓' if h.seen or h.bought else '·'} {h.evidence}" for h in view.hints]
    upcoming = view.next_hint
    hint = f"{upcoming.evidence}, {upcoming.price} points" if upcoming else "none left"
    lines = [
        f"{meta.name}  {dots(meta.difficulty)}  {view.cluster}  seed {view.seed}",
        f"{view.state}: {clock_text(view.elapsed)} of par {clock_text(spec.time.par)}, "
        f"limit {clock_text(spec.time.limit)}; score {view.score.total}",
        "",
        *(f"  {line}" for line in spec.brief.rstrip().splitlines()),
        "",
        f"Evidence: {'  '.join(seen)}",
        f"Next hint: {hint}",
    ]
    if not view.has_audit:
        lines.append("No audit log here: only commands typed in breakfix's own shell are seen.")
    return "\n".join(lines)


def hint_text(hint: HintView) -> str:
    """A bought hint."""
    run = f"\n  $ {hint.run}" if hint.run else ""
    return f"[{hint.evidence}, -{hint.price}] {hint.say}{run}"


def verify_text(update: VerifyUpdate) -> str:
    """Each check with what was expected and what was seen; never the cause."""
    lines = [_check(result) for result in update.checks]
    if update.guards:
        lines += ["Guards", *(_check(result) for result in update.guards)]
    verdict = "Solved." if update.passed else "Not solved yet."
    return "\n".join([*lines, f"{verdict} Held {update.held:.1f} of {update.settle:g} s."])


def _check(result: CheckResult) -> str:
    if result.ok:
        return f"  ✓ {result.name}: {result.seen}"
    return f"  ✗ {result.name}: expected {result.expected}, saw {result.seen}"


def debrief_data(found: Debrief) -> dict[str, Any]:
    """A debrief as JSON."""
    spec = found.view.scenario.spec.debrief
    return {
        "round": round_data(found.view),
        "detect": found.detect,
        "locate": found.locate,
        "mitigate": found.mitigate,
        "timeline": [asdict(m) for m in found.timeline],
        "changes": [asdict(c) for c in found.changes],
        "why": spec.why,
        "sooner": spec.sooner,
        "prevent": spec.prevent,
        "onEks": spec.on_eks,
        "fixes": found.fixes,
        "links": [{"title": title, "url": url} for title, url in found.links],
        "best": found.best,
    }


def debrief_text(found: Debrief) -> str:
    """A debrief for people."""
    view, spec = found.view, found.view.scenario.spec.debrief
    times = (("detect", found.detect), ("locate", found.locate), ("mitigate", found.mitigate))
    shown = "   ".join(f"{n} {clock_text(t)}" for n, t in times if t is not None)
    lines = [
        f"{view.scenario.metadata.title}: {view.outcome} in {clock_text(view.elapsed)}, "
        f"par {clock_text(view.scenario.spec.time.par)}",
        f"score {view.score.total}" + (f", best {found.best}" if found.best is not None else ""),
        *(f"  {name:10} {points:>4}  {why}" for name, points, why in view.score.parts),
        *([shown] if shown else []),
        "",
        "Timeline",
        *(f"  {clock_text(m.at)}  {m.text}" for m in found.timeline),
    ]
    sections = (
        ("Why it broke", spec.why), ("Sooner next time", spec.sooner),
        ("How to prevent it", spec.prevent), ("On EKS", spec.on_eks),
    )  # fmt: skip
    for title, text in sections:
        lines += ["", title, textwrap.indent(textwrap.fill(text.strip(), 92), "  ")]
    lines += ["", "Fixes that are right", *(f"  - {fix}" for fix in found.fixes)]
    lines += ["", "What you changed", *_changes(found)]
    lines += ["", "Read on", *(f"  {title}: {url}" for title, url in found.links)]
    return "\n".join(lines)


def _changes(found: Debrief) -> list[str]:
    if not found.changes:
        return ["  nothing"]
    return [
        f"  {c.what} {c.kind} {c.namespace + '/' if c.namespace else ''}{c.name}"
        + ("" if c.expected else "  (not needed)")
        for c in found.changes
    ]
