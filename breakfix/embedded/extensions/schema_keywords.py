"""Which keywords a structural schema may have, and together with which others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from breakfix.embedded import fields as f
from breakfix.embedded.fields import FieldError
from breakfix.embedded.objects import Object

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_UNSUPPORTED = (
    "id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref",
)  # fmt: skip


def check_keywords(schema: Any, path: str) -> Iterator[FieldError]:
    """What is no part of structural schemas, anywhere."""
    kind = schema.get("type") or ""
    if kind and kind not in _TYPES:
        yield f.not_supported(f"{path}.type", kind, _TYPES)
    for name in _UNSUPPORTED:
        if schema.get(name):
            yield f.forbidden(f"{path}.{name}", f"{name} is not supported")
    if schema.get("uniqueItems"):
        yield f.forbidden(
            f"{path}.uniqueItems",
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
        )
    if schema.get("properties") and schema.get("additionalProperties"):
        yield f.forbidden(
            f"{path}.additionalProperties",
            "additionalProperties and properties are mutual exclusive",
        )
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        yield f.invalid(
            f"{path}.x-kubernetes-preserve-unknown-fields", False, "must be true or undefined"
        )
    yield from _collections(schema, kind, path)
    for at, part in below(schema, path):
        yield from check_keywords(part, at)


def below(schema: Object, path: str) -> Iterator[tuple[str, Object]]:
    """The schemas inside of one, with their paths."""
    for name in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(name), dict):
            yield f"{path}.{name}", schema[name]
    for name, part in (schema.get("properties") or {}).items():
        yield f"{path}.properties[{name}]", part
    for name in ("allOf", "anyOf", "oneOf"):
        for index, part in enumerate(schema.get(name) or []):
            yield f"{path}.{name}[{index}]", part


def _collections(schema: Object, kind: str, path: str) -> Iterator[FieldError]:
    for name, wanted, known in (
        ("x-kubernetes-map-type", "object", ("atomic", "granular")),
        ("x-kubernetes-list-type", "array", ("atomic", "set", "map")),
    ):
        value = schema.get(name)
        if value is None:
            continue
        if kind != wanted:
            words, at = f"must be {wanted} if {name} is specified", f"{path}.type"
            yield f.invalid(at, kind, words) if kind else f.required(at, words)
        if value not in known:
            yield f.not_supported(f"{path}.{name}", value, known)
    keys, at = schema.get("x-kubernetes-list-map-keys") or [], f"{path}.x-kubernetes-list-map-keys"
    if schema.get("x-kubernetes-list-type") == "map":
        yield from _map_list(schema, keys, at, path)
    elif keys:
        words = "must be map if x-kubernetes-list-map-keys is non-empty"
        kind, where = schema.get("x-kubernetes-list-type") or "", f"{path}.x-kubernetes-list-type"
        yield f.invalid(where, kind, words) if kind else f.required(where, words)


def _map_list(schema: Object, keys: list[str], at: str, path: str) -> Iterator[FieldError]:
    if not keys:
        yield f.required(at, "must not be empty if x-kubernetes-list-type is map")
    items = schema.get("items")
    if not isinstance(items, dict):
        yield f.required(f"{path}.items", "must have a schema if x-kubernetes-list-type is map")
        return
    if items.get("type") != "object":
        yield f.invalid(
            f"{path}.items.type", items.get("type", ""),
            "must be object if parent array's x-kubernetes-list-type is map",
        )  # fmt: skip
        return
    properties, required = items.get("properties") or {}, items.get("required") or []
    for key in keys:
        if key not in properties:
            yield f.invalid(at, keys, "entries must all be names of item properties")
        elif key not in required and "default" not in properties[key]:
            yield f.required(
                f"{path}.items.properties[{key}].default", "this property is in "
                "x-kubernetes-list-map-keys, so it must have a default or be a required property",
            )  # fmt: skip
    if len(set(keys)) < len(keys):
        yield f.invalid(at, keys, "must not contain duplicate entries")
