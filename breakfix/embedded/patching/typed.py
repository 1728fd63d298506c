"""What in an applied object does not fit its schema, in the words of structured-merge-diff."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.patching import gotext
from breakfix.embedded.patching.nodes import shown
from breakfix.embedded.patching.shapes import FieldSetError, Shape
from breakfix.embedded.schema.types import Schema

_NUMBERS = frozenset({"integer", "number"})


def type_errors(value: Any, shape: Shape) -> list[str]:
    """Each as "path: what"; nothing where the value fits."""
    return [f"{path}: {what}" if path else what for path, what in _errors(value, shape)]


def _errors(value: Any, shape: Shape) -> list[tuple[str, str]]:
    schema = shape.schema
    if value is None or shape.deduced or schema is None:
        return []
    if schema.type == "object":
        return _map_errors(value, shape, schema)
    if schema.type == "array":
        return _list_errors(value, shape)
    what = _scalar_error(value, schema)
    return [("", what)] if what else []


def _scalar_error(value: Any, schema: Schema) -> str:
    if schema.format in {"int-or-string", "quantity"} or schema.type == "any":
        return ""
    if schema.type in _NUMBERS:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
        return "" if fits else f"expected numeric (int or float), got {gotext.type_name(value)}"
    if schema.type == "string":
        text = f"expected string, got &value.valueUnstructured{{Value:{gotext.literal(value)}}}"
        return "" if isinstance(value, str) else text
    return "" if isinstance(value, bool) else f"expected boolean, got &{{{gotext.plain(value)}}}"


def _map_errors(value: Any, shape: Shape, schema: Schema) -> list[tuple[str, str]]:
    if not isinstance(value, dict):
        return [("", f"expected map, got &{{{gotext.plain(value)}}}")]
    found: list[tuple[str, str]] = []
    for name, inner in value.items():
        if schema.at(name) is None and not schema.preserve_unknown:
            return [*found, (f".{name}", "field not declared in schema")]
        child = shape.child(name)[1]
        found += [(f".{name}{path}", what) for path, what in _errors(inner, child)]
    return found


def _list_errors(value: Any, shape: Shape) -> list[tuple[str, str]]:
    if not isinstance(value, list):
        return [("", f"expected list, got &{{{gotext.plain(value)}}}")]
    found: list[tuple[str, str]] = []
    seen: set[str] = set()
    for at, inner in enumerate(value):
        try:
            element = shape.element(inner) if shape.is_list else f"i:{at}"
        except FieldSetError as error:
            return [*found, ("", f"element {at}: {error}")]
        if element in seen:
            found.append(("", f"duplicate entries for key {shown(element)}"))
        seen.add(element)
        inside = _errors(inner, shape.items())
        found += [(shown(element) + path, what) for path, what in inside]
    return found
