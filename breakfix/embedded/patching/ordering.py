"""The order of a merged list: that of the patch, and of the server for what it has alone."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object
from breakfix.embedded.patching import gotext


def in_order(merged: list[Any], wanted: list[Any], live: list[Any], key: str) -> list[Any]:
    """Items that are in `wanted` follow its order, the others that of `live`; where both
    kinds meet, the one that comes first in `live` is first. Raises StatusError.
    """
    places = _places(wanted, key)
    theirs = [v for v in merged if identity(v, key) in places]
    ours = [v for v in merged if identity(v, key) not in places]
    theirs.sort(key=lambda v: places[identity(v, key)])
    served = _places(live, key)
    ours.sort(key=lambda v: served.get(identity(v, key), -1))
    return _zipped(ours, theirs, served, key)


def identity(item: Any, key: str) -> Any:
    """What tells an item of a list from the others. Raises StatusError."""
    if not key:
        return item
    if not isinstance(item, dict):
        kind = gotext.type_name(item)
        raise failed(f"expected a map[string]interface {{}}, but received a {kind}")
    if key not in item:
        raise no_merge_key(item, key)
    return item[key]


def failed(message: str) -> StatusError:
    """500 without a reason: what the API server makes of an error that it does not know."""
    return StatusError(500, "", message)


def no_merge_key(item: Object, key: str) -> StatusError:
    """An item of a keyed list that does not say its key."""
    return failed(f"map: {gotext.plain(item)} does not contain declared merge key: {key}")


def _places(items: list[Any], key: str) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for at, item in enumerate(items):
        if key and not isinstance(item, dict):
            raise failed(f"value for key {at} is not a map")
        found.setdefault(identity(item, key), at)
    return found


def _zipped(
    ours: list[Any], theirs: list[Any], served: dict[Any, int], key: str
) -> list[Any]:  # fmt: skip
    out: list[Any] = []
    waiting = iter(ours)
    mine = next(waiting, None)
    for item in theirs:
        place = served.get(identity(item, key), -1)
        while mine is not None and -1 < served.get(identity(mine, key), -1) < place:
            out.append(mine)
            mine = next(waiting, None)
        out.append(item)
    return out if mine is None else [*out, mine, *waiting]


def matches_order(patch: list[Any], wanted: list[Any], key: str) -> None:
    """Does the patch's list name only what $setElementOrder has, in that order? StatusError."""
    if not patch or not wanted:
        return
    at = 0
    for item in patch:
        directive = item.get("$patch") if key and isinstance(item, dict) else None
        if directive == "delete" or (directive is not None and at < len(wanted)):
            continue
        mine = identity(item, key) if directive is None else None
        while at < len(wanted) and identity(wanted[at], key) != mine:
            at += 1
        if at == len(wanted):
            raise _mismatch(patch, wanted)
        at += 1


def _mismatch(patch: list[Any], wanted: list[Any]) -> StatusError:
    return failed(
        f"The order in patch list:\n{gotext.plain(patch)}\n doesn't match $setElementOrder "
        f"list:\n{gotext.plain(wanted)}\n"
    )
