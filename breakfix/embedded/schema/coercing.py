"""What a custom resource keeps of what a client sends: what its CRD knows, and metadata."""

from __future__ import annotations

from typing import Any

import orjson

from breakfix.embedded.fields import invalid
from breakfix.embedded.objects import Object
from breakfix.embedded.schema.builtin import schema_by_definition
from breakfix.embedded.schema.conforming import DecodingError, conform
from breakfix.embedded.schema.pruning import prune
from breakfix.embedded.schema.types import Schema

_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def coerce(item: Object, schema: Schema | None) -> list[str]:
    """Drop in place what nobody knows; it as strict decoding errors. Raises DecodingError.

    First the metadata, then what the schema does not know, then the metadata of embedded
    resources, as Kubernetes tells them.
    """
    found = _metadata(item, "metadata")
    if schema is None:
        return found
    found += [_unknown(path) for path in sorted(prune(schema, item))]
    embedded: list[str] = []
    for name, part in item.items():
        if name in schema.fields and name != "metadata":
            _embedded(part, schema.fields[name], name, embedded)
    return found + sorted(embedded)


def _unknown(path: str) -> str:
    return f'unknown field "{path}"'


def _metadata(item: Object, path: str) -> list[str]:
    """Only what ObjectMeta has, with its types."""
    value = item.get("metadata")
    if value is None:
        return []
    if not isinstance(value, dict):
        conform({"metadata": value}, Schema(type="object", fields={"metadata": _object_meta()}))
    words = conform(value, _object_meta()).found
    start = 'unknown field "'
    return [_unknown(f"{path}.{w.removeprefix(start)[:-1]}") for w in words]


def _object_meta() -> Schema:
    return schema_by_definition(_META)


def _embedded(value: Any, schema: Schema, path: str, found: list[str]) -> None:
    """The resources inside of a value."""
    if isinstance(value, dict):
        if schema.embedded_resource:
            found += _resource(value, path)
        for name, part in value.items():
            known = schema.at(name)
            if known is not None:
                inner = f"{path}.{name}" if name in schema.fields else f"{path}[{name}]"
                _embedded(part, known, inner, found)
    elif isinstance(value, list) and schema.items is not None:
        for at, part in enumerate(value):
            _embedded(part, schema.items, f"{path}[{at}]", found)


def _resource(value: Object, path: str) -> list[str]:
    for name in ("apiVersion", "kind"):
        if not isinstance(value.get(name, ""), str):
            raise DecodingError(str(invalid(f"{path}.{name}", value[name], "must be a string")))
    sent = orjson.dumps(value.get("metadata"), option=orjson.OPT_SORT_KEYS)
    try:
        return _metadata(value, f"{path}.metadata")
    except DecodingError as error:
        raise DecodingError(
            str(invalid(f"{path}.metadata", orjson.loads(sent), str(error)))
        ) from None
