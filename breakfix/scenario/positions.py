"""YAML files as plain data, with the line and column of every key and value.

The bounds (depth and number of values here, size in reading.py) keep a hostile file from
costing more than a moment: an alias counts every value that it stands for, each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

from breakfix.errors import ScenarioError
from breakfix.scenario.yaml_tree import Mark, Node, stop, trees

MAX_VALUES = 100_000
Place = tuple[str | int, ...]
"""Where a value is in the data: `("spec", "checks", 0, "http")`."""


class Problem(NamedTuple):
    """What is wrong, where: one line of an error."""

    where: str
    mark: Mark
    path: str
    message: str

    def __str__(self) -> str:
        line, column = self.mark
        path = f"{self.path}: " if self.path else ""
        return f"{self.where}:{line}:{column}: {path}{self.message}"


def fail(problems: Iterable[Problem], hint: str) -> NoReturn:
    """Raise one ScenarioError that lists all problems, in the order of the files."""
    raise ScenarioError("\n".join(str(p) for p in sorted(set(problems))), hint)


@dataclass(frozen=True)
class Document:
    """One YAML document: `data` is dicts, lists, text, numbers, bools and None."""

    where: str
    data: Any = None
    values: dict[Place, Mark] = field(default_factory=dict, repr=False)
    keys: dict[Place, Mark] = field(default_factory=dict, repr=False)

    def mark(self, place: Place, key: bool = False) -> Mark:
        """The place of a value (or of its key) in the file; the nearest one around it
        where the data has no such value."""
        if key and place in self.keys:
            return self.keys[place]
        while place and place not in self.values:
            place = place[:-1]
        return self.values.get(place, Mark(1, 1))

    def problem(
        self, place: Place, message: str, key: bool = False, more: str | int = ""
    ) -> Problem:
        """A problem with a value (or its key); `more` is a key that is not there."""
        return Problem(self.where, self.mark(place, key), path_text((*place, more)), message)


def path_text(place: Place) -> str:
    """`spec.checks[0].http` for messages; empty for the whole document."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place if part != "")
    return "".join(parts).removeprefix(".")


def documents(text: str, where: str) -> Iterator[Document]:
    """Every document of a YAML text that is not empty. Raises ScenarioError."""
    for tree in trees(text, where):
        yield _Builder(where).document(tree)


def single(text: str, where: str) -> Document:
    """The one document of a text, a mapping. Raises ScenarioError for none or several."""
    found = list(documents(text, where))
    if not found:
        raise ScenarioError(f"{where}:1:1: the file is empty", "A scenario begins with apiVersion.")
    if len(found) > 1:
        stop(where, found[1].mark(()), "a second document; a scenario is one", "Remove the ---.")
    if not isinstance(found[0].data, dict):
        stop(where, found[0].mark(()), "expected keys and values at the top of the file")
    return found[0]


class _Builder:
    """A tree to data and positions; counts values, refuses doubled and non-text keys."""

    def __init__(self, where: str) -> None:
        self._found = Document(where)
        self._count = 0

    def document(self, tree: Node) -> Document:
        data = self._value(tree, ())
        return Document(self._found.where, data, self._found.values, self._found.keys)

    def _value(self, node: Node, place: Place) -> Any:
        self._count += 1
        if self._count > MAX_VALUES:
            stop(self._found.where, node.mark, f"more than {MAX_VALUES} values, aliases expanded")
        self._found.values[place] = node.mark
        if node.kind == "list":
            return [self._value(item, (*place, i)) for i, item in enumerate(node.value)]
        if node.kind == "mapping":
            return self._mapping(node, place)
        return node.value

    def _mapping(self, node: Node, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: list[Node] = []
        for key, value in node.value:
            if key.merges:
                merged += value.value if value.kind == "list" else [value]
                continue
            self._accept_key(
                key, (*place, key.value) if isinstance(key.value, str) else place, found
            )
            found[key.value] = self._value(value, (*place, key.value))
        for source in merged:
            self._merge(source, place, found)
        return found

    def _accept_key(self, key: Node, place: Place, found: dict[str, Any]) -> None:
        if not isinstance(key.value, str):
            stop(self._found.where, key.mark, "a key must be text", "Put the key in quotes.")
        if key.value in found:
            first = self._found.keys[place].line
            stop(
                self._found.where,
                key.mark,
                f"key {key.value!r} is given twice (first in line {first})",
            )
        self._found.keys[place] = key.mark

    def _merge(self, source: Node, place: Place, found: dict[str, Any]) -> None:
        if source.kind != "mapping":
            stop(self._found.where, source.mark, "<< takes keys and values to merge")
        for key, value in source.value:
            if not key.merges and key.value not in found:
                self._accept_key(key, (*place, key.value), found)
                found[key.value] = self._value(value, (*place, key.value))
