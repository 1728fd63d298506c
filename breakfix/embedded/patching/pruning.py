"""What goes from an object when its applier no longer speaks of it."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.objects import Object
from breakfix.embedded.patching.merging import stated, with_named, without
from breakfix.embedded.patching.nodes import Node, difference, intersection, union
from breakfix.embedded.patching.shapes import Shape


def pruned(found: Object, last: Node, mine: Node, everyone: Node, shape: Shape) -> Object:
    """`found` without what only this applier owned, in `last`, and does not state in `mine`.

    `everyone` is what all managers own now. A container goes only with all that is in it:
    what nobody owned stays.
    """
    if not difference(last, mine):
        return found
    everything = with_named(stated(found, shape), shape)
    before = with_named(last, shape)
    bare = _taken(found, before, shape)
    kept = union(_named(bare, shape), with_named(everyone, shape))
    owned = _taken(found, difference(everything, kept), shape)
    gone = intersection(difference(everything, _named(owned, shape)), before)
    return _taken(found, gone, shape)


def _named(item: Object, shape: Shape) -> Node:
    return with_named(stated(item, shape), shape)


def _taken(item: Object, lost: Node, shape: Shape) -> Object:
    left: Object | None = without(item, lost, shape)
    return left or {}


def without_nulls(value: Any) -> Any:
    """What a struct makes of containers that pruning left null: they are not there."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    return [without_nulls(v) for v in value] if isinstance(value, list) else value
