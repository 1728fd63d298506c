"""What is wrong with an openAPIV3Schema: it must be structural, and its rules compile.

Facts from apiextensions-apiserver/pkg/apiserver/schema and .../apis/apiextensions/validation.
"""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.embedded import fields as f
from breakfix.embedded.extensions.schema_junctors import check_complete, check_junctors
from breakfix.embedded.extensions.schema_keywords import below, check_keywords
from breakfix.embedded.extensions.schema_rules import check_rules
from breakfix.embedded.extensions.structural import structural
from breakfix.embedded.extensions.values import check
from breakfix.embedded.fields import FieldError
from breakfix.embedded.objects import Object, clone

_NOT_WITH_STATUS = (
    "allOf", "anyOf", "oneOf", "not", "additionalProperties", "items", "nullable", "default",
    "minProperties", "maxProperties", "x-kubernetes-embedded-resource", "x-kubernetes-map-type",
)  # fmt: skip
_WITH_STATUS = (
    "[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength "
    "MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties "
    "ExternalDocs Example XPreserveUnknownFields XValidations]"
)
_LEVEL_WORDS = {
    "root": "must not be empty at the root", "item": "must not be empty for specified array items",
    "field": "must not be empty for specified object fields",
}  # fmt: skip


def check_schema(schema: Object, path: str, has_status: bool) -> list[FieldError]:
    """All errors of a version's schema."""
    found = list(_root(schema, path, has_status))
    invariants = sorted(_structural(schema, path, "root"), key=str)
    invariants += list(check_complete(schema, schema, path, path))
    found += invariants or list(_defaults(schema, path))
    found += list(check_keywords(schema, path))
    if not found:
        found += check_rules(schema, path)
    return found


def _root(schema: Object, path: str, has_status: bool) -> Iterator[FieldError]:
    if has_status and schema.get("type", "") != "object":
        yield f.invalid(
            f"{path}.type", schema.get("type", ""), 'only "object" is allowed as the type at '
            "the root of the schema if the status subresource is enabled",
        )  # fmt: skip
    elif has_status and (more := [k for k in schema if k in _NOT_WITH_STATUS]):
        yield f.invalid(
            path, {k: schema[k] for k in more}, f"only {_WITH_STATUS} fields are allowed at the "
            "root of the schema if the status subresource is enabled",
        )  # fmt: skip
    if schema.get("nullable"):
        yield f.forbidden(f"{path}.nullable", "nullable cannot be true at the root")


def _structural(schema: Object, path: str, level: str) -> Iterator[FieldError]:
    kind = schema.get("type") or ""
    items = schema.get("items")
    if kind == "array" and not items:
        yield f.required(f"{path}.items", "must be specified")
    if isinstance(items, dict):
        yield from _structural(items, f"{path}.items", "item")
    for name, part in (schema.get("properties") or {}).items():
        yield from _structural(part, f"{path}.properties[{name}]", "field")
    values = schema.get("additionalProperties")
    if values is not None and level == "root":
        yield f.forbidden(f"{path}.additionalProperties", "must not be used at the root")
    if isinstance(values, dict):
        yield from _structural(values, f"{path}.additionalProperties", "field")
    yield from check_junctors(schema, path)
    yield from _typed(schema, kind, path, level)
    yield from _metadata(schema, path, level)


def _typed(schema: Object, kind: str, path: str, level: str) -> Iterator[FieldError]:
    embedded = schema.get("x-kubernetes-embedded-resource")
    either = schema.get("x-kubernetes-int-or-string")
    preserved = schema.get("x-kubernetes-preserve-unknown-fields")
    if either and preserved:
        yield f.invalid(
            f"{path}.x-kubernetes-preserve-unknown-fields", True,
            "must be false if x-kubernetes-int-or-string is true",
        )  # fmt: skip
    if embedded and kind != "object":
        words = "must be object if x-kubernetes-embedded-resource is true"
        at = f"{path}.type"
        yield f.invalid(at, kind, words) if kind else f.required(at, words)
    elif not kind and not either and not preserved:
        yield f.required(f"{path}.type", _LEVEL_WORDS[level])
    if level == "root" and kind and kind != "object":
        yield f.invalid(f"{path}.type", kind, "must be object at the root")
    if embedded and not preserved and not schema.get("properties"):
        yield f.required(
            f"{path}.properties", "must not be empty if x-kubernetes-embedded-resource is true "
            "without x-kubernetes-preserve-unknown-fields",
        )  # fmt: skip


def _metadata(schema: Object, path: str, level: str) -> Iterator[FieldError]:
    properties = schema.get("properties") or {}
    if level != "root" and not schema.get("x-kubernetes-embedded-resource"):
        return
    for name in ("kind", "apiVersion"):
        if name in properties and properties[name].get("type") != "string":
            yield f.invalid(
                f"{path}.properties[{name}].type", properties[name].get("type", ""),
                "must be string",
            )  # fmt: skip
    metadata = properties.get("metadata")
    if metadata is None:
        return
    at = f"{path}.properties[metadata]"
    if metadata.get("type") != "object":
        yield f.invalid(f"{at}.type", metadata.get("type", ""), "must be object")
    if level == "root" and _says_more(metadata):
        yield f.forbidden(
            at, "must not specify anything other than name and generateName, but metadata is "
            "implicitly specified",
        )  # fmt: skip


def _says_more(metadata: Object) -> bool:
    properties = set(metadata.get("properties") or ())
    rest = set(metadata) - {"type", "default", "properties"}
    return bool(rest) or not properties <= {"name", "generateName"}


def _defaults(schema: Object, path: str) -> Iterator[FieldError]:
    """Every default must be valid, and know no unknown fields."""
    if "default" in schema and schema["default"] is not None:
        yield from _default(schema, f"{path}.default")
    for at, part in below(schema, path):
        if not any(name in at for name in (".allOf[", ".anyOf[", ".oneOf[")):
            yield from _defaults(part, at)


def _default(schema: Object, path: str) -> Iterator[FieldError]:
    from breakfix.embedded.schema.pruning import prune

    node, value = structural(schema), schema["default"]
    if isinstance(value, dict) and prune(node, clone(value), is_resource=False):
        yield f.invalid(path, value, "must not have unknown fields")
    for error in check(node, value):
        at = path if error.field == "<nil>" else f"{path}.{error.field}"
        yield type(error)(at, error.words, error.value, error.detail)
