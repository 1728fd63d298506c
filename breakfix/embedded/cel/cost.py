"""How much an expression may cost at worst, in the units of cel-go (approximately).

A select or a variable costs one, a call one and what it has to read of its texts, a
comprehension its step for each element that the range may have.
"""

from __future__ import annotations

import math

from breakfix.embedded.cel.ast import Node
from breakfix.embedded.cel.check import Checked
from breakfix.embedded.cel.types import Type

UNBOUNDED = 2**64 - 1
_TEXT, _REGEX = 0.1, 0.25
_COMPARED = frozenset({"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"})
_LAZY = frozenset({"_&&_", "_||_"})


def estimate(tree: Node, checked: Checked) -> int:
    """The most that an evaluation may cost."""
    return min(_Estimate(checked).of(tree), UNBOUNDED)


class _Estimate:
    def __init__(self, checked: Checked) -> None:
        self._types = checked.types

    def of(self, node: Node) -> int:
        """The cost of a node and all below it."""
        match node.kind:
            case "const":
                return 0
            case "ident":
                return 1
            case "select":
                return self.of(node.children[0]) + (0 if node.test else 1)
            case "list":
                return 10 + self._all(node)
            case "struct":
                return (40 if node.name else 30) + self._all(node)
            case "fold":
                return self._fold(node)
        return self._call(node)

    def _all(self, node: Node) -> int:
        return sum(map(self.of, node.children))

    def _size(self, node: Node) -> int:
        found: Type | None = self._types.get(id(node))
        if found is None or found.limit is None:
            sized = found is not None and found.kind not in {
                "string",
                "bytes",
                "list",
                "map",
                "dyn",
            }
            return 1 if sized else UNBOUNDED
        return found.limit

    def _fold(self, node: Node) -> int:
        span, initial, condition, step, result = node.children
        each = self.of(condition) + self.of(step)
        return self.of(span) + self.of(initial) + self._size(span) * each + self.of(result)

    def _call(self, node: Node) -> int:
        if node.name in _LAZY:
            return self._all(node)
        if node.name == "_?_:_":
            test, yes, no = map(self.of, node.children)
            return test + max(yes, no)
        return self._all(node) + self._own(node)

    def _own(self, node: Node) -> int:
        parts = node.children
        if node.name in _COMPARED:
            return math.ceil(min(map(self._size, parts)) * _TEXT) if self._texts(parts) else 1
        if node.name in {"startsWith", "endsWith"}:
            return math.ceil(self._size(parts[1]) * _TEXT)
        if node.name == "contains":
            return math.ceil(self._size(parts[0]) * _TEXT) * math.ceil(self._size(parts[1]) * _TEXT)
        if node.name in {"matches", "find", "findAll"}:
            text = math.ceil((self._size(parts[0]) + 1) * _TEXT)
            return text * math.ceil(self._size(parts[1]) * _REGEX)
        if node.name == "_+_" and self._texts(parts):
            return math.ceil(sum(map(self._size, parts)) * _TEXT)
        if node.name in {"@in", "sum", "min", "max", "isSorted", "indexOf", "lastIndexOf"}:
            return 1 + self._listed(parts)
        return 1

    def _texts(self, parts: list[Node]) -> bool:
        return any(
            (t := self._types.get(id(p))) is not None and t.kind in {"string", "bytes"}
            for p in parts
        )

    def _listed(self, parts: list[Node]) -> int:
        sizes = [self._size(p) for p in parts if self._types[id(p)].kind == "list"]
        return max(sizes, default=0)
