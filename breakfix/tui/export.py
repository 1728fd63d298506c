"""A debrief as Markdown: the draft of a postmortem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from breakfix.scenario.quantities import clock_text
from breakfix.tui.words import NONE

if TYPE_CHECKING:
    from breakfix.game.model import Debrief


def file_name(debrief: Debrief) -> str:
    """`2026-01-01-NAME-SEED.md`."""
    view = debrief.view
    return f"{view.created_at:%Y-%m-%d}-{view.scenario.metadata.name}-{view.seed}.md"


def markdown(debrief: Debrief) -> str:
    """The whole debrief, in the order of the screen."""
    sections = (
        _head(debrief), _times(debrief), _score(debrief), _timeline(debrief), _told(debrief),
        _changes(debrief), _fixes(debrief), _links(debrief),
    )  # fmt: skip
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(debrief: Debrief) -> str:
    view = debrief.view
    par = clock_text(view.scenario.spec.time.par)
    outcome = f"{view.outcome or view.state} after {clock_text(view.elapsed)} (par {par})"
    figures = f"score {view.score.total}, seed {view.seed}, cluster {view.cluster}"
    brief = "> " + view.scenario.spec.brief.strip().replace("\n", "\n> ")
    date = f"{view.created_at:%Y-%m-%d %H:%M} UTC"
    return f"# {view.scenario.metadata.title}\n\n{date}: {outcome}, {figures}.\n\n{brief}"


def _times(debrief: Debrief) -> str:
    rows = (
        ("detect", debrief.detect), ("locate", debrief.locate), ("mitigate", debrief.mitigate)
    )  # fmt: skip
    lines = [f"| {name} | {NONE if at is None else clock_text(at)} |" for name, at in rows]
    return "\n".join(["| time to | |", "|---|---|", *lines])


def _score(debrief: Debrief) -> str:
    score = debrief.view.score
    lines = [f"| {name} | {points:+d} | {why} |" for name, points, why in score.parts]
    total = f"| **total** | **{score.total}** | rules version {score.version} |"
    return "\n".join(["## Score", "", "| part | points | why |", "|---|---|---|", *lines, total])


def _timeline(debrief: Debrief) -> str:
    lines = [f"- {clock_text(m.at)} {m.text}" for m in debrief.timeline]
    return "\n".join(["## Timeline", "", *lines])


def _told(debrief: Debrief) -> str:
    told = debrief.view.scenario.spec.debrief
    parts = (
        ("Why it broke", told.why), ("How to see it sooner", told.sooner),
        ("How to prevent it", told.prevent), ("On EKS", told.on_eks),
    )  # fmt: skip
    return "\n\n".join(f"## {title}\n\n{text.strip()}" for title, text in parts)


def _changes(debrief: Debrief) -> str:
    if not debrief.changes:
        return ""
    parts = [
        f"### {c.what} {c.kind} {c.namespace}/{c.name}\n\n```diff\n{c.diff.rstrip()}\n```"
        for c in debrief.changes
    ]
    return "\n\n".join(["## What changed", *parts])


def _fixes(debrief: Debrief) -> str:
    lines = [f"- {fix}" for fix in debrief.fixes]
    return "\n".join(["## Other valid fixes", "", *lines]) if lines else ""


def _links(debrief: Debrief) -> str:
    lines = [f"- [{title}]({url})" for title, url in debrief.links]
    return "\n".join(["## Read on", "", *lines]) if lines else ""
