"""RFC 6902, as lenient as the library of the API server.

A member that is not there reads as null, so it can be replaced, copied and tested; indices
may count from the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, clone

MOST_OPERATIONS = 10_000
_REJECTED = "the server rejected our request due to an error in our request"
_INDEX = re.compile(r"[+-]?[0-9]+")


class _PatchError(Exception):
    """The operation cannot be done. The client never learns why."""


def rejected() -> StatusError:
    """422 for a patch that reads well and cannot be done."""
    return StatusError(422, "Invalid", _REJECTED)


def apply_json_patch(live: Object, operations: list[Object]) -> Any:
    """A copy of `live` after all operations. Raises StatusError 413 or 422."""
    if len(operations) > MOST_OPERATIONS:
        raise StatusError(
            413, "RequestEntityTooLarge",
            f"Request entity is too large: The allowed maximum operations in a JSON patch is "
            f"{MOST_OPERATIONS}, got {len(operations)}",
        )  # fmt: skip
    out = clone(live)
    try:
        for operation in operations:
            kind = operation.get("op")
            out = _KINDS[kind if isinstance(kind, str) else ""](out, operation)
    except (_PatchError, KeyError) as error:
        raise rejected() from error
    return out


def _parent(document: Any, pointer: Any) -> tuple[Any, str]:
    """The container that a pointer leads into, and the name in it."""
    if not isinstance(pointer, str) or "/" not in pointer:
        raise _PatchError("no container")
    *steps, last = [s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:]]
    for step in steps:
        document = _get(document, step)
    if not isinstance(document, (dict, list)):
        raise _PatchError("missing path")
    return document, last


def _get(container: Any, name: str) -> Any:
    if isinstance(container, dict):
        return container.get(name)
    if isinstance(container, list):
        return container[_index(name, len(container), len(container) - 1)]
    raise _PatchError("missing path")


def _index(name: str, size: int, last: int) -> int:
    """A place in a list; `size` is what negative ones count from."""
    if not _INDEX.fullmatch(name):
        raise _PatchError("no index")
    at = int(name)
    at = at + size if at < 0 else at
    if not 0 <= at <= last:
        raise _PatchError("invalid index")
    return at


def _insert(container: Any, name: str, value: Any) -> None:
    if isinstance(container, dict):
        container[name] = value
    elif name == "-":
        container.append(value)
    else:
        container.insert(_index(name, len(container) + 1, len(container)), value)


def _delete(container: Any, name: str) -> None:
    if isinstance(container, dict):
        if name not in container:
            raise _PatchError("nonexistent key")
        del container[name]
    else:
        del container[_index(name, len(container), len(container) - 1)]


def _add(document: Any, operation: Object) -> Any:
    _insert(*_parent(document, operation["path"]), clone(operation.get("value")))
    return document


def _remove(document: Any, operation: Object) -> Any:
    _delete(*_parent(document, operation["path"]))
    return document


def _replace(document: Any, operation: Object) -> Any:
    value = clone(operation.get("value"))
    if operation["path"] == "" and isinstance(value, (dict, list)):
        return value
    container, name = _parent(document, operation["path"])
    if isinstance(container, dict):
        container[name] = value
    else:
        container[_index(name, len(container), len(container) - 1)] = value
    return document


def _move(document: Any, operation: Object) -> Any:
    container, name = _parent(document, operation["from"])
    value = _get(container, name)
    _delete(container, name)
    _insert(*_parent(document, operation["path"]), value)
    return document


def _copy(document: Any, operation: Object) -> Any:
    value = clone(_get(*_parent(document, operation["from"])))
    _insert(*_parent(document, operation["path"]), value)
    return document


def _test(document: Any, operation: Object) -> Any:
    path = operation["path"]
    found = document if path == "" else _get(*_parent(document, path))
    if not _matches(found, operation.get("value")):
        raise _PatchError("testing value failed")
    return document


def _matches(found: Any, wanted: Any) -> bool:
    """Equal as JSON: true is not 1."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(
            _matches(v, wanted[k]) for k, v in found.items()
        )
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(_matches, found, wanted))
    return type(found) is type(wanted) and bool(found == wanted)


_KINDS: dict[str, Callable[[Any, Object], Any]] = {
    "add": _add, "remove": _remove, "replace": _replace, "move": _move, "copy": _copy,
    "test": _test,
}  # fmt: skip
