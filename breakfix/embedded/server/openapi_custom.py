"""The definitions of custom resources, as OpenAPI documents show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from breakfix.embedded.objects import Object

REF = "#/components/schemas/"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_DOCS = "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md"
_API_VERSION = (
    "APIVersion defines the versioned schema of this representation of an object. Servers should "
    "convert recognized schemas to the latest internal value, and may reject unrecognized values. "
    f"More info: {_DOCS}#resources"
)
_KIND = (
    "Kind is a string value representing the REST resource this object represents. Servers may "
    "infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. "
    f"More info: {_DOCS}#types-kinds"
)
_EMBEDDED_API_VERSION = (
    "apiVersion defines the versioned schema of this representation of an object. "
    f"More info: {_DOCS}#resources"
)
_EMBEDDED_KIND = (
    "kind is a string value representing the type of this object. In CamelCase. "
    f"More info: {_DOCS}#types-kinds"
)
_OBJECT_META = {
    "description": f"Standard object's metadata. More info: {_DOCS}#metadata",
    "allOf": [{"$ref": f"{REF}{_META}ObjectMeta"}],
}


@dataclass(frozen=True)
class CustomDefinition:
    """One served version of a CRD; `schema_json` is its openAPIV3Schema (None: none)."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    schema_json: Object | None = None
    list_kind: str = ""
    subresources: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """As in an object."""
        return f"{self.group}/{self.version}"

    @property
    def name(self) -> str:
        """Of the definition: "com.example.stable.v1.CronTab"."""
        return f"{'.'.join(reversed(self.group.split('.')))}.{self.version}.{self.kind}"

    @property
    def list_name(self) -> str:
        """Of the definition of its list."""
        return self.name.removesuffix(self.kind) + (self.list_kind or f"{self.kind}List")


def definitions(custom: CustomDefinition, *, v2: bool = False) -> dict[str, Object]:
    """The definitions of a kind and its list, for OpenAPI v3 (or v2, with references of v3)."""
    return {custom.name: _resource(custom, v2=v2), custom.list_name: _list(custom)}


def _gvk(custom: CustomDefinition, kind: str) -> list[Object]:
    return [{"group": custom.group, "kind": kind, "version": custom.version}]


def _resource(custom: CustomDefinition, *, v2: bool) -> Object:
    source = custom.schema_json or {"type": "object"}
    found: Object = _schema_v2(source, root=True) if v2 else _schema(source)
    found["type"] = "object"
    if not (v2 and (source.get("x-kubernetes-preserve-unknown-fields"))):
        found["properties"] = {**found.get("properties", {}), **_type_meta()}
        found["properties"] = dict(sorted(found["properties"].items()))
    found["x-kubernetes-group-version-kind"] = _gvk(custom, custom.kind)
    return found


def _type_meta(api_version: str = _API_VERSION, kind: str = _KIND) -> Object:
    return {
        "apiVersion": {"description": api_version, "type": "string"},
        "kind": {"description": kind, "type": "string"},
        "metadata": _OBJECT_META,
    }


def _list(custom: CustomDefinition) -> Object:
    kind = custom.list_kind or f"{custom.kind}List"
    about = f"List of {custom.plural}. More info: {_DOCS}"
    items = {"description": about, "type": "array", "items": {"$ref": f"{REF}{custom.name}"}}
    metadata = {
        "description": f"Standard list metadata. More info: {_DOCS}#types-kinds",
        "allOf": [{"$ref": f"{REF}{_META}ListMeta"}],
    }
    return {
        "description": f"{kind} is a list of {custom.kind}", "type": "object",
        "required": ["items"],
        "properties": {**_type_meta(), "items": items, "metadata": metadata},
        "x-kubernetes-group-version-kind": _gvk(custom, kind),
    }  # fmt: skip


def _walk(source: Object, change: Any) -> Object:
    """A schema with `change` done to each of its parts."""
    found = dict(source)
    if isinstance(source.get("properties"), dict):
        found["properties"] = {k: change(v) for k, v in source["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(source.get(key), dict):
            found[key] = change(source[key])
    return found


def _schema(source: Object) -> Object:
    """As it stands, with what the server adds."""
    found = _walk(source, _schema)
    if source.get("x-kubernetes-int-or-string") and "anyOf" not in found and "allOf" not in found:
        found["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    if source.get("x-kubernetes-embedded-resource"):
        found["required"] = [*dict.fromkeys([*found.get("required", ()), "kind", "apiVersion"])]
        own = _type_meta(_EMBEDDED_API_VERSION, _EMBEDDED_KIND)
        found["properties"] = {**found.get("properties", {}), **own}
    return found


_NOT_IN_V2 = ("oneOf", "anyOf", "allOf", "not", "nullable", "default")
_KEPT_OPEN = (
    "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "description",
)  # fmt: skip


def _schema_v2(source: Object, *, root: bool = False) -> Object:
    """Without what Swagger 2 does not know; open where clients must not judge."""
    if source.get("x-kubernetes-preserve-unknown-fields"):
        kept = ("description",) if root else _KEPT_OPEN
        return {k: source[k] for k in kept if k in source}
    found = {k: v for k, v in _walk(source, _schema_v2).items() if k not in _NOT_IN_V2}
    if source.get("nullable"):
        for key in ("type", "items", "properties"):
            found.pop(key, None)
    if source.get("x-kubernetes-int-or-string"):
        found.pop("type", None)
    return found
