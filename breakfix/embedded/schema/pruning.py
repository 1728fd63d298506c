"""Takes out of a custom resource what its structural schema does not know."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.objects import Object
from breakfix.embedded.schema.types import Schema

_META = ("apiVersion", "kind", "metadata")
_NOTHING = Schema()  # knows no field


def prune(schema: Schema, item: Object, *, is_resource: bool = True) -> list[str]:
    """Drop unknown fields in place; their paths, as "spec.ports[0].foo".

    apiVersion, kind and metadata of a resource (and of an embedded one) stay.
    """
    gone: list[str] = []
    _object(schema, item, "", is_resource or schema.embedded_resource, gone)
    return gone


def _value(schema: Schema, value: Any, path: str, gone: list[str], kept: bool = False) -> None:
    """`kept`: a list around it keeps what it does not know."""
    kept = kept or schema.preserve_unknown
    if isinstance(value, dict):
        _object(schema, value, path, schema.embedded_resource, gone, kept)
    elif isinstance(value, list) and (schema.items is not None or not kept):
        for at, part in enumerate(value):
            _value(schema.items or _NOTHING, part, f"{path}[{at}]", gone, kept)


def _object(
    schema: Schema, value: Object, path: str, resource: bool, gone: list[str], kept: bool = False
) -> None:
    unknown = []
    for key, part in value.items():
        if resource and key in _META:
            continue
        known = schema.at(key)
        if known is not None:
            _value(known, part, f"{path}.{key}" if path else key, gone)
        elif not kept and not schema.preserve_unknown:
            unknown.append(key)
    for key in unknown:
        del value[key]
        gone.append(f"{path}.{key}" if path else key)
