"""Small schemas and objects for the tests of this room."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.objects import Object
from breakfix.embedded.schema.types import Schema

TEXT = Schema(type="string")
NUMBER = Schema(type="integer")
NOW = "2026-01-01T00:00:00Z"
LATER = "2026-01-01T00:01:00Z"


def struct(**fields: Schema) -> Schema:
    return Schema(type="object", fields=fields)


def widget_schema() -> Schema:
    """A custom kind with every way in which lists and maps can be owned."""
    item = struct(name=TEXT, proto=Schema(type="string", default="TCP"), value=TEXT)
    spec = struct(
        replicas=NUMBER,
        name=TEXT,
        tags=Schema(type="array", items=TEXT, list_type="set"),
        items=Schema(
            type="array", items=item, list_type="map", list_map_keys=("name", "proto")
        ),
        whole=Schema(type="object", values=TEXT, map_type="atomic"),
        words=Schema(type="array", items=TEXT),
        labels=Schema(type="object", values=TEXT),
        free=Schema(type="object", preserve_unknown=True),
    )  # fmt: skip
    meta = struct(
        name=TEXT, namespace=TEXT, uid=TEXT, resourceVersion=TEXT,
        labels=Schema(type="object", values=TEXT),
        annotations=Schema(type="object", values=TEXT),
        managedFields=Schema(type="array"),
    )  # fmt: skip
    status = struct(phase=TEXT)
    return struct(apiVersion=TEXT, kind=TEXT, metadata=meta, spec=spec, status=status)


WIDGET = widget_schema()


def widget(spec: Object | None = None, **rest: Any) -> Object:
    metadata = {"name": "w", "namespace": "default"} | rest.pop("metadata", {})
    found = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata}
    return found | ({"spec": spec} if spec is not None else {}) | rest


def owned(entries: list[Object]) -> dict[str, Any]:
    """The fields of each manager, as "name/Operation"."""
    return {f"{e['manager']}/{e['operation']}": e["fieldsV1"] for e in entries}
