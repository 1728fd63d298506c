"""The patches of a fake Kubernetes, as far as tests need them.

merge: RFC 7386; json: RFC 6902 (add, replace, remove, test); strategic: as merge, but lists
of named things are merged by name; apply: as merge, and what the last apply had and this
one has not is removed.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from breakfix.clusters.base import Object

T = TypeVar("T")


def fresh(value: T) -> T:
    """A copy of JSON that shares nothing with it."""
    copied: Any = value
    if isinstance(value, dict):
        copied = {key: fresh(inner) for key, inner in value.items()}
    elif isinstance(value, (list, tuple)):
        copied = [fresh(inner) for inner in value]
    return cast("T", copied)


def merge(item: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return fresh(patch)
    result = dict(item) if isinstance(item, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def strategic(item: Any, patch: Any) -> Any:
    if isinstance(patch, dict):
        result = dict(item) if isinstance(item, dict) else {}
        for key, value in patch.items():
            if value is None:
                result.pop(key, None)
            else:
                result[key] = strategic(result.get(key), value)
        return result
    if isinstance(item, list) and all(_named(each) for each in (*item, *patch)):
        by_name = {each["name"]: each for each in item}
        for each in patch:
            by_name[each["name"]] = strategic(by_name.get(each["name"]), each)
        return list(by_name.values())
    return fresh(patch)


def _named(each: Any) -> bool:
    return isinstance(each, dict) and "name" in each


def json_patch(item: Object, operations: list[Object]) -> Object:
    """Raises ValueError where a path leads nowhere, or a test fails."""
    result = fresh(item)
    for operation in operations:
        keys = [k.replace("~1", "/").replace("~0", "~") for k in operation["path"].split("/")[1:]]
        _operate(result, keys, operation)
    return result


def _operate(node: Any, keys: list[str], operation: Object) -> None:
    for key in keys[:-1]:
        node = _inside(node, key)
    last = keys[-1]
    what, value = operation["op"], operation.get("value")
    if what == "test":
        if _inside(node, last) != value:
            raise ValueError(f"test of {operation['path']} failed")
    elif what == "add" and isinstance(node, list):
        node.insert(len(node) if last == "-" else int(last), value)
    elif what in ("add", "replace"):
        if what == "replace":
            _inside(node, last)
        node[int(last) if isinstance(node, list) else last] = value
    else:
        _inside(node, last)
        del node[int(last) if isinstance(node, list) else last]


def _inside(node: Any, key: str) -> Any:
    try:
        return node[int(key) if isinstance(node, list) else key]
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"there is no {key!r}") from error


def without_what_is_missing(last: Any, now: Any) -> Any:
    """A merge patch to `now` that also removes what only `last` had."""
    if not isinstance(last, dict) or not isinstance(now, dict):
        return now
    removed = {key: None for key in last if key not in now}
    return removed | {k: without_what_is_missing(last.get(k), v) for k, v in now.items()}


PATCHES = {
    "application/merge-patch+json": merge,
    "application/strategic-merge-patch+json": strategic,
    "application/json-patch+json": json_patch,
}
APPLY = "application/apply-patch+yaml"
