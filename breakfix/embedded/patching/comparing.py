"""Which fields differ between two values, along the differences only."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.patching.nodes import SELF, Node, below
from breakfix.embedded.patching.shapes import Shape

MISSING: Any = object()
Change = tuple[Node | None, Node | None]  # what is new or another, what is gone
_SAME: Change = (None, None)
_LEAF: Node = {}


def changes(old: Any, new: Any, shape: Shape) -> Change:
    """The fields that were added or modified, and those that were removed.

    Both values are there (null counts). Raises FieldSetError for list items without keys.
    """
    if old == new:
        return _SAME
    if shape.is_map and _are(dict, old, new):
        return _map_changes(old or {}, new or {}, shape)
    if shape.is_list and _are(list, old, new):
        return _list_changes(old or [], new or [], shape)
    return _kind_change(old, new, shape) if shape.deduced else (_LEAF, None)


def _kind_change(old: Any, new: Any, shape: Shape) -> Change:
    """A value without a schema that becomes a map or stops being one."""
    changed = everything(new, shape) if isinstance(new, dict) else _LEAF
    gone = below(everything(old, shape)) if isinstance(old, dict) else None
    return changed, gone or None


def _are(kind: type, old: Any, new: Any) -> bool:
    """Are both of the kind or null, and does at least one hold something?"""
    if not old and not new:
        return False
    return (old is None or isinstance(old, kind)) and (new is None or isinstance(new, kind))


def _map_changes(old: dict[str, Any], new: dict[str, Any], shape: Shape) -> Change:
    changed: Node = {}
    removed: Node = {}
    zeros = shape.zeros
    for name, value in new.items():
        prior = old.get(name, MISSING)
        if prior is MISSING and zeros:
            prior = zeros.get(name, MISSING)
        if prior != value:
            element, child = shape.child(name)
            _note(changed, removed, element, field_change(prior, value, child, shape.struct))
    for name, prior in old.items():
        if name not in new:
            value = zeros.get(name, MISSING)
            element, child = shape.child(name)
            _note(changed, removed, element, field_change(prior, value, child, shape.struct))
    return changed or None, removed or None


def _note(changed: Node, removed: Node, element: str, found: Change) -> None:
    if found[0] is not None:
        changed[element] = found[0]
    if found[1] is not None:
        removed[element] = found[1]


def field_change(old: Any, new: Any, shape: Shape, struct: bool) -> Change:
    """Like `changes`, where a side may be MISSING; a struct's null is missing, too."""
    if old is MISSING:
        return _SAME if new is MISSING or (new is None and struct) else (
            everything(new, shape), None,
        )  # fmt: skip
    if new is MISSING:
        return _SAME if old is None and struct else (None, everything(old, shape))
    return changes(old, new, shape)


def everything(value: Any, shape: Shape) -> Node:
    """The node of a value that appeared or went as a whole."""
    if not value:
        return _LEAF
    if shape.is_map and isinstance(value, dict):
        node: Node = {SELF: {}}
        for name, inner in value.items():
            element, child = shape.child(name)
            deep = inner and isinstance(inner, (dict, list))
            node[element] = everything(inner, child) if deep else _LEAF
        return node
    if shape.is_list and isinstance(value, list):
        items = shape.items()
        return {SELF: {}} | {
            element: _LEAF if len(found) > 1 else everything(found[0], items)
            for element, found in indexed(value, shape).items()
        }
    return _LEAF


def indexed(values: list[Any], shape: Shape) -> dict[str, list[Any]]:
    """A list's items by their path elements; more than one where they are duplicates."""
    found: dict[str, list[Any]] = {}
    for value in values:
        found.setdefault(shape.element(value), []).append(value)
    return found


def _list_changes(old: list[Any], new: list[Any], shape: Shape) -> Change:
    changed: Node = {}
    removed: Node = {}
    before, after = indexed(old, shape), indexed(new, shape)
    for element, values in after.items():
        prior = before.get(element, [])
        if prior != values:
            _note(changed, removed, element, _item_change(prior, values, shape.items()))
    for element, prior in before.items():
        if element not in after:
            _note(changed, removed, element, _item_change(prior, [], shape.items()))
    return changed or None, removed or None


def _item_change(old: list[Any], new: list[Any], shape: Shape) -> Change:
    """Duplicates are compared as one leaf."""
    one_old = old[0] if old else MISSING
    one_new = new[0] if new else MISSING
    if len(old) <= 1 and len(new) <= 1:
        return field_change(one_old, one_new, shape, struct=False)
    if len(old) > 1 and len(new) > 1:
        return _LEAF, None
    if len(old) > 1:
        return (everything(one_new, shape) if new else None), _LEAF
    return _LEAF, (everything(one_old, shape) if old else None)
