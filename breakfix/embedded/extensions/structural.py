"""A CRD's openAPIV3Schema as the same structure that built-in kinds have.

Value validations are kept in `extra` under their OpenAPI names; `allOf`, `anyOf`, `oneOf`
and `not` there hold schemas.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from breakfix.embedded.objects import Object
from breakfix.embedded.schema.builtin import schema_by_definition
from breakfix.embedded.schema.types import UNSET, Schema

VALUE_VALIDATIONS = (
    "enum", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems",
    "minProperties", "maxProperties", "x-kubernetes-validations", "title", "description",
)  # fmt: skip
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def structural(schema: Object) -> Schema:
    """The structure of a JSONSchemaProps. Never raises: what is malformed is left out."""
    node = Schema(
        type=schema.get("type") or "any",
        fields={k: structural(v) for k, v in (schema.get("properties") or {}).items()},
        required=frozenset(schema.get("required") or ()),
        values=_values(schema.get("additionalProperties")),
        items=structural(schema["items"]) if isinstance(schema.get("items"), dict) else None,
        list_type=schema.get("x-kubernetes-list-type") or "atomic",
        list_map_keys=tuple(schema.get("x-kubernetes-list-map-keys") or ()),
        map_type=schema.get("x-kubernetes-map-type") or "granular",
        format=schema.get("format") or "",
        default=schema.get("default", UNSET),
        nullable=bool(schema.get("nullable")),
        preserve_unknown=bool(schema.get("x-kubernetes-preserve-unknown-fields")),
        embedded_resource=bool(schema.get("x-kubernetes-embedded-resource")),
        extra=_extra(schema),
    )
    if schema.get("x-kubernetes-int-or-string"):
        node.type, node.format = "any", "int-or-string"
    if node.embedded_resource:
        _resource_fields(node)
    return node


def _values(schema: Any) -> Schema | None:
    if isinstance(schema, dict):
        return structural(schema)
    return Schema(preserve_unknown=True) if schema else None


def _extra(schema: Object) -> dict[str, Any]:
    extra = {k: schema[k] for k in VALUE_VALIDATIONS if k in schema}
    for name in ("allOf", "anyOf", "oneOf"):
        if schema.get(name):
            extra[name] = [structural(s) for s in schema[name]]
    if schema.get("not"):
        extra["not"] = structural(schema["not"])
    return extra


def _resource_fields(node: Schema) -> None:
    """What every resource has, whether its schema says so or not."""
    node.fields.setdefault("apiVersion", Schema(type="string"))
    node.fields.setdefault("kind", Schema(type="string"))
    node.fields.setdefault("metadata", Schema(type="object", preserve_unknown=True))


def version_of(crd: Object, name: str) -> Object:
    """A version of spec.versions. Raises KeyError."""
    for version in crd["spec"]["versions"]:
        if version["name"] == name:
            found: Object = version
            return found
    raise KeyError(name)


def schema_of(crd: Object, version: str) -> Schema:
    """The structure of a version's objects, with their apiVersion, kind and metadata."""
    given = (version_of(crd, version).get("schema") or {}).get("openAPIV3Schema")
    node = structural(given or {"type": "object", "x-kubernetes-preserve-unknown-fields": True})
    if crd["spec"].get("preserveUnknownFields"):
        node.preserve_unknown = True
    _resource_fields(node)
    node.definition = f"{crd['spec']['group']}.{version}.{crd['spec']['names']['kind']}"
    return node


def with_metadata(schema: Schema, *, is_resource: bool = True) -> Schema:
    """The same, with all that is known of the metadata of a resource, and of the resources in
    it: what server-side apply goes by. Shares the parts that have none."""
    fields = {k: with_metadata(s, is_resource=False) for k, s in schema.fields.items()}
    if is_resource or schema.embedded_resource:
        fields["metadata"] = replace(schema_by_definition(_META), definition="")
    values = with_metadata(schema.values, is_resource=False) if schema.values else None
    items = with_metadata(schema.items, is_resource=False) if schema.items else None
    if values is schema.values and items is schema.items and fields == schema.fields:
        return schema
    return replace(schema, fields=fields, values=values, items=items)
