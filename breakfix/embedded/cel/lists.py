"""The libraries `lists` (Kubernetes' and cel-go's) and `sets`."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from typing import Any

from breakfix.embedded.cel import functions as f
from breakfix.embedded.cel.functions import Function, function, method

_SUMMED = ("int", "uint", "double", "duration")
_COMPARED = ("int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes")


def _sum(items: list[Any]) -> Any:
    return reduce(lambda a, b: a + b, items) if items else 0


def _extreme(name: str, pick: Any) -> Any:
    def body(items: list[Any]) -> Any:
        if not items:
            raise ValueError(f"{name} called on empty list")
        return pick(items)

    return body


def _sorted(items: list[Any]) -> bool:
    return all(a <= b for a, b in pairwise(items))


def _same(a: Any, b: Any) -> bool:
    """Equality as in CEL: true is not 1."""
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def _index(items: list[Any], wanted: Any) -> int:
    return next((i for i, item in enumerate(items) if _same(item, wanted)), -1)


def _last_index(items: list[Any], wanted: Any) -> int:
    return next((i for i in range(len(items) - 1, -1, -1) if _same(items[i], wanted)), -1)


def _slice(items: list[Any], start: int, end: int) -> list[Any]:
    if start < 0 or end < 0:
        raise ValueError(f"cannot slice({start}, {end}), negative indexes not supported")
    if start > end:
        raise ValueError(
            f"cannot slice({start}, {end}), start index must be less than or equal to end index"
        )
    if end > len(items):
        raise ValueError(f"cannot slice({start}, {end}), list is length {len(items)}")
    return items[start:end]


def _flatten(items: list[Any], depth: int = 1) -> list[Any]:
    if depth < 0:
        raise ValueError("level must be non-negative")
    found: list[Any] = []
    for item in items:
        if isinstance(item, list) and depth:
            found += _flatten(item, depth - 1)
        else:
            found.append(item)
    return found


def _distinct(items: list[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if _index(found, item) < 0:
            found.append(item)
    return found


def _contains(items: list[Any], wanted: list[Any]) -> bool:
    return all(_index(items, one) >= 0 for one in wanted)


def _intersects(a: list[Any], b: list[Any]) -> bool:
    return any(_index(a, one) >= 0 for one in b)


def _typed() -> list[Function]:
    found = [
        method(f"list_{t}_sum_{t}", "sum", [f"list({t})"], t, _sum) for t in _SUMMED
    ]  # fmt: skip
    for t in _COMPARED:
        of = [f"list({t})"]
        found.append(method(f"list_{t}_is_sorted_bool", "isSorted", of, f.BOOL, _sorted))
        found.append(method(f"list_{t}_max_{t}", "max", of, t, _extreme("max", max)))
        found.append(method(f"list_{t}_min_{t}", "min", of, t, _extreme("min", min)))
    return found


FUNCTIONS: tuple[Function, ...] = (
    *_typed(),
    method("list_a_index_of_int", "indexOf", [f.LIST, f.DYN], f.INT, _index),
    method("list_a_last_index_of_int", "lastIndexOf", [f.LIST, f.DYN], f.INT, _last_index),
    method("list_slice", "slice", [f.LIST, f.INT, f.INT], f.LIST, _slice),
    method("list_flatten", "flatten", [f.LIST], f.LIST, _flatten),
    method("list_flatten_int", "flatten", [f.LIST, f.INT], f.LIST, _flatten),
    method("list_distinct", "distinct", [f.LIST], f.LIST, _distinct),
    method("list_reverse", "reverse", [f.LIST], f.LIST, lambda items: items[::-1]),
    method("list_sort", "sort", [f.LIST], f.LIST, sorted),
    function("lists_range", "lists.range", [f.INT], "list(int)", lambda n: list(range(n))),
    function("list_sets_contains_list", "sets.contains", [f.LIST, f.LIST], f.BOOL, _contains),
    function(
        "list_sets_equivalent_list", "sets.equivalent", [f.LIST, f.LIST], f.BOOL,
        lambda a, b: _contains(a, b) and _contains(b, a),
    ),
    function("list_sets_intersects_list", "sets.intersects", [f.LIST, f.LIST], f.BOOL, _intersects),
)  # fmt: skip
