"""How the real server writes objects of built-in kinds: what Go's structs always say.

A struct that is no pointer is written even when it is empty (`resources: {}`,
`status: {}`), a plain text, number, list or map that is empty mostly is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from breakfix.embedded.facts import loading
from breakfix.embedded.objects import Object
from breakfix.embedded.schema.builtin import schema_by_definition
from breakfix.embedded.schema.types import Schema

_ZEROS: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False}


@dataclass(frozen=True)
class _Plan:
    """What to do with the fields of one struct."""

    structs: tuple[tuple[str, Schema], ...]
    always: tuple[tuple[str, Any], ...]  # with what is written when nothing was said
    dropped: frozenset[str]  # not written when empty
    below: dict[str, Schema]  # the fields in which there is something to do


@cache
def _plan(definition: str) -> _Plan:
    schema = schema_by_definition(definition)
    told = loading.structs().get(definition, {})
    inlined: frozenset[str] = schema.extra.get("inlined", frozenset())
    kept = inlined.union(told.get("kept", ()), told.get("always", ()), told.get("null", ()))
    return _Plan(
        tuple((n, schema.fields[n]) for n in inlined if schema.fields[n].fields),
        tuple((n, _zero(schema.fields[n])) for n in _present(told, schema)),
        frozenset(n for n, node in schema.fields.items() if n not in kept and _empties(node)),
        {n: node for n, node in schema.fields.items() if n not in inlined and _has_structs(node)},
    )


def _zero(node: Schema) -> Any:
    return None if node.format in _TIMES else _ZEROS.get(node.type)


def _has_structs(node: Schema) -> bool:
    if node.definition and node.fields:
        return True
    if node.values is not None:
        return _has_structs(node.values)
    return node.items is not None and node.items.type == "object" and _has_structs(node.items)


def _present(told: Object, schema: Schema) -> list[str]:
    names = [*told.get("always", ()), *told.get("null", ())]
    return [n for n in names if n in schema.fields and schema.fields[n].type != "any"]


def _empties(node: Schema) -> bool:
    return node.type in _ZEROS or node.type == "array" or node.values is not None


def settle(schema: Schema, item: Object) -> None:
    """Make an object, in place, what the real server would answer with.

    For built-in kinds, after defaulting and validation, before managed fields are computed
    and the object is stored.
    """
    plan = _plan(schema.definition)
    for name, node in plan.structs:
        inner = item.get(name)
        if inner is None:
            inner = item[name] = {}
        settle(node, inner)
    for name, zero in plan.always:
        if item.get(name) is None:
            item[name] = zero
    _rest(item, plan.dropped, plan.below)


_TIMES = ("date-time", "micro-time")


def _rest(item: Object, dropped: frozenset[str], below: dict[str, Schema]) -> None:
    gone = []
    for name, value in item.items():
        if not value:
            if name in dropped:
                gone.append(name)
        elif name in below:
            _value(below[name], value)
    for name in gone:
        del item[name]


def _value(node: Schema, value: Any) -> None:
    if isinstance(value, dict):
        if node.definition and node.fields:
            settle(node, value)
        elif node.values is not None and node.values.type in {"object", "array"}:
            for inner in value.values():
                _value(node.values, inner)
    elif isinstance(value, list) and node.items is not None and node.items.type == "object":
        for inner in value:
            _value(node.items, inner)
