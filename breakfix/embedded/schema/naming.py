"""How Go names types and values in its errors."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.facts import loading
from breakfix.embedded.schema.types import Schema

_NAMES = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "bool",
    int: "number",
    float: "number",
}


def go_kind(item: Any, node: Schema) -> str:
    """How Go names what it found; a number that does not fit is shown."""
    for kind, name in _NAMES.items():
        if isinstance(item, kind) and not (kind is int and isinstance(item, bool)):
            fits = node.type in {"integer", "number"} or node.format == "int-or-string"
            return f"number {item}" if name == "number" and fits else name
    return "null"


def go_type(node: Schema, owner: Schema | None = None, name: str | int = "") -> str:
    """How Go names the type of a node, "[]v1.Container"; `owner` is the struct with it."""
    told = loading.structs().get(owner.definition, {}).get("types", {}) if owner else {}
    named = str(told.get(name, ""))
    if named and (node.type == "array" or not named.startswith("[]")):
        return named
    if named:
        return named.removeprefix("[]")
    if node.type == "array":
        return f"[]{go_type(node.items or Schema())}"
    if node.values is not None:
        return f"map[string]{go_type(node.values)}"
    return plain_type(node)


def plain_type(node: Schema) -> str:
    """The same without the names that fields give to texts, numbers, lists and maps."""
    if node.format in _FORMATS:
        return _FORMATS[node.format]
    if node.type == "object":
        return ".".join(node.definition.split(".")[-2:])
    return _TYPES.get(node.type) or node.format or "int64"


_FORMATS = {
    "quantity": "resource.Quantity", "int-or-string": "int32", "byte": "[]uint8",
    "date-time": "string", "micro-time": "string",
}  # fmt: skip
_TYPES = {"string": "string", "boolean": "bool", "number": "float64"}
