"""The items of lists in a strategic merge patch: their kinds, and those that are directives."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.objects import Object
from breakfix.embedded.patching import gotext
from breakfix.embedded.patching.json_patch import rejected
from breakfix.embedded.patching.ordering import failed, no_merge_key

DIRECTIVE = "$patch"


def element_kind(*lists: list[Any]) -> type:
    """The one type of all items. Raises StatusError where they differ."""
    kinds = {type(v) for items in lists for v in items}
    if list in kinds:
        raise rejected()
    if not kinds:
        raise failed("no elements in any of the given slices")
    if len(kinds) > 1:
        raise failed(f"list element types are not identical: {gotext.plain(list(lists))}")
    return kinds.pop()


def directed_items(
    live: list[Any], patch: list[Any], key: str
) -> tuple[list[Any], list[Any]]:  # fmt: skip
    """Do what the items with a directive say; the list and the other items of the patch."""
    rest: list[Any] = []
    replace = False
    for item in patch:
        directive = item.get(DIRECTIVE)
        if DIRECTIVE not in item:
            rest.append(item)
        elif directive == "replace":
            replace = True
        elif directive == "delete":
            live = _deleted(live, item, key)
        elif directive == "merge":
            raise failed("merging lists cannot yet be specified in the patch")
        else:
            shown = gotext.plain(directive)
            raise failed(f"unknown patch type: {shown} in map: {gotext.plain(item)}")
    return ([] if replace else live), rest


def _deleted(live: list[Any], item: Object, key: str) -> list[Any]:
    if key not in item:
        raise no_merge_key(item, key)
    return [v for v in live if key not in v or v[key] != item[key]]
