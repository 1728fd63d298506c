"""Lists of type set and map, whose items must be unique."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from breakfix.embedded import fields as f
from breakfix.embedded.fields import FieldError
from breakfix.embedded.schema.types import Schema


def unique(schema: Schema, value: Any, path: str = "") -> list[FieldError]:
    """Sets and map lists whose items are not unique."""
    found: list[FieldError] = []
    if isinstance(value, list) and schema.items is not None:
        found += _unique_items(schema, value, path)
        for index, item in enumerate(value):
            found += unique(schema.items, item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            known = schema.at(name)
            if known is not None and isinstance(item, (dict, list)):
                found += unique(known, item, f"{path}.{name}".lstrip("."))
    return found


def _unique_items(schema: Schema, value: list[Any], path: str) -> Iterator[FieldError]:
    if schema.list_type == "atomic":
        return
    seen: set[bytes] = set()
    for index, item in enumerate(value):
        key: Any = item
        if schema.list_type == "map":
            key = {k: item[k] for k in schema.list_map_keys if k in item}
        text = orjson.dumps(key, option=orjson.OPT_SORT_KEYS)
        if text in seen:
            yield f.duplicate(f"{path}[{index}]", key)
        seen.add(text)
