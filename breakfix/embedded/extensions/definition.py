"""CustomResourceDefinitions themselves: defaults and what is kept at each write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from breakfix.embedded.extensions import naming
from breakfix.embedded.extensions.formats import CHECKS
from breakfix.embedded.extensions.naming import stored_versions
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds.strategy import WHOLE_METADATA, Strategy
from breakfix.embedded.objects import Object

_QUIET_FORMATS = frozenset({"int32", "int64", "float", "double", "password", "int-or-string"})


class CustomResourceDefinition(Strategy):
    """apiextensions.k8s.io/v1."""

    unconditional_update = False
    status_keeps = WHOLE_METADATA

    def default_(self, item: Object) -> None:
        spec = item.setdefault("spec", {})
        names = spec.setdefault("names", {})
        kind = names.get("kind") or ""
        if kind and not names.get("singular"):
            names["singular"] = kind.lower()
        if kind and not names.get("listKind"):
            names["listKind"] = f"{kind}List"
        conversion = spec.setdefault("conversion", {"strategy": "None"})
        service = ((conversion.get("webhook") or {}).get("clientConfig") or {}).get("service")
        if service:
            service.setdefault("port", 443)

    def prepare_create(self, item: Object) -> None:
        item["status"] = {"storedVersions": stored_versions({"spec": _spec(item)})}

    def prepare_update(self, item: Object, old: Object) -> None:
        del old
        found = stored_versions({"spec": _spec(item), "status": item.get("status")})
        item["status"] = {**(item.get("status") or {}), "storedVersions": found}

    def validate(self, item: Object) -> list[FieldError]:
        from breakfix.embedded.extensions.definition_checks import check_definition

        return check_definition(item)

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        from breakfix.embedded.extensions.definition_checks import check_update

        return check_update(item, old)

    def prepare_deletion(self, item: Object, now: datetime) -> None:
        naming.prepare_deletion(item, now)

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        known = set(_unknown_formats(old)) if old else set()
        found = dict.fromkeys(f for f in _unknown_formats(item) if f not in known)
        return [f'unrecognized format "{f}"' for f in found]


def _spec(item: Object) -> Object:
    spec = item.get("spec") or {}
    versions = [v for v in spec.get("versions") or [] if v.get("name")]
    return {**spec, "versions": versions}


def _unknown_formats(crd: Object) -> Iterator[str]:
    for version in _spec(crd)["versions"]:
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        for node in walk(schema):
            found = node.get("format")
            if found and found not in CHECKS and found not in _QUIET_FORMATS:
                yield found


def walk(schema: Any) -> Iterator[Object]:
    """A JSONSchemaProps and all inside of it."""
    if not isinstance(schema, dict):
        return
    yield schema
    for below in (schema.get("properties") or {}).values():
        yield from walk(below)
    for name in ("items", "additionalProperties", "not"):
        yield from walk(schema.get(name))
    for name in ("allOf", "anyOf", "oneOf"):
        for below in schema.get(name) or ():
            yield from walk(below)


STRATEGIES: dict[str, Strategy] = {
    "customresourcedefinitions.apiextensions.k8s.io": CustomResourceDefinition()
}
