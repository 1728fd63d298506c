"""The debrief as sections of text, in the order in which it is worth hearing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from breakfix.game.postmortem import comparison
from breakfix.game.postmortem.blast import blast_words
from breakfix.game.postmortem.draft import shared_words
from breakfix.plain.words import HARDEST, counted, diagnosis_sentence, sentence, signed, spoken
from breakfix.scenario.prose import paragraphs
from breakfix.scenario.quantities import past_par

if TYPE_CHECKING:
    from breakfix.game.learnt import Learnt
    from breakfix.game.model import Change, Debrief


def debrief_lines(debrief: Debrief) -> list[str]:
    """All of it; each section has a heading that ends with a colon."""
    sections = (
        _outcome(debrief), _score(debrief), _times(debrief), _why(debrief), _timeline(debrief),
        _changes(debrief), _fixes(debrief), _links(debrief),
    )  # fmt: skip
    return [line for section in sections if section for line in ("", *section)]


def _outcome(debrief: Debrief) -> list[str]:
    view = debrief.view
    word = {"solved": "Solved in", "given up": "Given up after", "timed out": "Timed out after"}
    outcome = str(view.outcome or view.state)
    par = view.scenario.spec.time.par
    over = past_par(view.elapsed, par)
    against = f"{spoken(over)} over par" if over > 0 else f"{spoken(-over)} under par"
    best = "the first time" if debrief.best is None else f"best so far {debrief.best}"
    return [
        f"Debrief of {view.scenario.metadata.name}: {sentence(view.scenario.metadata.title)}",
        f"{word.get(outcome, outcome)} {spoken(view.elapsed)}, {against}. "
        f"Score {view.score.total} of 100, {best}. Seed {view.seed}.",
        diagnosis_sentence(view.diagnosis),
        *_learnt(debrief.learnt),
    ]


def _learnt(told: Learnt | None) -> list[str]:
    if told is None:
        return []
    before, after = told.before.percent, told.after.percent
    how = f"rose from {before} to {after} percent"
    rose = how if told.rose else f"is {after} percent, as before"
    due = [] if told.due is None else [f"This round is {told.due.words}."]
    return [" ".join([f"Mastery of {told.after.track} {rose}.", *due])]


def _score(debrief: Debrief) -> list[str]:
    return ["Score:", *map(_part, comparison.parts(debrief))]


def _part(part: comparison.Part) -> str:
    """`speed: plus 20, the best round plus 25, at par plus 20. Within par.`"""
    others = (("the best other round", part.best), ("at par", part.par))
    said = [f"{who} {signed(points)}" for who, points in others if points is not None]
    return f"{', '.join([f'{part.name}: {signed(part.points)}', *said])}. {sentence(part.why)}"


def _times(debrief: Debrief) -> list[str]:
    known = [_time(time) for time in comparison.times(debrief) if time.at is not None]
    return ["Times:", *known] if known else []


def _time(time: comparison.Time) -> str:
    best = "" if time.best is None else f", in the best other round {spoken(time.best)}"
    return f"Time to {time.name}: {spoken(time.at or 0)}{best}."


def _why(debrief: Debrief) -> list[str]:
    told = debrief.view.scenario.spec.debrief
    parts = (
        ("Why it broke", told.why), ("How to see it sooner next time", told.sooner),
        ("How to prevent it", told.prevent), ("On EKS", told.on_eks),
    )  # fmt: skip
    lines = []
    for title, text in parts:
        if text.strip():
            lines += [f"{title}:", *(line for line in paragraphs(text) if line)]
    if debrief.one_command:
        lines += ["One command that shows it:", f"  {debrief.one_command}"]
    if debrief.one_command_shows:
        lines += [f"Look in its answer for: {debrief.one_command_shows}"]
    return lines


def _timeline(debrief: Debrief) -> list[str]:
    return [
        "What happened:",
        *(f"After {spoken(moment.at)}: {sentence(_plain(moment.text))}"
          for moment in debrief.timeline),
    ]  # fmt: skip


def _plain(text: str) -> str:
    return text.replace("✓", "right").replace("✗", "not right")


def _changes(debrief: Debrief) -> list[str]:
    radius = f"What you changed: {blast_words(debrief)}"
    return [radius, *(change_sentence(change) for change in debrief.changes)]


def change_sentence(change: Change) -> str:
    """`Changed ConfigMap coredns in kube-system, 1 line added and 2 removed.`"""
    lines = [line for line in change.diff.splitlines() if not line.startswith(("+++", "---"))]
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    where = f" in {change.namespace}" if change.namespace else ""
    outside = "" if change.expected else " It is not part of a known fix."
    return (
        f"{change.what.capitalize()} {change.kind} {change.name}{where}: "
        f"{counted(added, 'line')} added, {removed} removed.{outside}"
    )


def diff_lines(debrief: Debrief) -> list[str]:
    """Every change with its lines, added and removed in words."""
    words = {"+": "added", "-": "removed"}
    found = []
    for change in debrief.changes:
        found.append(change_sentence(change))
        lines = (x for x in change.diff.splitlines() if not x.startswith(("+++", "---")))
        found += [f"  {words[line[0]]}: {line[1:]}" for line in lines if line[:1] in words]
    return found or [blast_words(debrief)]


def repair_lines(debrief: Debrief) -> list[str]:
    """The fixes that are right: what they share with the learner's, and each step."""
    found = []
    for number, repair in enumerate(debrief.repairs, 1):
        shared = shared_words(repair, len(debrief.changes))
        found.append(
            f"Fix {number}: {sentence(repair.name)}" + (f" It {shared}." if shared else "")
        )
        for step in repair.steps:
            found += [sentence(step.text), *(f"  {line}" for line in step.command.splitlines())]
    return found or ["No fix is told of."]


def share_line(debrief: Debrief) -> str:
    """How it went and the seed to try it oneself, in words; nothing of the cause."""
    view = debrief.view
    meta, outcome = view.scenario.metadata, view.outcome or view.state
    return (
        f'breakfix "{meta.title}", difficulty {meta.difficulty} of {HARDEST}: {outcome} after '
        f"{spoken(view.elapsed)}, par {spoken(view.scenario.spec.time.par)}, "
        f"score {view.score.total} of 100, seed {view.seed}"
    )


def _fixes(debrief: Debrief) -> list[str]:
    lines = [sentence(fix) for fix in debrief.fixes]
    return ["Fixes that are right:", *lines] if lines else []


def _links(debrief: Debrief) -> list[str]:
    lines = [f"{title}:  {url}" for title, url in debrief.links]
    return ["Read on:", *lines] if lines else []
