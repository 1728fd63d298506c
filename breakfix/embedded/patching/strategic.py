"""Strategic merge patch: a merge patch that knows which lists are keyed, with directives."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.errors import bad_request
from breakfix.embedded.objects import Object
from breakfix.embedded.patching import gotext
from breakfix.embedded.patching.list_items import DIRECTIVE, directed_items, element_kind
from breakfix.embedded.patching.ordering import failed, in_order, matches_order, no_merge_key
from breakfix.embedded.schema.types import Schema

RETAIN_KEYS = "$retainKeys"
DELETE_PREFIX = "$deleteFromPrimitiveList"
ORDER_PREFIX = "$setElementOrder"
_UNKNOWN = Schema()


def apply_strategic(live: Object, patch: Object, schema: Schema) -> Object:
    """A new object, which shares parts with both. Raises StatusError 400, 422 or 500."""
    return merge_map(live, patch, schema)


def merge_map(live: Object, patch: Object, schema: Schema) -> Object:
    """One map of the patch into one of the object."""
    if DIRECTIVE in patch:
        return _directed(patch)
    out, rest = _retained(live, patch)
    for key in [k for k in rest if k.startswith(ORDER_PREFIX)]:
        _merge_ordered(out, rest, key, schema)
    for key, value in rest.items():
        if key.startswith(DELETE_PREFIX):
            _delete_items(out, _field(key, DELETE_PREFIX, "primitive list"), value)
        elif value is None:
            out.pop(key, None)
        else:
            _merge_field(out, key, value, schema.at(key) or _UNKNOWN)
    return out


def _directed(patch: Object) -> Object:
    directive = patch[DIRECTIVE]
    if directive == "replace":
        return {k: v for k, v in patch.items() if k != DIRECTIVE}
    if directive == "delete":
        return {}
    raise failed(f"unknown patch type: {gotext.plain(directive)} in map: {gotext.plain(patch)}")


def _retained(live: Object, patch: Object) -> tuple[Object, Object]:
    """The map with the keys that $retainKeys leaves, and the patch without that directive."""
    if RETAIN_KEYS not in patch:
        return dict(live), dict(patch)
    keys = patch[RETAIN_KEYS]
    rest = {k: v for k, v in patch.items() if k != RETAIN_KEYS}
    told = [k for k, v in rest.items() if v is not None and not k.startswith("$")]
    if not isinstance(keys, list) or any(k not in keys for k in told):
        raise bad_request("invalid patch format of retainKeys")
    return {k: v for k, v in live.items() if k in keys}, rest


def _field(key: str, prefix: str, what: str) -> str:
    head, slash, name = key.partition("/")
    if head != prefix or not slash:
        raise bad_request(f"invalid patch format of {what}")
    return name


def _delete_items(out: Object, name: str, items: Any) -> None:
    if name not in out:
        return
    if not isinstance(out[name], list) or not isinstance(items, list):
        return
    element_kind(out[name], items)
    out[name] = [v for v in out[name] if v not in items]


def _merge_field(out: Object, name: str, value: Any, schema: Schema) -> None:
    current = out.get(name)
    if isinstance(current, dict) and isinstance(value, dict):
        whole = "replace" in schema.patch_strategy
        out[name] = value if whole else merge_map(current, value, schema)
    elif isinstance(current, list) and isinstance(value, list):
        out[name] = merge_list(current, value, schema)
    else:
        kept = _taken(value)
        out.pop(name, None)
        if kept is not None:
            out[name] = kept


def _taken(value: Any, nulls: bool = False) -> Any:
    """A value of the patch that meets nothing, without directives; None if it is one."""
    if isinstance(value, dict):
        if DIRECTIVE in value:
            return None
        inner = {k: (v, _taken(v, nulls)) for k, v in value.items() if nulls or v is not None}
        return {k: kept for k, (v, kept) in inner.items() if kept is not None or v is None}
    if isinstance(value, list):
        found = [(v, _taken(v, nulls)) for v in value]
        return [kept for v, kept in found if kept is not None or v is None]
    return value


def merge_list(live: list[Any], patch: list[Any], schema: Schema) -> list[Any]:
    """One list of the patch into one of the object, as the field's strategy says."""
    if "merge" not in schema.patch_strategy:
        return patch
    if not live and not patch:
        return live
    if element_kind(live, patch) is not dict:
        both = list(dict.fromkeys([*live, *patch]))
        return in_order(both, patch, live, "")
    key = schema.patch_merge_key
    if not key:
        raise failed("cannot merge lists without merge key for struct")
    live, patch = directed_items(live, patch, key)
    return in_order(_merge_items(live, patch, key, schema), patch, live, key)


def _merge_items(live: list[Any], patch: list[Any], key: str, schema: Schema) -> list[Any]:
    out = list(live)
    places: dict[Any, int] = {}
    for at, item in enumerate(out):
        if key in item:
            places.setdefault(item[key], at)
    for item in patch:
        if key not in item:
            raise no_merge_key(item, key)
        at = places.get(item[key], -1)
        if at < 0:
            places[item[key]] = len(out)
            out.append(item)
        else:
            out[at] = merge_map(out[at], item, schema.items or _UNKNOWN)
    return out


def _merge_ordered(out: Object, rest: Object, key: str, schema: Schema) -> None:
    """$setElementOrder/<list>: merge the list and bring it into that order."""
    wanted = rest.pop(key)
    name = _field(key, ORDER_PREFIX, "setElementOrder list")
    live, patch = out.get(name), rest.pop(name, None)
    for items in (wanted, *(v for v in (live, patch) if v is not None)):
        if not isinstance(items, list):
            raise failed(f"expected a []interface {{}}, but received a {gotext.type_name(items)}")
    if live is None and patch is None:
        return
    field = schema.at(name) or _UNKNOWN
    key = field.patch_merge_key
    matches_order(patch or [], wanted, key)
    if live is None:
        merged = _taken(patch, nulls=True)
    else:
        merged = live if patch is None else merge_list(live, patch, field)
    element_kind(live or [], patch or [])
    out[name] = in_order(merged, wanted, live or [], key)
