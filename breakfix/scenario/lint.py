"""Lint: what a well-formed scenario still gets wrong.

An error is a promise of the game that the scenario cannot keep (a name that leads
nowhere, a ladder without its rungs, a proof that proves little); a warning is advice.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

from breakfix.errors import ScenarioError
from breakfix.scenario import lint_names, lint_parts, lint_places
from breakfix.scenario.lint_finding import Finding, Subject
from breakfix.scenario.loading import LoadedScenario, first_values, parameter_values
from breakfix.scenario.manifests import Source
from breakfix.scenario.templates import Values
from breakfix.scenario.variants import filled

MOST_VARIANTS = 64
_RULES = (*lint_names.RULES, *lint_parts.RULES, *lint_places.RULES)

__all__ = ["Finding", "lint"]


def lint(loaded: LoadedScenario) -> tuple[Finding, ...]:
    """All findings about a scenario in all of its variants (or as many as are bounded),
    each once, in the order of the file."""
    found: dict[Finding, None] = {}
    for values in variants(loaded):
        found |= dict.fromkeys(_variant(loaded, values))
    return tuple(sorted(found, key=lambda finding: (finding.where, finding.mark)))


def variants(loaded: LoadedScenario) -> Iterator[Values]:
    """Every combination of parameter values up to MOST_VARIANTS; beyond, each parameter
    alone is varied over its first values and its last."""
    possible = parameter_values(loaded.document)
    if prod(map(len, possible.values())) <= MOST_VARIANTS:
        for combination in product(*possible.values()):
            yield Values(dict(zip(possible, combination, strict=True)))
        return
    for name, values in possible.items():
        for value in dict.fromkeys((*values[: MOST_VARIANTS - 1], values[-1])):
            yield Values(first_values(loaded.document) | {name: value})


def _variant(loaded: LoadedScenario, values: Values) -> Iterator[Finding]:
    source = Source(loaded.folder, loaded.roots, values)
    try:
        scenario = filled(loaded, values)
    except ScenarioError as error:
        shown = ", ".join(f"{name}={value}" for name, value in values.parameters.items())
        yield Subject(loaded, loaded.scenario, source).finding(
            (), f"with {shown}: {error.message}", error.hint
        )
        return
    subject = Subject(loaded, scenario, source)
    for rule in _RULES:
        yield from rule(subject)
