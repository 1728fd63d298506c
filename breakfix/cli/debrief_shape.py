"""A debrief as JSON, and as text for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from breakfix.cli.shape import round_data
from breakfix.scenario.quantities import clock_text

if TYPE_CHECKING:
    from breakfix.game.learnt import Learnt
    from breakfix.game.model import Debrief

WIDTH = 92
DASH = "-"


def debrief_data(found: Debrief) -> dict[str, Any]:
    """A debrief as JSON."""
    from breakfix.game.postmortem.blast import blast_of
    from breakfix.game.postmortem.share import share_line

    spec = found.view.scenario.spec.debrief
    return {
        "round": round_data(found.view),
        "detect": found.detect,
        "locate": found.locate,
        "mitigate": found.mitigate,
        "timeline": [asdict(m) for m in found.timeline],
        "typed": [asdict(m) for m in found.typed],
        "changes": [asdict(c) for c in found.changes],
        "changesKnown": found.stock_taken,
        "blastRadius": asdict(blast_of(found.changes)) if found.stock_taken else None,
        "why": spec.why,
        "sooner": spec.sooner,
        "oneCommand": found.one_command,
        "oneCommandShows": found.one_command_shows,
        "prevent": spec.prevent,
        "onEks": spec.on_eks,
        "fixes": found.fixes,
        "repairs": [asdict(r) for r in found.repairs],
        "links": [{"title": title, "url": url} for title, url in found.links],
        "best": found.best,
        "bestRound": asdict(found.best_round) if found.best_round else None,
        "atPar": asdict(found.at_par) if found.at_par else None,
        "learnt": _learnt_data(found.learnt),
        "share": share_line(found),
    }


def _learnt_data(told: Learnt | None) -> dict[str, Any] | None:
    if told is None:
        return None
    due = told.due
    return {
        "track": told.after.track,
        "before": round(told.before.value, 3),
        "after": round(told.after.value, 3),
        "word": told.after.word,
        "due": None if due is None else {"at": due.at, "days": due.days, "words": due.words},
    }


def debrief_text(found: Debrief) -> str:
    """A debrief for people."""
    return "\n".join(_lines(found))


def _lines(found: Debrief) -> Iterator[str]:
    from breakfix.game.postmortem.share import share_line

    yield from _head(found)
    yield from ("", "Timeline")
    yield from (f"  {clock_text(m.at)}  {m.text}" for m in found.timeline)
    yield from _audit(found)
    yield from _told(found)
    yield from _changes(found)
    yield from _fixes(found)
    yield from ("", "Read on", *(f"  {title}: {url}" for title, url in found.links))
    yield from ("", "To share", f"  {share_line(found)}")


def _head(found: Debrief) -> Iterator[str]:
    from breakfix.game.postmortem import comparison

    view = found.view
    par, took = clock_text(view.scenario.spec.time.par), clock_text(view.elapsed)
    yield f"{view.scenario.metadata.title}: {view.outcome} in {took}, par {par}"
    yield f"score {view.score.total}" + (f", best {found.best}" if found.best is not None else "")
    if found.learnt is not None:
        yield found.learnt.words
    rows = comparison.parts(found)
    yield f"  {'':10} {'you':>5} {'best':>5} {'par':>5}"
    for row in rows:
        figures = f"{row.points:>5} {_figure(row.best):>5} {_figure(row.par):>5}"
        yield f"  {row.name:10} {figures}  {row.why}"
    times = (f"{t.name} {_clock(t.at)} (best {_clock(t.best)})" for t in comparison.times(found))
    yield "   ".join(times)


def _figure(points: int | None) -> str:
    return DASH if points is None else str(points)


def _clock(at: float | None) -> str:
    return DASH if at is None else clock_text(at)


def _audit(found: Debrief) -> Iterator[str]:
    from breakfix.game.postmortem.draft import NO_AUDIT

    if not found.view.has_audit:
        yield textwrap.indent(textwrap.fill(NO_AUDIT, WIDTH), "  ")


def _told(found: Debrief) -> Iterator[str]:
    spec = found.view.scenario.spec.debrief
    sections = (
        ("Why it broke", spec.why), ("Sooner next time", spec.sooner),
        ("How to prevent it", spec.prevent), ("On EKS", spec.on_eks),
    )  # fmt: skip
    for title, text in sections:
        yield from ("", title, textwrap.indent(textwrap.fill(text.strip(), WIDTH), "  "))
    if found.one_command:
        yield from ("", "In one command next time", f"  $ {found.one_command}")
    if found.one_command_shows:
        yield textwrap.indent(textwrap.fill(f"shows: {found.one_command_shows}", WIDTH), "  ")


def _changes(found: Debrief) -> Iterator[str]:
    from breakfix.game.postmortem.blast import blast_words
    from breakfix.game.postmortem.draft import change_title

    yield from ("", "What you changed", f"  {blast_words(found)}")
    yield from (f"  {change_title(change)}" for change in found.changes)
    yield from (f"  $ {m.text}" for m in found.typed if m.kind == "change")


def _fixes(found: Debrief) -> Iterator[str]:
    yield from ("", "Fixes that are right")
    for repair in found.repairs:
        yield f"  - {repair.name}"
        yield from (f"      {step.text}" for step in repair.steps)
