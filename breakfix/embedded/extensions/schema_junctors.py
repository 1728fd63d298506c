"""allOf, anyOf, oneOf and not: in a structural schema they only validate values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from breakfix.embedded import fields as f
from breakfix.embedded.fields import FieldError
from breakfix.embedded.objects import Object

_FORBIDDEN_NESTED = {
    "type": "must be empty to be structural",
    "additionalProperties": "must be undefined to be structural",
    "default": "must be undefined to be structural",
    "title": "must be empty to be structural",
    "description": "must be empty to be structural",
    "nullable": "must be false to be structural",
    "x-kubernetes-preserve-unknown-fields": "must be false to be structural",
    "x-kubernetes-embedded-resource": "must be false to be structural",
    "x-kubernetes-int-or-string": "must be false to be structural",
    "x-kubernetes-list-map-keys": "must be empty to be structural",
    "x-kubernetes-list-type": "must be undefined to be structural",
    "x-kubernetes-map-type": "must be undefined to be structural",
}
_INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]


def check_junctors(schema: Object, path: str) -> Iterator[FieldError]:
    """AllOf and the like may only validate values."""
    first = schema.get("allOf") or []
    skip_any = schema.get("anyOf") == _INT_OR_STRING
    for name in ("allOf", "anyOf", "oneOf"):
        for index, part in enumerate(schema.get(name) or []):
            if (name == "anyOf" and skip_any) or (
                name == "allOf" and part is first[0] and part.get("anyOf") == _INT_OR_STRING
            ):
                continue
            yield from _value_only(part, f"{path}.{name}[{index}]")
    if schema.get("not"):
        yield from _value_only(schema["not"], f"{path}.not")
    pattern = schema.get("pattern")
    if pattern and not _good_pattern(pattern):
        yield f.invalid(
            f"{path}.pattern", pattern,
            f"must be a valid regular expression, but isn't: error parsing regexp: `{pattern}`",
        )  # fmt: skip


def _good_pattern(pattern: str) -> bool:
    try:
        re.compile(pattern.replace(r"\z", r"\Z"))
    except re.error:
        return bool(re.search(r"\[\[:\w+:\]|\\[pP]|\\x\{|\(\?[a-zA-Z]+\)", pattern))
    return True


def _value_only(schema: Object, path: str) -> Iterator[FieldError]:
    yield from check_junctors(schema, path)
    for name, words in _FORBIDDEN_NESTED.items():
        if schema.get(name):
            yield f.forbidden(f"{path}.{name}", words)
    if isinstance(schema.get("items"), dict):
        yield from _value_only(schema["items"], f"{path}.items")
    for name, part in (schema.get("properties") or {}).items():
        if name == "metadata" and part:
            yield f.forbidden(
                f"{path}.properties[metadata]", "must not be specified in a nested context"
            )
        yield from _value_only(part, f"{path}.properties[{name}]")


def check_complete(
    value: Object, schema: Object | None, at: str, path: str
) -> Iterator[FieldError]:
    """Fields that are only mentioned inside of allOf and the like are not known."""
    for name in ("not", "allOf", "anyOf", "oneOf"):
        parts = value.get(name) or []
        for index, part in enumerate([parts] if isinstance(parts, dict) else parts):
            below = f"{path}.{name}" + ("" if name == "not" else f"[{index}]")
            yield from _complete_part(part, schema, at, below)


def _complete_part(
    value: Object, schema: Object | None, at: str, path: str
) -> Iterator[FieldError]:
    if schema is None:
        yield f.required(at, f"because it is defined in {path}")
        return
    yield from check_complete(value, schema, at, path)
    if isinstance(value.get("items"), dict):
        yield from _complete_part(
            value["items"], schema.get("items"), f"{at}.items", f"{path}.items"
        )
    known = schema.get("properties") or {}
    for name, part in (value.get("properties") or {}).items():
        below, where = f"{path}.properties[{name}]", f"{at}.properties[{name}]"
        if name not in known and isinstance(schema.get("additionalProperties"), dict):
            continue
        yield from _complete_part(part, known.get(name), where, below)
