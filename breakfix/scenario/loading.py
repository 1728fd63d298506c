"""A scenario file from disk: read, filled in with defaults, validated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from breakfix.scenario import positions
from breakfix.scenario.positions import Document, Place
from breakfix.scenario.reading import read_text
from breakfix.scenario.spec import Scenario
from breakfix.scenario.templates import Values, fill
from breakfix.scenario.validation import validated

UNFILLED: frozenset[Place] = frozenset({("spec", "parameters"), ("metadata", "name")})
"""Places whose texts are never templates."""


@dataclass(frozen=True)
class LoadedScenario:
    """A scenario and where it came from.

    `roots` are the packs in which it finds manifests: its own first, then the built-in
    one. `scenario` is filled in with the first value of each parameter: right for its
    metadata, not for a round (see variants.render). `digest` changes when the file or
    a manifest that it can use changes.
    """

    path: Path
    folder: Path
    roots: tuple[Path, ...]
    document: Document
    scenario: Scenario
    digest: str

    @property
    def root(self) -> Path:
        """The pack that holds the scenario."""
        return self.roots[0]

    @property
    def name(self) -> str:
        """metadata.name."""
        return self.scenario.metadata.name


def load(path: Path, roots: tuple[Path, ...] = (), shown: str = "") -> LoadedScenario:
    """Read one scenario.yaml. `shown` is the path in messages. Raises ScenarioError."""
    from breakfix.scenario.manifests import digest

    where = shown or str(path)
    roots = roots or (pack_root(path),)
    document = read(path, where)
    data, problems = fill(document, Values(first_values(document)), UNFILLED)
    scenario = validated(document, data, problems)
    return LoadedScenario(
        path, path.parent, roots, document, scenario, digest(path, roots, document.data)
    )


def read(path: Path, where: str) -> Document:
    """The file as data with positions; not validated. Raises ScenarioError."""
    return positions.single(read_text(path, where), where)


def pack_root(path: Path) -> Path:
    """The pack that a scenario file lies in: the folder above `scenarios`, else its own."""
    holder = next((p for p in path.parents if p.name == "scenarios"), None)
    return holder.parent if holder else path.parent


def parameter_values(document: Document) -> dict[str, tuple[str | int, ...] | range]:
    """The values that each parameter can take; badly written ones give their name, and
    the validation says what is wrong with them."""
    spec = document.data.get("spec")
    parameters = spec.get("parameters") if isinstance(spec, dict) else None
    if not isinstance(parameters, dict):
        return {}
    return {name: _possible(parameter) or (name,) for name, parameter in parameters.items()}


def first_values(document: Document) -> dict[str, str | int]:
    """The first value of each parameter."""
    return {name: values[0] for name, values in parameter_values(document).items()}


def _possible(parameter: Any) -> tuple[str | int, ...] | range:
    if not isinstance(parameter, dict):
        return ()
    listed, ends = parameter.get("oneOf"), parameter.get("range")
    if isinstance(listed, list):
        return tuple(v for v in listed if isinstance(v, (str, int)) and not isinstance(v, bool))
    if isinstance(ends, list) and [type(end) for end in ends] == [int, int]:
        return range(ends[0], ends[1] + 1)
    return ()
