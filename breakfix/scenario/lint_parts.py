"""Lint: the parts that a round promises (a ladder of hints, a proof, a fair brief)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from breakfix.scenario.hint_commands import blanks
from breakfix.scenario.lint_finding import Finding, Subject
from breakfix.scenario.positions import Place

RUNGS = ("events", "describe", "logs", "debug", "explanation")
FEWEST_HINTS = 5
FEWEST_FIXES = 2


def ladder_complete(subject: Subject) -> Iterator[Finding]:
    """The ladder leads along the evidence, from events to the explanation."""
    hints = subject.scenario.spec.hints
    if len(hints) < FEWEST_HINTS:
        said = f"{len(hints)} hints; a ladder has at least {FEWEST_HINTS}"
        yield subject.finding(("spec", "hints"), said)
    given = {hint.evidence for hint in hints}
    missing = [rung for rung in RUNGS if rung not in given]
    if missing:
        said = f"the ladder lacks {', '.join(missing)}"
        yield subject.finding(("spec", "hints"), said, f"It leads over {', '.join(RUNGS)}.")


def prices_rise(subject: Subject) -> Iterator[Finding]:
    """A later hint says more, so it costs no less."""
    prices = [hint.price for hint in subject.scenario.spec.hints]
    for i, (before, price) in enumerate(pairwise(prices), start=1):
        if price < before:
            said = f"costs {price}, less than the hint before it ({before})"
            yield subject.warning(("spec", "hints", i, "price"), said)


def evidence_shown(subject: Subject) -> Iterator[Finding]:
    """A hint that points at evidence names the command that shows it."""
    for i, hint in enumerate(subject.scenario.spec.hints):
        if not hint.run and hint.evidence not in ("explanation", "solution"):
            yield subject.warning(("spec", "hints", i), f"no command shows the {hint.evidence}")


def command_for_next_time(subject: Subject) -> Iterator[Finding]:
    """The debrief names one command that shows the cause as it stands."""
    named = subject.scenario.spec.debrief.one_command
    place: Place = ("spec", "debrief")
    if named is None:
        said = "no oneCommand shows the cause"
        yield subject.warning(place, said, "Without one the debrief shows the last hint's.")
    elif missing := blanks(named.run):
        said = f"{missing[0]} is to be replaced by the learner"
        hint = "Name it by its labels (-l app=front) or its owner (deploy/front)."
        yield subject.finding((*place, "oneCommand", "run"), said, hint)


def fixes_differ(subject: Subject) -> Iterator[Finding]:
    """Two fixes of one kind prove only one way out."""
    fixes = subject.scenario.spec.proof.fixes
    place: Place = ("spec", "proof", "fixes")
    for i, fix in enumerate(fixes):
        if not fix.kind:
            yield subject.finding((*place, i), "kind is missing", "Say in a word how it repairs.")
        if not fix.steps:
            yield subject.finding((*place, i), f"{fix.name!r} does nothing; a fix has steps")
    kinds = {fix.kind for fix in fixes if fix.kind}
    if len(kinds) < FEWEST_FIXES:
        yield subject.finding(place, "all fixes are of one kind", "Prove two different repairs.")


def no_op_among_cheats(subject: Subject) -> Iterator[Finding]:
    """Doing nothing must not solve the round: always proven."""
    cheats = subject.scenario.spec.proof.cheats
    if all(cheat.steps for cheat in cheats):
        hint = "Add {name: nothing at all, steps: []}."
        yield subject.finding(("spec", "proof", "cheats"), "no cheat does nothing", hint)
    for i, cheat in enumerate(cheats):
        if not cheat.caught_by:
            place = ("spec", "proof", "cheats", i)
            yield subject.warning(place, f"nothing is named that catches {cheat.name!r}")


def case_names_unique(subject: Subject) -> Iterator[Finding]:
    """A proof is reported by the names of its cases."""
    proof = subject.scenario.spec.proof
    for part, cases in (("fixes", proof.fixes), ("cheats", proof.cheats)):
        names = [case.name for case in cases]
        for i, name in enumerate(names):
            if name in names[:i]:
                place = ("spec", "proof", part, i, "name")
                yield subject.finding(place, f"another of the {part} is named {name!r} already")


def brief_keeps_the_secret(subject: Subject) -> Iterator[Finding]:
    """Brief and title tell symptoms, never the cause."""
    spec, metadata = subject.scenario.spec, subject.scenario.metadata
    texts: list[tuple[Place, str]] = [
        (("spec", "brief"), spec.brief),
        (("metadata", "title"), metadata.title),
    ]
    for answer in (spec.diagnosis.component.is_, spec.diagnosis.fault.is_):
        for place, text in texts:
            if re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", text, re.IGNORECASE):
                said = f"names {answer!r}, an answer of the diagnosis"
                yield subject.warning(place, said, "Tell what is seen, not what caused it.")


def answers_distinct(subject: Subject) -> Iterator[Finding]:
    """A list of answers has each once."""
    for part in ("component", "fault"):
        among = getattr(subject.scenario.spec.diagnosis, part).among
        for i, answer in enumerate(among):
            if answer in among[:i]:
                place = ("spec", "diagnosis", part, "among", i)
                yield subject.finding(place, f"{answer!r} is given twice")


RULES = (
    ladder_complete, prices_rise, evidence_shown, command_for_next_time, fixes_differ,
    no_op_among_cheats, case_names_unique, brief_keeps_the_secret, answers_distinct,
)  # fmt: skip
