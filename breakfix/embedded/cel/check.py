"""Type checking against declared types: what the library cannot know of our objects.

`check(program, {"self": type})` gives the type of every node, and the errors in the words
of cel-go: undefined fields, and calls that no overload takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from breakfix.embedded.cel.ast import Node
from breakfix.embedded.cel.environment import Program
from breakfix.embedded.cel.overloads import resolve, same
from breakfix.embedded.cel.types import DYN, Type, simple

_CONSTANTS = {bool: "bool", int: "int", float: "double", str: "string", type(None): "null"}


@dataclass
class Checked:
    """The types of an expression's nodes, by identity, and what is wrong with it."""

    types: dict[int, Type] = field(default_factory=dict)
    errors: list[tuple[int, str]] = field(default_factory=list)
    result: Type = DYN

    def text(self, source: str) -> str:
        """The errors as blocks that point into the source."""
        return "\n".join(_block(source, at, words) for at, words in self.errors)


def _block(source: str, at: int, words: str) -> str:
    before = source[:at]
    line, column = before.count("\n") + 1, at - (before.rfind("\n") + 1)
    shown = source.split("\n")[line - 1]
    return f"ERROR: <input>:{line}:{column + 1}: {words}\n | {shown}\n | {'.' * column}^"


def check(program: Program, variables: Mapping[str, Type]) -> Checked:
    """Check a compiled expression; variables that are not named may be anything."""
    walk = _Walk(variables)
    walk.found.result = walk.visit(program.tree, {})
    return walk.found


Scope = Mapping[str, Type]


class _Walk:
    def __init__(self, variables: Mapping[str, Type]) -> None:
        self._variables = variables
        self.found = Checked()

    def visit(self, node: Node, scope: Scope) -> Type:
        """The type of a node."""
        kind = getattr(self, f"_{node.kind}")(node, scope)
        self.found.types[id(node)] = kind
        found: Type = kind
        return found

    def _error(self, node: Node, words: str) -> Type:
        self.found.errors.append((node.at, words))
        return DYN

    def _const(self, node: Node, scope: Scope) -> Type:
        del scope
        kind = simple(_CONSTANTS.get(type(node.value), "dyn"))
        if isinstance(node.value, str):
            return Type("string", limit=len(node.value.encode()))
        return kind

    def _ident(self, node: Node, scope: Scope) -> Type:
        name = node.name.removeprefix(".")
        return scope.get(name) or self._variables.get(name) or DYN

    def _select(self, node: Node, scope: Scope) -> Type:
        operand = self.visit(node.children[0], scope)
        found = self._field(node, operand)
        return simple("bool") if node.test else found

    def _field(self, node: Node, operand: Type) -> Type:
        match operand.kind:
            case "object":
                found = operand.fields.get(node.name)
                return found or self._error(node, f"undefined field '{node.name}'")
            case "map":
                return operand.params[1]
            case "optional":
                return Type("optional", (self._field(node, operand.params[0]),))
            case "dyn":
                return DYN
        return self._error(node, f"type '{operand}' does not support field selection")

    def _call(self, node: Node, scope: Scope) -> Type:
        arguments = [self.visit(child, scope) for child in node.children]
        if node.name == "_?._":
            return self._optional(node, arguments)
        result = resolve(node.name, arguments)
        if result is None:
            return self._no_overload(node, arguments)
        return result

    def _optional(self, node: Node, arguments: list[Type]) -> Type:
        select = Node("select", node.at, str(node.children[1].value))
        return Type("optional", (self._field(select, arguments[0]),))

    def _no_overload(self, node: Node, arguments: list[Type]) -> Type:
        shown = [str(a) for a in arguments]
        if node.member:
            applied = f"{shown[0]}.({', '.join(shown[1:])})"
        else:
            applied = f"({', '.join(shown)})"
        name = {"@in": "@in"}.get(node.name, node.name)
        return self._error(node, f"found no matching overload for '{name}' applied to '{applied}'")

    def _list(self, node: Node, scope: Scope) -> Type:
        found: Type | None = None
        for child in node.children:
            one = self.visit(child, scope)
            if found is not None and not same(found, one):
                self._error(child, f"expected type '{found}' but found '{one}'")
            found = found or one
        return Type("list", (found or DYN,), limit=len(node.children))

    def _struct(self, node: Node, scope: Scope) -> Type:
        parts = [self.visit(child, scope) for child in node.children]
        if node.name:
            return DYN
        keys, values = parts[::2], parts[1::2]
        if not keys:
            return Type("map", (DYN, DYN), limit=0)
        return Type("map", (keys[0], values[0] if _alike(values) else DYN), limit=len(keys))

    def _fold(self, node: Node, scope: Scope) -> Type:
        span, initial, condition, step, result = node.children
        inner = dict(scope)
        inner[node.name] = self._element(span, self.visit(span, scope))
        start = self.visit(initial, scope)
        inner[node.accumulator] = start
        self.visit(condition, inner)
        after = self.visit(step, inner)
        if start.kind == "list" and start.limit == 0 and after.kind == "list":
            size = self.found.types[id(span)].limit
            inner[node.accumulator] = Type("list", after.params, limit=size)
        return self.visit(result, inner)

    def _element(self, node: Node, span: Type) -> Type:
        if span.kind in {"list", "map"}:
            return span.params[0]
        if span.kind == "dyn":
            return DYN
        return self._error(
            node, f"expression of type '{span}' cannot be range of a comprehension "
            "(must be list, map, or dynamic)",
        )  # fmt: skip


def _alike(types: list[Type]) -> bool:
    return all(same(types[0], one) for one in types)
