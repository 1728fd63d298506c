"""Defaults that came into a schema after an object was stored: they show when it is read."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.schema.types import UNSET, Schema


def defaults_in(schema: Schema) -> Schema | None:
    """The part of a schema that has defaults, None where there are none."""
    fields = {k: part for k, s in schema.fields.items() if (part := _kept(s)) is not None}
    values = defaults_in(schema.values) if schema.values else None
    items = _kept(schema.items) if schema.items else None
    if not fields and values is None and items is None:
        return None
    return Schema(
        schema.type, fields, values=values, items=items, nullable=schema.nullable,
        default=schema.default,
    )  # fmt: skip


def _kept(schema: Schema) -> Schema | None:
    found = defaults_in(schema)
    if found is None and schema.default is not UNSET:
        return Schema(schema.type, default=schema.default, nullable=schema.nullable)
    return found


def lacks(schema: Schema, value: Any) -> bool:
    """Is there a default in the schema that the value does not have?"""
    if isinstance(value, list):
        return schema.items is not None and any(lacks(schema.items, item) for item in value)
    if not isinstance(value, dict):
        return False
    for name, part in schema.fields.items():
        found = value.get(name)
        if found is None:
            if part.default is not UNSET and not (name in value and part.nullable):
                return True
        elif lacks(part, found):
            return True
    inner = schema.values
    return inner is not None and any(lacks(inner, item) for item in value.values())
