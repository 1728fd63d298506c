"""Validation of labels and of metav1.LabelSelector."""

from __future__ import annotations

from collections.abc import Mapping

from breakfix.embedded.fields import FieldError, forbidden, invalid, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import Errors, each
from breakfix.embedded.objects import Object


def labels(path: str, found: Mapping[str, str] | None) -> Errors:
    """Keys and values of a map of labels; errors are at the map itself."""
    for key, value in (found or {}).items():
        yield from each(path, key, names.qualified_name(key))
        yield from each(path, value, names.label_value(value))


def validate_labels(found: Mapping[str, str] | None, path: str) -> list[FieldError]:
    """What is wrong with a map of labels."""
    return list(labels(path, found))


def validate_label_selector(
    selector: Object | None, path: str, allow_invalid_values: bool = False
) -> list[FieldError]:
    """What is wrong with a LabelSelector; none at all is fine."""
    if not selector:
        return []
    errors = list(labels(f"{path}.matchLabels", selector.get("matchLabels")))
    for i, expression in enumerate(selector.get("matchExpressions") or []):
        errors += requirement(expression, f"{path}.matchExpressions[{i}]", allow_invalid_values)
    return errors


def requirement(expression: Object, path: str, allow_invalid_values: bool = False) -> Errors:
    """One of matchExpressions."""
    values = expression.get("values") or []
    match expression.get("operator", ""):
        case "In" | "NotIn":
            if not values:
                yield required(
                    f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'"
                )
        case "Exists" | "DoesNotExist":
            if values:
                yield forbidden(
                    f"{path}.values",
                    "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
                )
        case operator:
            yield invalid(f"{path}.operator", operator, "not a valid selector operator")
    key = expression.get("key", "")
    yield from each(f"{path}.key", key, names.qualified_name(key))
    for i, value in enumerate(() if allow_invalid_values else values):
        yield from each(f"{path}.values[{i}]", value, names.label_value(value))
