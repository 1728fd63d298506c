"""Field errors, in the words of k8s.io/apimachinery/pkg/util/validation/field.

A validator returns a list of them; paths are texts as users see them:
`spec.containers[0].image`, `metadata.labels[app]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

_MISSING = object()

REASONS = {
    "Required value": "FieldValueRequired",
    "Invalid value": "FieldValueInvalid",
    "Duplicate value": "FieldValueDuplicate",
    "Unsupported value": "FieldValueNotSupported",
    "Forbidden": "FieldValueForbidden",
    "Not found": "FieldValueNotFound",
    "Too long": "FieldValueTooLong",
    "Too many": "FieldValueTooMany",
    "Internal error": "InternalError",
    "Invalid type": "FieldValueTypeInvalid",
}


# Fields that hold a map, wherever they are.
MAPS = frozenset(("matchLabels", "labels", "annotations", "nodeSelector", "limits", "requests"))


@dataclass(frozen=True)
class FieldError:
    """One thing that is wrong with one field."""

    field: str
    words: str  # a key of REASONS
    value: Any = _MISSING
    detail: str = ""

    @property
    def reason(self) -> str:
        """As the cause's reason in a Status."""
        return REASONS[self.words]

    def without_field(self) -> str:
        """The message of a cause."""
        shown = self.words if self.value is _MISSING else f"{self.words}: {_shown(self.value)}"
        return f"{shown}: {self.detail}" if self.detail else shown

    def __str__(self) -> str:
        return f"{self.field}: {self.without_field()}"


def _shown(value: Any) -> str:
    """As Go prints it in these messages."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return orjson.dumps(value).decode()
        case None:
            return "null"
        case int() | float():
            return str(value)
    text = orjson.dumps(_in_order(value)).decode()
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _in_order(value: Any) -> Any:
    """With the keys of maps sorted, as Go writes them; those of structs stay as they are."""
    if isinstance(value, dict):
        found = {k: _in_order(v) for k, v in value.items()}
        return found | {k: dict(sorted(v.items())) for k, v in found.items()
                        if k in MAPS and isinstance(v, dict)}  # fmt: skip
    return [_in_order(v) for v in value] if isinstance(value, list) else value


def required(field: str, detail: str = "") -> FieldError:
    """A value must be there."""
    return FieldError(field, "Required value", detail=detail)


def invalid(field: str, value: Any, detail: str = "") -> FieldError:
    """The value is malformed or out of range."""
    return FieldError(field, "Invalid value", value, detail)


def duplicate(field: str, value: Any) -> FieldError:
    """The value must be unique."""
    return FieldError(field, "Duplicate value", value)


def not_supported(field: str, value: Any, known: Sequence[str]) -> FieldError:
    """The value is none of the known ones."""
    quoted = ", ".join(f'"{k}"' for k in sorted(known))
    return FieldError(
        field, "Unsupported value", value, f"supported values: {quoted}" if quoted else ""
    )


def forbidden(field: str, detail: str) -> FieldError:
    """The value may not be set (now)."""
    return FieldError(field, "Forbidden", detail=detail)


def not_found(field: str, value: Any) -> FieldError:
    """The value refers to nothing."""
    return FieldError(field, "Not found", value)


def too_long(field: str, limit: int) -> FieldError:
    """The text is longer than `limit` bytes."""
    unit = "byte" if limit == 1 else "bytes"
    return FieldError(field, "Too long", detail=f"may not be more than {limit} {unit}")


def too_many(field: str, found: int, limit: int) -> FieldError:
    """The list has more than `limit` items."""
    unit = "item" if limit == 1 else "items"
    return FieldError(field, "Too many", found, f"must have at most {limit} {unit}")


IMMUTABLE = "field is immutable"
