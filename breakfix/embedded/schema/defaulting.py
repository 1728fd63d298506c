"""Fills in the defaults that a schema states."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.objects import Object, clone
from breakfix.embedded.schema.types import UNSET, Schema


def apply_defaults(schema: Schema, item: Object) -> None:
    """Fill in, in place, what is not there; for custom resources as for built-in kinds.

    A null that the schema does not allow counts as absent: its default replaces it, and it
    goes where there is none. The zero values that OpenAPI lists for plain Go fields are no
    defaults and never appear.
    """
    for name, field in schema.fields.items():
        if field.default is not UNSET and (name not in item or _is_refused(field, item[name])):
            item[name] = clone(field.default)
    gone = []
    for name, value in item.items():
        known = schema.at(name)
        if known is None:
            continue
        if not _is_refused(known, value):
            _value(known, value)
        elif known.default is not UNSET:
            item[name] = clone(known.default)
        else:
            gone.append(name)
    for name in gone:
        del item[name]


def _is_refused(schema: Schema, value: Any) -> bool:
    return value is None and not schema.nullable


def _value(schema: Schema, value: Any) -> None:
    if isinstance(value, dict):
        apply_defaults(schema, value)
    elif isinstance(value, list) and schema.items is not None:
        for at, part in enumerate(value):
            if _is_refused(schema.items, part) and schema.items.default is not UNSET:
                value[at] = clone(schema.items.default)
            else:
                _value(schema.items, part)
