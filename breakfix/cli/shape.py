"""Game data as JSON, and as text for people."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from breakfix.cli.output import dots
from breakfix.scenario.quantities import clock_text

if TYPE_CHECKING:
    from breakfix.checks.result import CheckResult
    from breakfix.game.model import HintView, RoundView, VerifyUpdate


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
