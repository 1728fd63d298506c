"""The typed operations of server-side apply on values: merge, take out, and tell fields."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.patching.comparing import MISSING, indexed
from breakfix.embedded.patching.nodes import SELF, Node, joined, owns
from breakfix.embedded.patching.shapes import Shape


def stated(value: Any, shape: Shape) -> Node:
    """The set of fields that an applied object speaks of. Raises FieldSetError."""
    return _stated(value, shape, member=False) or {}


def _stated(value: Any, shape: Shape, member: bool) -> Node | None:
    children: Node = {}
    if shape.is_map and isinstance(value, dict):
        for name, inner in value.items():
            element, child = shape.child(name)
            itself = name not in shape.named or inner is None or inner == {}
            _keep(children, element, _stated(inner, child, itself))
    elif shape.is_list and isinstance(value, list):
        for element, found in indexed(value, shape).items():
            one = {} if len(found) > 1 else _stated(found[0], shape.items(), member=True)
            _keep(children, element, one)
    elif value is not None or shape.deduced or not (shape.is_map or shape.is_list):
        member = True
    return joined(member, children)


def _keep(children: Node, element: str, node: Node | None) -> None:
    if node is not None:
        children[element] = node


def merged(live: Any, config: Any, shape: Shape) -> Any:
    """The live value with what an applied one says; nothing is removed. Shares parts of both."""
    if live is MISSING or live is None:
        return config
    if shape.is_map and isinstance(live, dict) and (config is None or isinstance(config, dict)):
        return _merged_map(live, config, shape) if live or config else config
    if shape.is_list and isinstance(live, list) and (config is None or isinstance(config, list)):
        return _merged_list(live, config, shape) if live or config else config
    return config


def _merged_map(live: dict[str, Any], config: dict[str, Any] | None, shape: Shape) -> Any:
    out = dict(live)
    for name, value in (config or {}).items():
        out[name] = merged(live.get(name, MISSING), value, shape.child(name)[1])
    return out


def _merged_list(live: list[Any], config: list[Any] | None, shape: Shape) -> list[Any]:
    """In the order of the config; what only the live list has stays before what it preceded."""
    wanted = {shape.element(v): v for v in config or ()}
    present = indexed(live, shape)
    queue = [(shape.element(v), v) for v in live]
    shared = [e for e in wanted if e in present]
    out: list[Any] = []
    at = 0
    for element, value in wanted.items():
        following = shared[0] if shared else None
        at = _pass_live(queue, at, wanted, (element, following), out)
        prior = present.get(element, [])
        out.append(merged(prior[0], value, shape.items()) if len(prior) == 1 else value)
        if at < len(queue) and queue[at][0] == element:
            at += 1
        if element == following:
            shared.pop(0)
    out.extend(v for e, v in queue[at:] if e not in wanted)
    return out


def _pass_live(
    queue: list[tuple[str, Any]], at: int, wanted: dict[str, Any],
    stops: tuple[str, str | None], out: list[Any],
) -> int:  # fmt: skip
    """Take live items until the one that comes next in the config; the new position."""
    while at < len(queue) and queue[at][0] not in stops:
        element, value = queue[at]
        if element not in wanted:
            out.append(value)
        at += 1
    return at


def without(value: Any, lost: Node, shape: Shape) -> Any:
    """The value without the fields of a set; null where nothing is left of a container."""
    if isinstance(value, dict) and shape.is_map:
        kept = {
            name: left
            for name, inner in value.items()
            if (left := _left(inner, lost, *shape.child(name))) is not MISSING
        }
        return kept or None
    if isinstance(value, list) and shape.is_list:
        items = shape.items()
        found = [_left(v, lost, shape.element(v), items) for v in value]
        return [v for v in found if v is not MISSING] or None
    return None if isinstance(value, (dict, list)) else value


def _left(value: Any, lost: Node, element: str, shape: Shape) -> Any:
    node = lost.get(element)
    if node is None:
        return value
    return MISSING if owns(node) else without(value, node, shape)


def with_named(node: Node, shape: Shape) -> Node:
    """The set with every named field that leads to a member being a member itself."""
    out: Node = {}
    for element, inner in node.items():
        if element == SELF:
            continue
        child = _shape_below(element, shape)
        children = with_named(inner, child)
        named = element[:2] == "f:" and element[2:] in shape.named
        found = joined(owns(inner) or (named and bool(children)), children)
        if found is not None:
            out[element] = found
    return out


def _shape_below(element: str, shape: Shape) -> Shape:
    if element.startswith("f:"):
        return shape.child(element[2:])[1]
    return shape.items()
