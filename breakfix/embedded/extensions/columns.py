"""additionalPrinterColumns: the definitions of a table's columns, and one object's cells.

The API server prints dates as the time since then, as apiextensions-apiserver does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from breakfix.embedded.extensions.jsonpath import find, parse
from breakfix.embedded.extensions.structural import version_of
from breakfix.embedded.objects import Object, name_of, parse_time
from breakfix.embedded.tables.durations import human

_AGE: Object = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
_AGE_WORDS = (
    "CreationTimestamp is a timestamp representing the server time when this object was created. "
    "It is not guaranteed to be set in happens-before order across separate operations. Clients "
    "may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by "
    "the system. Read-only. Null for lists. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
)
_NAME_WORDS = (
    "Name must be unique within a namespace. Is required when creating resources, although some "
    "resources may allow a client to request the generation of an appropriate name automatically. "
    "Name is primarily intended for creation idempotence and configuration definition. Cannot be "
    "updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names"
)


def printer_columns(crd: Object, version: str) -> list[Object]:
    """The columns that a version has beyond the name; Age where it says none."""
    return version_of(crd, version).get("additionalPrinterColumns") or [_AGE]


def definitions(crd: Object, version: str) -> list[Object]:
    """ColumnDefinitions of a Table."""
    name = {
        "name": "Name", "type": "string", "format": "name", "description": _NAME_WORDS,
        "priority": 0,
    }  # fmt: skip
    return [name, *map(_definition, printer_columns(crd, version))]


def _definition(column: Object) -> Object:
    words = column.get("description") or (
        _AGE_WORDS
        if column is _AGE
        else f"Custom resource definition column (in JSONPath format): {column['jsonPath']}"
    )
    return {
        "name": column["name"], "type": column["type"], "format": column.get("format", ""),
        "description": words, "priority": column.get("priority", 0),
    }  # fmt: skip


def cells(crd: Object, version: str, now: Callable[[], datetime]) -> Callable[[Object], list[Any]]:
    """Prints the cells of an object."""
    columns = [(parse(c["jsonPath"]), c["type"]) for c in printer_columns(crd, version)]

    def row(item: Object) -> list[Any]:
        return [name_of(item), *(_cell(find(path, item), kind, now) for path, kind in columns)]

    return row


def _cell(values: list[Any], kind: str, now: Callable[[], datetime]) -> Any:
    if not values:
        return None
    if len(values) > 1 and kind == "string":
        return ",".join(map(_text, values))
    return _CELLS.get(kind, _string)(values[0], now)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def _string(value: Any, now: Callable[[], datetime]) -> Any:
    del now
    return None if value is None else _text(value)


def _integer(value: Any, now: Callable[[], datetime]) -> Any:
    del now
    return int(value) if isinstance(value, int | float) else None


def _float(value: Any, now: Callable[[], datetime]) -> Any:
    del now
    return value if isinstance(value, int | float) else None


def _boolean(value: Any, now: Callable[[], datetime]) -> Any:
    del now
    return value if isinstance(value, bool) else None


def _date(value: Any, now: Callable[[], datetime]) -> Any:
    try:
        at = parse_time(str(value))
    except ValueError:
        return "<invalid>"
    return human((now() - at.astimezone(UTC)).total_seconds())


_CELLS = {"string": _string, "integer": _integer, "number": _float, "boolean": _boolean,
          "date": _date}  # fmt: skip
