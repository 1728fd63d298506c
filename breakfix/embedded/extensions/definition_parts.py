"""What is wrong with names, subresources, columns and conversion of a CRD."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from breakfix.embedded import fields as f
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds import names
from breakfix.embedded.objects import Object

_COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
_COLUMN_FORMATS = (
    "byte", "date", "date-time", "double", "float", "int32", "int64", "password",
)  # fmt: skip
_MIXED = "may have mixed case, but should otherwise match: "
_REVIEWS = ("v1", "v1beta1")
MAX_SELECTABLE = 8


def check_names(given: Object) -> Iterator[FieldError]:
    """spec.names."""
    path = "spec.names"
    for name in ("plural", "singular", "kind", "listKind"):
        if not given.get(name):
            yield f.required(f"{path}.{name}")
    for name in ("plural", "singular"):
        yield from _label(given.get(name), f"{path}.{name}")
    for name in ("kind", "listKind"):
        yield from _mixed(given.get(name) or "", f"{path}.{name}")
    for index, short in enumerate(given.get("shortNames") or []):
        yield from _label(short, f"{path}.shortNames[{index}]")
    if given.get("kind") and given["kind"] == given.get("listKind"):
        yield f.invalid(
            f"{path}.listKind", given["listKind"], "kind and listKind may not be the same"
        )
    for index, category in enumerate(given.get("categories") or []):
        yield from _label(category, f"{path}.categories[{index}]")


def _mixed(value: str, path: str) -> Iterator[FieldError]:
    if value and (found := names.dns1035_label(value.lower())):
        yield f.invalid(path, value, _MIXED + ",".join(found))


def _label(value: Any, path: str) -> Iterator[FieldError]:
    if value and (found := names.dns1035_label(value)):
        yield f.invalid(path, value, ",".join(found))


def check_subresources(given: Object, path: str) -> Iterator[FieldError]:
    """The paths of a scale."""
    scale = given.get("scale")
    if not scale:
        return
    for name, under in (("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")):
        at, value = f"{path}.scale.{name}", scale.get(name) or ""
        if not value:
            yield f.required(at)
        elif found := list(_simple_path(value, at)):
            yield from found
        elif not value.startswith(under):
            yield f.invalid(at, value, f"should be a json path under {under.rstrip('.')}")
    yield from _selector_path(
        scale.get("labelSelectorPath") or "", f"{path}.scale.labelSelectorPath"
    )


def _selector_path(selector: str, at: str) -> Iterator[FieldError]:
    if not selector:
        return
    if found := list(_simple_path(selector, at)):
        yield from found
    elif not selector.startswith((".spec.", ".status.")):
        yield f.invalid(at, selector, "should be a json path under either .spec or .status")


def _simple_path(value: str, path: str) -> Iterator[FieldError]:
    if not value.startswith("."):
        yield f.invalid(path, value, "must be a simple json path starting with .")


def check_columns(column: Object, path: str) -> Iterator[FieldError]:
    """One of additionalPrinterColumns."""
    if not column.get("name"):
        yield f.required(f"{path}.name")
    kind = column.get("type") or ""
    words = f"must be one of {','.join(_COLUMN_TYPES)}"
    if not kind:
        yield f.required(f"{path}.type", words)
    elif kind not in _COLUMN_TYPES:
        yield f.invalid(f"{path}.type", kind, words)
    format = column.get("format")
    if format and format not in _COLUMN_FORMATS:
        yield f.invalid(f"{path}.format", format, f"must be one of {','.join(_COLUMN_FORMATS)}")
    where = column.get("jsonPath") or ""
    if not where:
        yield f.required(f"{path}.JSONPath")
    else:
        yield from _simple_path(where, f"{path}.JSONPath")


def check_selectable(given: list[Object], schema: Object, path: str) -> Iterator[FieldError]:
    """SelectableFields against the version's schema."""
    seen: set[str] = set()
    for index, one in enumerate(given):
        at, where = f"{path}[{index}].jsonPath", one.get("jsonPath") or ""
        if not where:
            yield f.required(at)
            continue
        node = _find(schema, where)
        if node is None:
            yield f.invalid(at, where, "is an invalid path: does not refer to a valid field")
            continue
        if where.startswith(".metadata"):
            yield f.invalid(at, where, "must not point to fields in metadata")
        if node.get("type") not in {"string", "boolean", "integer"}:
            yield f.invalid(
                at, where, "must point to a field of type string, boolean or integer. Enum "
                "string fields and strings with formats are allowed.",
            )  # fmt: skip
        if where in seen:
            yield f.duplicate(at, where)
        seen.add(where)
    if len(seen) > MAX_SELECTABLE:
        yield f.too_many(path, len(seen), MAX_SELECTABLE)


def _find(schema: Object, path: str) -> Object | None:
    if not path.startswith("."):
        return None
    node: Any = schema
    for name in path[1:].split("."):
        node = (node.get("properties") or {}).get(name)
        if not isinstance(node, dict):
            return None
    found: Object = node
    return found


def check_conversion(given: Object) -> Iterator[FieldError]:
    """spec.conversion."""
    path, strategy = "spec.conversion", given.get("strategy") or ""
    if not strategy:
        yield f.required(f"{path}.strategy")
    elif strategy not in {"None", "Webhook"}:
        yield f.not_supported(f"{path}.strategy", strategy, ["None", "Webhook"])
    webhook = given.get("webhook") or {}
    if strategy == "Webhook":
        yield from _webhook(webhook, path)
        return
    if webhook.get("clientConfig"):
        yield f.forbidden(
            f"{path}.webhookClientConfig", "should not be set when strategy is not set to Webhook"
        )
    if webhook.get("conversionReviewVersions"):
        yield f.forbidden(
            f"{path}.conversionReviewVersions",
            "should not be set when strategy is not set to Webhook",
        )


def _webhook(webhook: Object, path: str) -> Iterator[FieldError]:
    from breakfix.embedded.kinds.admissionregistration.clients import check_service, check_url

    client, at = webhook.get("clientConfig"), f"{path}.webhookClientConfig"
    if not client:
        yield f.required(at, "required when strategy is set to Webhook")
    elif bool(client.get("url")) == bool(client.get("service")):
        yield f.required(at, "exactly one of url or service is required")
    elif client.get("url"):
        yield from check_url(client["url"], f"{at}.url")
    else:
        yield from check_service(client["service"], f"{at}.service")
    versions, at = webhook.get("conversionReviewVersions") or [], f"{path}.conversionReviewVersions"
    if not versions:
        yield f.required(at)
    elif not any(v in _REVIEWS for v in versions):
        yield f.invalid(at, versions, f"must include at least one of {', '.join(_REVIEWS)}")
