"""The difference that an error about an immutable spec shows."""

from __future__ import annotations

from difflib import unified_diff
from typing import Any

import orjson


def spec_diff(old: Any, new: Any) -> str:
    """A unified diff of both as indented JSON, with the fields spelled as the server does."""
    lines = unified_diff(_lines(old), _lines(new), lineterm="", n=3)
    return "".join(f"{line}\n" for line in list(lines)[2:])


def _lines(value: Any) -> list[str]:
    text = orjson.dumps(_spelled(value), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    return [_narrow(line) for line in text.decode().splitlines()]


def _narrow(line: str) -> str:
    """One space for each level instead of two."""
    body = line.lstrip(" ")
    return " " * ((len(line) - len(body)) // 2) + body


def _spelled(value: Any) -> Any:
    """Names of fields begin with a capital letter; keys of maps, which have a dot, a dash
    or a slash more often than not, are left alone."""
    if isinstance(value, dict):
        return {_name(k): _spelled(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_spelled(v) for v in value]
    return value


def _name(key: str) -> str:
    return key[:1].upper() + key[1:] if key.isalnum() else key
