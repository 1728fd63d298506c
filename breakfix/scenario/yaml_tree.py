"""YAML text to a tree of nodes with places, built from parser events.

PyYAML's own composer recurses in C and can be crashed by deep nesting, so the tree is
built here from the (iterative) event stream, with a bound on its depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

import yaml

from breakfix.errors import ScenarioError
from breakfix.scenario import scalars

MAX_DEPTH = 100
Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufeff\uff00-\ufffd\U00010000-\U0010ffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_TEXT_TAGS = ("!", "tag:yaml.org,2002:str")


class Mark(NamedTuple):
    """A place in a file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Node:
    """A value with its place. `value` is a plain scalar, a list of nodes, or a list of
    (key node, value node); `merges` is true for the key `<<`."""

    value: Any
    mark: Mark
    kind: str = "scalar"
    merges: bool = False


def stop(where: str, mark: Mark, message: str, hint: str = "") -> NoReturn:
    """Raise the ScenarioError of one place in a file."""
    raise ScenarioError(f"{where}:{mark.line}:{mark.column}: {message}", hint)


def trees(text: str, where: str) -> Iterator[Node]:
    """The documents of a YAML text, empty ones left out. Raises ScenarioError."""
    _refuse_unprintable(text, where)
    try:
        yield from _Composer(text, where).documents()
    except yaml.MarkedYAMLError as error:
        _stop_at_syntax(text, where, error)


def _refuse_unprintable(text: str, where: str) -> None:
    if found := _UNPRINTABLE.search(text):
        before = text[: found.start()]
        mark = Mark(before.count("\n") + 1, found.start() - (before.rfind("\n") + 1) + 1)
        stop(where, mark, f"found the control character U+{ord(found[0]):04X}", "Remove it.")


def _stop_at_syntax(text: str, where: str, error: yaml.MarkedYAMLError) -> NoReturn:
    mark = _mark(error.problem_mark or error.context_mark)
    lines = text.splitlines()
    line = lines[mark.line - 1] if mark.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        stop(where, mark, "found a tab; YAML is indented with spaces", "Replace tabs by spaces.")
    said = "; ".join(part for part in (error.context, error.problem) if part)
    stop(where, mark, f"this is not YAML: {said}", "Check quotes, colons and indentation here.")


def _mark(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)


class _Composer:
    """Events of one file to nodes; anchors live as long as their document."""

    def __init__(self, text: str, where: str) -> None:
        self._events = iter(yaml.parse(text, Loader=Loader))
        self._where = where
        self._anchors: dict[str, Node] = {}

    def documents(self) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
                node = self._node(next(self._events), 0)
                if node.value is not None:
                    yield node

    def _node(self, event: Any, depth: int) -> Node:
        mark = _mark(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor, mark)
        if depth > MAX_DEPTH:
            stop(self._where, mark, f"nested more than {MAX_DEPTH} levels deep")
        node = self._fresh(event, mark, depth)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, anchor: str | None, mark: Mark) -> Node:
        node = self._anchors.get(anchor or "")
        if node is None:
            stop(self._where, mark, f"alias *{anchor} has no anchor &{anchor} that ends before it")
        return node

    def _fresh(self, event: Any, mark: Mark, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, mark)
        self._refuse_tag(event, mark)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(list(self._items(depth)), mark, "list")
        items = list(self._items(depth))
        return Node(list(zip(items[::2], items[1::2], strict=True)), mark, "mapping")

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                return
            yield self._node(event, depth + 1)

    def _scalar(self, event: Any, mark: Mark) -> Node:
        if _SURROGATE.search(event.value):
            stop(self._where, mark, "found half of a surrogate pair")
        if event.tag in _TEXT_TAGS:
            return Node(event.value, mark)
        self._refuse_tag(event, mark)
        if not event.implicit[0]:
            return Node(event.value, mark)
        try:
            return Node(scalars.plain(event.value), mark, merges=event.value == "<<")
        except ValueError as error:
            stop(self._where, mark, str(error))

    def _refuse_tag(self, event: Any, mark: Mark) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            stop(self._where, mark, f"the tag {tag} is not allowed here", "Remove the tag.")
