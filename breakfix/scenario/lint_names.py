"""Lint: names that must lead somewhere (checks, tracks, capabilities, links, parameters)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from breakfix.errors import ScenarioError
from breakfix.scenario.links import all_links
from breakfix.scenario.lint_finding import Finding, Subject
from breakfix.scenario.spec import TRACKS
from breakfix.scenario.templates import placeholders
from breakfix.scenario.wording import close, similar

CAPABILITIES = (
    "network-policy", "default-storage", "pod-security", "kube-system-write",
    "two-coredns-replicas", "nodes-2", "nodes-3", "audit", "ephemeral-containers",
)  # fmt: skip


def check_names_unique(subject: Subject) -> Iterator[Finding]:
    """A check is found again by its name, so no two have the same."""
    count = Counter(check.name for _, check in subject.checks())
    seen: set[str] = set()
    for place, check in subject.checks():
        if check.name and count[check.name] > 1 and check.name in seen:
            said = f"another check is named {check.name!r} already"
            yield subject.finding((*place, "name"), said, "Ask it again with `use`, or rename it.")
        seen.add(check.name)


def uses_defined(subject: Subject) -> Iterator[Finding]:
    """`use` names a check that is asked somewhere."""
    for place, check in subject.checks():
        if check.use and check.use not in subject.names():
            said = f"no check is named {check.use!r}{similar(check.use, subject.names())}"
            yield subject.finding((*place, "use"), said)


def symptoms_defined(subject: Subject) -> Iterator[Finding]:
    """The symptom is told by checks that exist and that the learner must bring back."""
    spec = subject.scenario.spec
    asked = {check.name or check.use for check in (*spec.checks, *spec.guards)}
    for part in ("failing", "passing"):
        for i, name in enumerate(getattr(spec.symptom, part)):
            place = ("spec", "symptom", part, i)
            if name not in subject.names():
                said = f"no check is named {name!r}{similar(name, subject.names())}"
                yield subject.finding(place, said)
            elif part == "failing" and name not in asked:
                said = f"{name!r} fails, but no fix is asked to bring it back"
                yield subject.finding(place, said, "Add it to spec.checks with `use`.")
            elif part == "passing" and name in spec.symptom.failing:
                yield subject.finding(place, f"{name!r} is to pass and to fail")


def cheats_caught_by_checks(subject: Subject) -> Iterator[Finding]:
    """`caughtBy` names what judges a fix: the checks and the guards."""
    spec = subject.scenario.spec
    asked = {check.name or check.use for check in (*spec.checks, *spec.guards)}
    for i, case in enumerate(spec.proof.cheats):
        for j, name in enumerate(case.caught_by):
            if name not in asked:
                place = ("spec", "proof", "cheats", i, "caughtBy", j)
                said = f"no check or guard is named {name!r}{similar(name, asked)}"
                yield subject.finding(place, said)


def tracks_known(subject: Subject) -> Iterator[Finding]:
    """Tracks are those of the curriculum."""
    for i, track in enumerate(subject.scenario.metadata.tracks):
        if track not in TRACKS:
            said = f"unknown track {track!r}{similar(track, TRACKS)}"
            yield subject.finding(("metadata", "tracks", i), said)


def capabilities_known(subject: Subject) -> Iterator[Finding]:
    """`requires` names capabilities that clusters are probed for."""
    for i, name in enumerate(subject.scenario.spec.requires):
        if name not in CAPABILITIES:
            said = f"unknown capability {name!r}{similar(name, CAPABILITIES)}"
            yield subject.finding(("spec", "requires", i), said)


def links_known(subject: Subject) -> Iterator[Finding]:
    """Links of the debrief are in scenarios/links.yaml."""
    try:
        known = all_links(subject.loaded.roots)
    except ScenarioError as error:
        yield subject.finding(("spec", "debrief", "links"), error.message, error.hint)
        return
    for i, name in enumerate(subject.scenario.spec.debrief.links):
        if name not in known:
            said = f"scenarios/links.yaml has no link {name!r}{close(name, known)}"
            yield subject.finding(("spec", "debrief", "links", i), said)


def parameters_used(subject: Subject) -> Iterator[Finding]:
    """A parameter that nothing uses varies nothing."""
    used = placeholders(subject.loaded.document.data) | subject.placeholders_of_manifests()
    for name in subject.scenario.spec.parameters:
        if name not in used:
            said = f"the parameter {name!r} is used nowhere"
            yield subject.warning(("spec", "parameters", name), said, f"Write {{{{{name}}}}}.")


def folder_named(subject: Subject) -> Iterator[Finding]:
    """The folder bears the scenario's name, so that people find it."""
    name, folder = subject.scenario.metadata.name, subject.loaded.path.absolute().parent.name
    if name != folder:
        yield subject.warning(("metadata", "name"), f"the folder is named {folder!r}, not {name!r}")


RULES = (
    check_names_unique, uses_defined, symptoms_defined, cheats_caught_by_checks, tracks_known,
    capabilities_known, links_known, parameters_used, folder_named,
)  # fmt: skip
