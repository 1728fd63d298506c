"""Custom resources as rules see them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

from breakfix.embedded.cel.types import escape
from breakfix.embedded.schema.types import Schema

Convert = Callable[[Any], Any]


def converter(schema: Schema) -> Convert | None:
    """Makes JSON into what rules see: escaped names, doubles, bytes. None where that is the
    same."""
    if schema.type == "number":
        return lambda v: float(v) if isinstance(v, int) and not isinstance(v, bool) else v
    if schema.type == "string" and schema.format == "byte":
        return _bytes
    if schema.items is not None:
        return _listed(converter(schema.items))
    if schema.values is not None:
        return _mapped(converter(schema.values))
    if schema.fields:
        return _structured(schema)
    return None


def _bytes(value: Any) -> Any:
    try:
        return base64.b64decode(value)
    except (binascii.Error, TypeError, ValueError):
        return value


def _listed(inner: Convert | None) -> Convert | None:
    if inner is None:
        return None
    return lambda v: [inner(item) for item in v] if isinstance(v, list) else v


def _mapped(inner: Convert | None) -> Convert | None:
    if inner is None:
        return None
    return lambda v: {k: inner(item) for k, item in v.items()} if isinstance(v, dict) else v


def _structured(schema: Schema) -> Convert | None:
    renamed = {k: e for k in schema.fields if (e := escape(k)) is not None and e != k}
    parts = {k: c for k, s in schema.fields.items() if (c := converter(s)) is not None}
    if not renamed and not parts:
        return None

    def convert(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {renamed.get(k, k): parts[k](v) if k in parts else v for k, v in value.items()}

    return convert
