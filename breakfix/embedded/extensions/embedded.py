"""Whole objects inside of custom resources (x-kubernetes-embedded-resource)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from breakfix.embedded.fields import FieldError, invalid, required
from breakfix.embedded.kinds.metadata import validate_object_meta
from breakfix.embedded.kinds.names import dns1035_label, path_segment
from breakfix.embedded.objects import Object
from breakfix.embedded.schema.types import Schema


def has_embedded(schema: Schema) -> bool:
    """Can there be such objects?"""
    parts = [*schema.fields.values(), schema.values, schema.items]
    return schema.embedded_resource or any(p is not None and has_embedded(p) for p in parts)


def embedded(schema: Schema, value: Any, path: str = "") -> Iterator[FieldError]:
    """What is wrong with the type and the metadata of those in a value."""
    if isinstance(value, dict):
        if schema.embedded_resource:
            yield from _resource(value, path)
        for name, part in value.items():
            known = schema.at(name)
            if known is not None:
                inner = f".{name}" if name in schema.fields else f"[{name}]"
                yield from embedded(known, part, f"{path}{inner}".removeprefix("."))
    elif isinstance(value, list) and schema.items is not None:
        for at, part in enumerate(value):
            yield from embedded(schema.items, part, f"{path}[{at}]")


def _resource(value: Object, path: str) -> Iterator[FieldError]:
    for name in ("apiVersion", "kind"):
        if name not in value:
            yield required(f"{path}.{name}")
        elif wrong := _type_error(name, value[name]):
            yield invalid(f"{path}.{name}", value[name], wrong)
    if isinstance(value.get("metadata"), dict):
        inside = bool(value["metadata"].get("namespace"))
        meta = {"name": "fakename"} | value["metadata"]  # it need not have a name
        yield from validate_object_meta(
            {"metadata": meta}, inside, path_segment, f"{path}.metadata", legacy_finalizers=False
        )


def _type_error(name: str, found: Any) -> str:
    if not isinstance(found, str):
        return "must be a string"
    if not found:
        return "must not be empty"
    if name == "apiVersion":
        return f"unexpected GroupVersion string: {found}" if found.count("/") > 1 else ""
    wrong = ",".join(dns1035_label(found.lower()))
    return f"may have mixed case, but should otherwise match: {wrong}" if wrong else ""
