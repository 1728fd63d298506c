"""What lint finds, and what it looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from breakfix.errors import ScenarioError
from breakfix.scenario.checks_spec import Check, Question
from breakfix.scenario.loading import LoadedScenario
from breakfix.scenario.manifests import Source, files
from breakfix.scenario.positions import Place, path_text
from breakfix.scenario.reading import read_text
from breakfix.scenario.spec import Scenario
from breakfix.scenario.steps_spec import Step
from breakfix.scenario.templates import placeholders
from breakfix.scenario.yaml_tree import Mark

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One finding: how bad, where (file, line and column, path), what, and what to do."""

    severity: Severity
    where: str
    mark: Mark
    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.where}:{self.mark.line}:{self.mark.column}: {self.severity}: "
        return f"{place}{self.path}: {self.message}" if self.path else f"{place}{self.message}"


@dataclass(frozen=True)
class Subject:
    """One variant of a scenario under lint."""

    loaded: LoadedScenario
    scenario: Scenario
    source: Source

    def finding(
        self, place: Place, message: str, hint: str = "", severity: Severity = "error"
    ) -> Finding:
        """A finding at a place of the scenario's file."""
        document = self.loaded.document
        mark = document.mark(place)
        return Finding(severity, document.where, mark, path_text(place), message, hint)

    def warning(self, place: Place, message: str, hint: str = "") -> Finding:
        """A finding that is advice."""
        return self.finding(place, message, hint, "warning")

    def checks(self) -> Iterator[tuple[Place, Check]]:
        """Every check of the scenario with its place: baseline, checks, guards."""
        spec = self.scenario.spec
        for part in ("baseline", "checks", "guards"):
            for i, check in enumerate(getattr(spec, part)):
                yield ("spec", part, i), check

    def steps(self) -> Iterator[tuple[Place, Step]]:
        """Every step with its place: the fault's and the proof's."""
        spec = self.scenario.spec
        for i, step in enumerate(spec.fault):
            yield ("spec", "fault", i), step
        for part in ("fixes", "cheats"):
            for i, case in enumerate(getattr(spec.proof, part)):
                for j, step in enumerate(case.steps):
                    yield ("spec", "proof", part, i, "steps", j), step

    def names(self) -> frozenset[str]:
        """The names of all checks that are defined."""
        return frozenset(check.name for _, check in self.checks() if check.name)

    def placeholders_of_manifests(self) -> frozenset[str]:
        """The placeholders in all manifests that are named and can be read."""
        found: set[str] = set()
        for _, name in self.manifest_names():
            for text in self._texts(name):
                found |= placeholders(text)
        return frozenset(found)

    def manifest_names(self) -> Iterator[tuple[Place, str]]:
        """Every manifest that is named, with its place."""
        for i, name in enumerate(self.scenario.spec.base):
            yield ("spec", "base", i), name
        for place, step in self.steps():
            if isinstance(step.apply, str):
                yield (*place, "apply"), step.apply
        for place, question in self.questions():
            if question.admission and isinstance(question.admission.apply, str):
                yield (*place, "admission", "apply"), question.admission.apply

    def questions(self) -> Iterator[tuple[Place, Question]]:
        """Every question with its place: checks, evidence, and what steps wait for."""
        yield from self.checks()
        for i, evidence in enumerate(self.scenario.spec.symptom.evidence):
            yield ("spec", "symptom", "evidence", i), evidence
        for place, step in self.steps():
            if step.wait:
                yield (*place, "wait"), step.wait

    def _texts(self, name: str) -> Iterator[str]:
        try:
            for file in files(self.source, name):
                yield read_text(file, name)
        except ScenarioError:
            return  # another rule says so
