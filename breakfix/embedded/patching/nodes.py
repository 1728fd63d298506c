"""Sets of field paths as metav1.FieldsV1 writes them: nested dictionaries.

A node says what is owned below one field. `{}` is a field that is owned and has nothing
below it; `{".": {}, ...}` is owned itself and has owned fields below; any other node only
leads to owned fields. The root stands for the whole object, which nobody owns. Nodes are
shared and never changed in place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

Node = dict[str, Any]

SELF = "."


def owns(node: Node) -> bool:
    """Is the field itself in the set, beyond what is below it?"""
    return not node or SELF in node


def below(node: Node) -> Node:
    """What is owned below a field, without the field itself."""
    return {k: v for k, v in node.items() if k != SELF} if SELF in node else node


def joined(member: bool, children: Node) -> Node | None:
    """A node of a field that is or is not in the set itself; None where nothing is left."""
    if not children:
        return {} if member else None
    return {SELF: {}, **children} if member else children


def union(left: Node, right: Node) -> Node:
    """What is in either set."""
    if not right:
        return left
    out = dict(left)
    for element, node in right.items():
        if element != SELF:
            mine = out.get(element)
            out[element] = node if mine is None else _both(mine, node)
    return out


def _both(left: Node, right: Node) -> Node:
    children = union(below(left), below(right))
    return joined(owns(left) or owns(right), children) or {}


def intersection(left: Node, right: Node) -> Node:
    """What is in both sets."""
    out: Node = {}
    for element, node in right.items():
        mine = left.get(element)
        if mine is None or element == SELF:
            continue
        member = owns(mine) and owns(node)
        found = joined(member, intersection(mine, node) if mine and node else {})
        if found is not None:
            out[element] = found
    return out


def difference(left: Node, right: Node) -> Node:
    """What is in the left set only. `left` itself comes back where nothing is lost."""
    out = left
    for element, node in right.items():
        mine = left.get(element)
        if mine is None or element == SELF:
            continue
        rest = _without(mine, node)
        if rest is mine:
            continue
        out = dict(left) if out is left else out
        if rest is None:
            del out[element]
        else:
            out[element] = rest
    return out


def _without(mine: Node, lost: Node) -> Node | None:
    member = owns(mine)
    stays = member and not owns(lost)
    if stays is member and (not lost or not mine):
        return mine
    children = below(mine)
    rest = difference(children, lost)
    if stays is member and rest is children:
        return mine
    return joined(stays, rest)


def without_trees(left: Node, right: Node) -> Node:
    """What is in the left set and neither in the right one nor below a member of it."""
    out = dict(left)
    for element, node in right.items():
        mine = left.get(element)
        if mine is None or element == SELF:
            continue
        rest = None if owns(node) else joined(owns(mine), without_trees(below(mine), node))
        if rest is None:
            del out[element]
        else:
            out[element] = rest
    return out


def paths(node: Node) -> Iterator[str]:
    """The members as people read them (`.spec.containers[name="a"].image`), parents first."""
    elements = sorted((e for e in node if e != SELF), key=order)
    yield from (shown(e) for e in elements if owns(node[e]))
    for element in elements:
        head = shown(element)
        yield from (head + tail for tail in paths(node[element]))


def shown(element: str) -> str:
    """One step of a path as people read it."""
    kind, text = element[:2], element[2:]
    if kind == "f:":
        return f".{text}"
    if kind == "k:":
        keys = orjson.loads(text)
        return "[" + ",".join(f"{k}={_scalar(keys[k])}" for k in sorted(keys)) + "]"
    return f"[={_scalar(orjson.loads(text))}]" if kind == "v:" else f"[{text}]"


def _scalar(value: Any) -> str:
    return orjson.dumps(value).decode()


def order(element: str) -> tuple[int, str, list[tuple[str, bool, float, str]]]:
    """Fields before keys before values before indices, each in its own order."""
    kind, text = element[:2], element[2:]
    if kind == "f:":
        return 0, text, []
    if kind == "k:":
        keys = orjson.loads(text)
        return 1, "", [(k, *_ranked(keys[k])) for k in sorted(keys)]
    if kind == "v:":
        return 2, "", [("", *_ranked(orjson.loads(text)))]
    return 3, text, []


def _ranked(value: Any) -> tuple[bool, float, str]:
    if isinstance(value, (int, float)):
        return False, float(value), ""
    return True, 0.0, str(value)


def ordered(node: Node) -> Node:
    """The same set, written in the order of Kubernetes."""
    head: Node = {SELF: {}} if SELF in node else {}
    elements = sorted((e for e in node if e != SELF), key=order)
    return head | {e: ordered(node[e]) for e in elements}
