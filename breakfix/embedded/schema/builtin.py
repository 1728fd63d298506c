"""The schemas of the built-in kinds, made from the recorded definitions when asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from breakfix.embedded.facts import loading
from breakfix.embedded.objects import Object
from breakfix.embedded.schema.types import Schema

_REF = "#/components/schemas/"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
# What the documents cannot say of a type with its own JSON form: type and format.
_OWN_FORM: dict[str, tuple[Any, str]] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": ("string", "quantity"),
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": ("any", "int-or-string"),
    f"{_META}Time": ("string", "date-time"),
    f"{_META}MicroTime": ("string", "micro-time"),
    f"{_META}FieldsV1": ("any", "fields-v1"),
    f"{_META}Patch": ("any", "raw"),
    "io.k8s.apimachinery.pkg.runtime.RawExtension": ("any", "raw"),
}
_made: dict[str, Schema] = {}


@cache
def _names() -> dict[tuple[str, str], str]:
    """Definitions by api version and kind."""
    found: dict[tuple[str, str], str] = {}
    for name, definition in loading.schemas().items():
        kinds = definition.get("x-kubernetes-group-version-kind", ())
        for kind in kinds if len(kinds) == 1 else [k for k in kinds if not k["group"]]:
            group = f"{kind['group']}/" if kind["group"] else ""
            found[group + kind["version"], kind["kind"]] = name
    return found


def definition_of(api_version: str, kind: str) -> str:
    """The name of the OpenAPI definition of a kind, "" for an unknown one."""
    return _names().get((api_version, kind), "")


def schema_of(api_version: str, kind: str) -> Schema | None:
    """The schema of a kind; None for one that is not built in."""
    name = definition_of(api_version, kind)
    return schema_by_definition(name) if name else None


def schema_by_definition(name: str) -> Schema:
    """The schema of a definition, "io.k8s.api.core.v1.PodSpec". Raises KeyError."""
    found = _made.get(name)
    if found is None:
        definition = loading.schemas()[name]
        found = _made[name] = Schema(definition=name)  # known before its parts: circles
        _fill(found, definition)
        if name in _OWN_FORM:
            found.type, found.format = _OWN_FORM[name]
            found.preserve_unknown = found.type == "any"
    return found


def _fill(schema: Schema, source: Object) -> None:
    schema.type = source.get("type", "any")
    schema.format = source.get("format", "")
    schema.preserve_unknown = schema.type == "any"
    schema.required = frozenset(source.get("required", ()))
    schema.fields = {k: _node(v) for k, v in source.get("properties", {}).items()}
    if "additionalProperties" in source:
        schema.values = _node(source["additionalProperties"])
    if "items" in source:
        schema.items = _node(source["items"])
    _extend(schema, source)


def _extend(schema: Schema, source: Object) -> None:
    schema.list_type = source.get("x-kubernetes-list-type", "atomic")
    schema.list_map_keys = tuple(source.get("x-kubernetes-list-map-keys", ()))
    schema.map_type = source.get("x-kubernetes-map-type", "granular")
    strategies = source.get("x-kubernetes-patch-strategy", "")
    schema.patch_strategy = frozenset(filter(None, strategies.split(",")))
    schema.patch_merge_key = source.get("x-kubernetes-patch-merge-key", "")
    if source.get("default", {}) not in ({}, "", 0, False):
        schema.default = source["default"]
    if "enum" in source:
        schema.extra["enum"] = source["enum"]
    inlined = [k for k, v in source.get("properties", {}).items() if v.get("default") == {}]
    if inlined:  # structs that are no pointers
        schema.extra["inlined"] = frozenset(inlined)


def _node(source: Object) -> Schema:
    """The schema of a field: its own one, or a definition's with what the field adds."""
    refers = source.get("$ref") or next((p["$ref"] for p in source.get("allOf", ())), "")
    if not refers:
        found = Schema()
        _fill(found, source)
        return found
    shared = schema_by_definition(refers.removeprefix(_REF))
    if not any(key.startswith("x-kubernetes-") for key in source):
        return shared
    # A copy that shares the parts. Fields of circles never add anything, so they are there.
    found = replace(shared)
    found.map_type = source.get("x-kubernetes-map-type", shared.map_type)
    strategies = source.get("x-kubernetes-patch-strategy", "")
    found.patch_strategy = frozenset(filter(None, strategies.split(",")))
    return found
