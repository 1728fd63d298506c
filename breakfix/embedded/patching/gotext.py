"""JSON values as Go prints them: parts of the API server's messages are made so."""

from __future__ import annotations

from typing import Any

import orjson


def type_name(value: Any) -> str:
    """%T of a decoded JSON value."""
    names = {bool: "bool", int: "int64", float: "float64", str: "string", type(None): "<nil>"}
    if isinstance(value, dict):
        return "map[string]interface {}"
    return names.get(type(value), "[]interface {}")


def plain(value: Any) -> str:
    """%v: maps in the order of their keys."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{k}:{plain(value[k])}" for k in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(plain(v) for v in value) + "]"
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def literal(value: Any) -> str:
    """%#v."""
    if isinstance(value, dict):
        inner = ", ".join(f"{literal(k)}:{literal(value[k])}" for k in sorted(value))
        return f"map[string]interface {{}}{{{inner}}}"
    if isinstance(value, list):
        return "[]interface {}{" + ", ".join(literal(v) for v in value) + "}"
    if isinstance(value, str):
        return orjson.dumps(value).decode()
    return "interface {}(nil)" if value is None else plain(value)
