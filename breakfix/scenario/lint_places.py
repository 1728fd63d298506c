"""Lint: what must be readable or compile (manifests, CEL, regular expressions)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from breakfix.errors import ScenarioError
from breakfix.scenario import cel
from breakfix.scenario.lint_finding import Finding, Subject
from breakfix.scenario.manifests import Object, applied, objects
from breakfix.scenario.positions import Place

ALWAYS_THERE = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})


def manifests_read(subject: Subject) -> Iterator[Finding]:
    """Every manifest exists, is YAML, and holds Kubernetes objects."""
    for place, name in subject.manifest_names():
        try:
            objects(subject.source, (name,))
        except ScenarioError as error:
            yield subject.finding(place, error.message, error.hint)
    for place, written in _in_place(subject):
        try:
            applied(subject.source, written)
        except ScenarioError as error:
            said = "; ".join(line.split(": ", 1)[1] for line in error.message.splitlines())
            yield subject.finding(place, said, error.hint)


def expressions_compile(subject: Subject) -> Iterator[Finding]:
    """CEL of object and objects checks compiles and says yes or no."""
    for place, question in subject.questions():
        if question.cel:
            try:
                cel.compile(question.cel, "object" if question.object else "objects")
            except ScenarioError as error:
                yield subject.finding((*place, "cel"), error.message, error.hint)


def patterns_compile(subject: Subject) -> Iterator[Finding]:
    """`edit.remove` is a regular expression of Python."""
    for place, step in subject.steps():
        if step.edit and step.edit.remove:
            try:
                re.compile(step.edit.remove)
            except (re.error, RecursionError, OverflowError) as error:
                said = f"not a regular expression: {error}"
                yield subject.finding((*place, "edit", "remove"), said)


def namespaces_exist(subject: Subject) -> Iterator[Finding]:
    """The base makes the namespaces that it, and the scenario, use."""
    base = _base(subject)
    if base is None:
        return
    made = ALWAYS_THERE | {o["metadata"]["name"] for o in base if o["kind"] == "Namespace"}
    for item in base:
        namespace = item["metadata"].get("namespace")
        if namespace and namespace not in made:
            said = f"{item['kind']} {item['metadata']['name']} is in namespace {namespace!r}"
            yield subject.finding(("spec", "base"), f"{said}, which the base does not make")
    if subject.scenario.spec.namespace not in made:
        said = f"the base makes no namespace {subject.scenario.spec.namespace!r}"
        yield subject.finding(("spec", "namespace"), said)


def _base(subject: Subject) -> tuple[Object, ...] | None:
    try:
        return objects(subject.source, subject.scenario.spec.base)
    except ScenarioError:
        return None  # manifests_read says so


def _in_place(subject: Subject) -> Iterator[tuple[Place, tuple[Object, ...]]]:
    for place, step in subject.steps():
        if isinstance(step.apply, tuple):
            yield (*place, "apply"), step.apply
    for place, question in subject.questions():
        if question.admission and isinstance(question.admission.apply, tuple):
            yield (*place, "admission", "apply"), question.admission.apply


RULES = (manifests_read, expressions_compile, patterns_compile, namespaces_exist)
