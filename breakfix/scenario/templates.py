"""`{{name}}` in the texts of a scenario and of its manifests.

A placeholder is a parameter of the scenario or `cluster.X`, a fact of the cluster.
What is not a name (`{{.items}}`, `{{range .x}}`, `{{end}}`) belongs to other template
languages and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from breakfix.scenario.positions import Document, Place, Problem
from breakfix.scenario.wording import similar

_PLACEHOLDER = re.compile(r"\{\{\s*(?!(?:end|else)\s*\}\})([A-Za-z][A-Za-z0-9_.-]*)\s*\}\}")
_CLUSTER = "cluster."


@dataclass(frozen=True)
class Values:
    """What placeholders stand for. `facts` is None while no cluster is known: each fact
    is then its own name (`cluster-domain`)."""

    parameters: Mapping[str, str | int] = field(default_factory=dict)
    facts: Mapping[str, str] | None = None

    def of(self, name: str) -> str | int | None:
        """The value of a placeholder, None for an unknown one."""
        if not name.startswith(_CLUSTER):
            return self.parameters.get(name)
        fact = name.removeprefix(_CLUSTER)
        return f"cluster-{fact.lower()}" if self.facts is None else self.facts.get(fact)

    def names(self) -> list[str]:
        """Every name that is known."""
        return [*self.parameters, *(_CLUSTER + fact for fact in self.facts or ())]


def placeholders(data: Any) -> set[str]:
    """The names of all placeholders in a piece of data."""
    if isinstance(data, str):
        return set(_PLACEHOLDER.findall(data))
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return {name for value in inner for name in placeholders(value)}


def fill(
    document: Document, values: Values, leave: frozenset[Place] = frozenset()
) -> tuple[Any, list[Problem]]:
    """The data with its placeholders filled in, and the problems met. `leave` names
    places whose texts stay as they are. The document is not changed."""
    filler = _Filler(document, values, leave)
    return filler.filled(document.data, ()), filler.problems


class _Filler:
    def __init__(self, document: Document, values: Values, leave: frozenset[Place]) -> None:
        self.problems: list[Problem] = []
        self._document, self._values, self._leave = document, values, leave

    def filled(self, data: Any, place: Place) -> Any:
        if place in self._leave:
            return data
        if isinstance(data, str):
            return self._text(data, place) if "{{" in data else data
        if isinstance(data, list):
            return [self.filled(item, (*place, i)) for i, item in enumerate(data)]
        if isinstance(data, dict):
            return {self._key(k, place): self.filled(v, (*place, k)) for k, v in data.items()}
        return data

    def _key(self, key: str, place: Place) -> str:
        if _PLACEHOLDER.search(key):
            said = "a placeholder cannot stand in a key"
            self.problems.append(self._document.problem((*place, key), said, key=True))
        return key

    def _text(self, text: str, place: Place) -> str | int:
        whole = _PLACEHOLDER.fullmatch(text)
        if whole and isinstance(number := self._values.of(whole[1]), int):
            return number
        return _PLACEHOLDER.sub(lambda match: self._one(match, place), text)

    def _one(self, match: re.Match[str], place: Place) -> str:
        value = self._values.of(match[1])
        if value is None:
            meant = similar(match[1], self._values.names())
            said = f"unknown placeholder {{{{{match[1]}}}}}{meant}"
            self.problems.append(self._document.problem(place, said))
            return match[0]
        return str(value)
