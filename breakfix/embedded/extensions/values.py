"""OpenAPI value validations of custom resources, in the words of kube-openapi.

On an update what is unchanged is not judged again (ratcheting): an object that was stored
before its schema became stricter can still be changed elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import orjson

from breakfix.embedded import fields as f
from breakfix.embedded.extensions.formats import fits
from breakfix.embedded.fields import FieldError
from breakfix.embedded.schema.types import Schema

ABSENT: Any = object()
_META = ("apiVersion", "kind", "metadata")


class WrongTypeError(FieldError):
    """Printed as an invalid value, told to programs as a wrong type."""

    @property
    def reason(self) -> str:
        return "FieldValueTypeInvalid"


def check(schema: Schema, value: Any, path: str = "", old: Any = ABSENT) -> list[FieldError]:
    """What is wrong with a value, and below it."""
    if old is not ABSENT and old == value and type(old) is type(value):
        return []
    if value is None and schema.nullable:
        return []
    found = list(_type(schema, value, path))
    found += _composed(schema, value, path, old)
    found += _enum(schema, value, path)
    match value:
        case bool() | None:
            pass
        case str():
            found += _string(schema, value, path)
        case int() | float():
            found += _number(schema, value, path)
        case list():
            found += _list(schema, value, path, old)
        case dict():
            found += _object(schema, value, path, old)
    return found


def _invalid(path: str, value: Any, words: str) -> FieldError:
    return f.invalid(path or "<nil>", value, f"{path} in body {words}")


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def _type(schema: Schema, value: Any, path: str) -> Iterator[FieldError]:
    wanted = "integer,string" if schema.format == "int-or-string" else schema.type
    if wanted == "any":
        return
    kind = _kind(value)
    if kind in wanted.split(",") or (kind == "integer" and wanted == "number"):
        return
    if kind == "number" and "integer" in wanted and value == int(value):
        return
    words = f'must be of type {wanted}: "{kind}"'
    yield WrongTypeError(path or "<nil>", "Invalid value", kind, f"{path} in body {words}")


def _enum(schema: Schema, value: Any, path: str) -> Iterator[FieldError]:
    allowed = schema.extra.get("enum")
    if not allowed or any(a == value and type(a) is type(value) for a in allowed):
        return
    texts = (a if isinstance(a, str) else orjson.dumps(a).decode() for a in allowed)
    shown = ", ".join(f'"{text}"' for text in texts)
    yield FieldError(path, "Unsupported value", value, f"supported values: {shown}")


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Go's patterns are near enough to Python's; None for one that is not."""
    try:
        return re.compile(pattern.replace(r"\z", r"\Z").replace("[[:alpha:]]", "[A-Za-z]"))
    except re.error:
        return None


def _string(schema: Schema, value: str, path: str) -> Iterator[FieldError]:
    extra = schema.extra
    if (limit := extra.get("maxLength")) is not None and len(value) > limit:
        yield f.too_long(path, limit)
    if (limit := extra.get("minLength")) is not None and len(value) < limit:
        yield _invalid(path, value, f"should be at least {limit} chars long")
    if pattern := extra.get("pattern"):
        compiled = _compiled(pattern)
        if compiled is not None and not compiled.search(value):
            yield _invalid(path, value, f"should match '{pattern}'")
    if schema.format and schema.type == "string" and not fits(schema.format, value):
        words = f"{path} in body must be of type {schema.format}: {orjson.dumps(value).decode()}"
        yield WrongTypeError(path, "Invalid value", value, words)


def _shown(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)


def _number(schema: Schema, value: float, path: str) -> Iterator[FieldError]:
    extra = schema.extra
    limit = extra.get("multipleOf")
    if limit and value % limit:
        yield _invalid(path, value, f"should be a multiple of {_shown(limit)}")
    if (limit := extra.get("maximum")) is not None:
        if extra.get("exclusiveMaximum") and value >= limit:
            yield _invalid(path, value, f"should be less than {_shown(limit)}")
        elif value > limit:
            yield _invalid(path, value, f"should be less than or equal to {_shown(limit)}")
    if (limit := extra.get("minimum")) is not None:
        if extra.get("exclusiveMinimum") and value <= limit:
            yield _invalid(path, value, f"should be greater than {_shown(limit)}")
        elif value < limit:
            yield _invalid(path, value, f"should be greater than or equal to {_shown(limit)}")
    yield from _width(schema, value, path)


def _width(schema: Schema, value: float, path: str) -> Iterator[FieldError]:
    bits = {"int32": 31, "int64": 63}.get(schema.format)
    if bits and schema.type == "integer" and not -(2**bits) <= value < 2**bits:
        words = f"Checked value must be of type integer with format {schema.format}"
        yield f.invalid(path, value, f"{words} in body")


def _list(schema: Schema, value: list[Any], path: str, old: Any) -> Iterator[FieldError]:
    extra = schema.extra
    if (limit := extra.get("minItems")) is not None and len(value) < limit:
        yield _invalid(path, len(value), f"should have at least {limit} items")
    if (limit := extra.get("maxItems")) is not None and len(value) > limit:
        yield f.too_many(path, len(value), limit)
    if extra.get("uniqueItems") and _first_twice(value) is not None:
        yield _invalid(path, "", "shouldn't contain duplicates")
    if schema.items is None:
        return
    before = correlate(schema, old)
    for index, item in enumerate(value):
        yield from check(schema.items, item, f"{path}[{index}]", before(item))


def _first_twice(value: list[Any]) -> int | None:
    seen: set[bytes] = set()
    for index, item in enumerate(value):
        key = orjson.dumps(item, option=orjson.OPT_SORT_KEYS)
        if key in seen:
            return index
        seen.add(key)
    return None


def correlate(schema: Schema, old: Any) -> Callable[[Any], Any]:
    """Finds the old state of a list's item: by its keys, in lists of type map only."""
    if schema.list_type != "map" or not isinstance(old, list):
        return lambda _: ABSENT
    keyed = {_key(schema, item): item for item in old if isinstance(item, dict)}
    return lambda item: keyed.get(_key(schema, item), ABSENT)


def _key(schema: Schema, item: Any) -> bytes:
    if not isinstance(item, dict):
        return b""
    return orjson.dumps([item.get(k) for k in schema.list_map_keys])


def _object(schema: Schema, value: dict[str, Any], path: str, old: Any) -> Iterator[FieldError]:
    extra = schema.extra
    if (limit := extra.get("minProperties")) is not None and len(value) < limit:
        yield _invalid(path, len(value), f"should have at least {limit} properties")
    if (limit := extra.get("maxProperties")) is not None and len(value) > limit:
        yield f.too_many(path, len(value), limit)
    for name in sorted(schema.required - value.keys()):
        yield f.required(f"{path}.{name}".lstrip("."))
    before = old if isinstance(old, dict) else {}
    for name, item in value.items():
        known = schema.at(name)
        if known is None or (not path and name in _META):
            continue
        yield from check(known, item, f"{path}.{name}".lstrip("."), before.get(name, ABSENT))


def _composed(schema: Schema, value: Any, path: str, old: Any) -> list[FieldError]:
    extra = schema.extra
    found: list[FieldError] = []
    if "anyOf" in extra:
        found += _any_of(extra["anyOf"], value, path)
    if "oneOf" in extra:
        found += _one_of(extra["oneOf"], value, path)
    if "allOf" in extra:
        found += _all_of(extra["allOf"], value, path)
    if "not" in extra and not check(extra["not"], value, path):
        found.append(_whole(path, "must not validate the schema (not)"))
    del old
    return found


def _whole(path: str, words: str) -> FieldError:
    return f.invalid("<nil>", "", f'"{path}" {words}')


def _any_of(schemas: list[Schema], value: Any, path: str) -> list[FieldError]:
    results = [check(s, value, path) for s in schemas]
    if not all(results):
        return []
    return [_whole(path, "must validate at least one schema (anyOf)"), *min(results, key=len)]


def _one_of(schemas: list[Schema], value: Any, path: str) -> list[FieldError]:
    results = [check(s, value, path) for s in schemas]
    good = results.count([])
    if good == 1:
        return []
    words = f"Found {good} valid alternatives" if good else "Found none valid"
    whole = _whole(path, f"must validate one and only one schema (oneOf). {words}")
    return [whole] if good else [whole, *min(results, key=len)]


def _all_of(schemas: list[Schema], value: Any, path: str) -> list[FieldError]:
    results = [check(s, value, path) for s in schemas]
    bad = [r for r in results if r]
    if not bad:
        return []
    words = "" if len(bad) < len(results) else ". None validated"
    whole = _whole(path, f"must validate all the schemas (allOf){words}")
    return [error for result in bad for error in result] + [whole]
