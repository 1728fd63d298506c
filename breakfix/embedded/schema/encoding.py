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
    inner: dict[str, Schema]  # of those, the structs
    lists: dict[str, Schema]  # and the lists of structs: what they hold


@cache
def _plan(definition: str) -> _Plan:
    schema = schema_by_definition(definition)
    told = loading.structs().get(definition, {})
    inlined: frozenset[str] = schema.extra.get("inlined", frozenset())
    kept = inlined.union(told.get("kept", ()), told.get("always", ()), told.get("null", ()))
    below = {n: f for n, f in schema.fields.items() if n not in inlined and _has_structs(f)}
    return _Plan(
        tuple((n, schema.fields[n]) for n in inlined if schema.fields[n].fields),
        tuple((n, _zero(schema.fields[n])) for n in _present(told, schema)),
        frozenset(n for n, node in schema.fields.items() if n not in kept and _empties(node)),
        below,
        {n: node for n, node in below.items() if _is_struct(node)},
        {n: node.items for n, node in below.items() if node.items and _is_struct(node.items)},
    )


def _is_struct(node: Schema) -> bool:
    return bool(node.definition and node.fields)


def _zero(node: Schema) -> Any:
    return None if node.format in _TIMES else _ZEROS.get(node.type)


def _has_structs(node: Schema) -> bool:
    if _is_struct(node):
        return True
    if node.values is not None:
        return _has_structs(node.values)
    return node.items is not None and node.items.type == "object" and _has_structs(node.items)


def _present(told: Object, schema: Schema) -> list[str]:
    names = [*told.get("always", ()), *told.get("null", ())]
    return [n for n in names if n in schema.fields and schema.fields[n].type != "any"]


def _empties(node: Schema) -> bool:
    return node.type in _ZEROS or node.type == "array" or node.values is not None


_TIMES = ("date-time", "micro-time")
_NOTHING: Object = {}


def settle(schema: Schema, item: Object, old: Object = _NOTHING) -> None:
    """Make an object, in place, what the real server would answer with.

    For built-in kinds, after defaulting and validation, before managed fields are computed
    and the object is stored. Fields that are the very ones of `old` are settled already.
    """
    plan = _plan(schema.definition)
    if plan.structs or plan.always:
        _say_always(plan, item)
    gone = []
    for name, value in item.items():
        if not value:
            if name in plan.dropped:
                gone.append(name)
        elif name in plan.below and value is not old.get(name):
            _below(plan, name, value)
    for name in gone:
        del item[name]


def _say_always(plan: _Plan, item: Object) -> None:
    for name, node in plan.structs:
        inner = item.get(name)
        if inner is None:
            inner = item[name] = {}
        settle(node, inner)
    for name, zero in plan.always:
        if item.get(name) is None:
            item[name] = zero


def _below(plan: _Plan, name: str, value: Any) -> None:
    if name in plan.inner and type(value) is dict:
        settle(plan.inner[name], value)
    elif name in plan.lists and type(value) is list:
        node = plan.lists[name]
        for inner in value:
            if type(inner) is dict:
                settle(node, inner)
    else:
        _value(plan.below[name], value)


def _value(node: Schema, value: Any) -> None:
    if isinstance(value, dict):
        if _is_struct(node):
            settle(node, value)
        elif node.values is not None and node.values.type in {"object", "array"}:
            for inner in value.values():
                _value(node.values, inner)
    elif isinstance(value, list) and node.items is not None and node.items.type == "object":
        for inner in value:
            _value(node.items, inner)
