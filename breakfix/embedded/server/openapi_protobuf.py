"""Swagger 2 in protobuf, the only form in which kubectl reads /openapi/v2.

The messages are those of the public OpenAPIv2.proto (openapi.v2.Document). A field is given
as its number and how it is written: s text, b truth, i whole number, d number, y any value
(as YAML), or the writer of a message; [ before it is a list, { a map of named values.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import orjson

from breakfix.embedded.objects import Object

ACCEPTED = "application/com.github.proto-openapi.spec.v2"
MEDIA_TYPE = f"{ACCEPTED}.v1.0+protobuf"
SEVEN_BITS = 0x7F
Writer = Callable[[Any], bytes]


def encoded(swagger: bytes) -> bytes:
    """The JSON of /openapi/v2 as a message."""
    return _document(orjson.loads(swagger))


def _varint(number: int) -> bytes:
    found = bytearray()
    number &= (1 << 64) - 1
    while number > SEVEN_BITS:
        found.append(number & SEVEN_BITS | SEVEN_BITS + 1)
        number >>= 7
    found.append(number)
    return bytes(found)


def _bytes(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _text(number: int, value: Any) -> bytes:
    return _bytes(number, str(value).encode())


def _whole(number: int, value: Any) -> bytes:
    return _varint(number << 3) + _varint(int(value))


def _double(number: int, value: Any) -> bytes:
    return _varint(number << 3 | 1) + struct.pack("<d", value)


def _any(value: Any) -> bytes:
    return _text(2, orjson.dumps(value).decode() + "\n")  # JSON is YAML


_SCALARS: dict[str, Callable[[int, Any], bytes]] = {
    "s": _text, "b": _whole, "i": _whole, "d": _double,
    "y": lambda number, value: _bytes(number, _any(value)),
}  # fmt: skip


class _Message:
    """Writes objects with these fields; the rest goes to `extension` as vendor extensions."""

    def __init__(self, extension: int, fields: dict[str, tuple[int, str | Writer]]) -> None:
        self._extension = extension
        self._fields = fields

    def __call__(self, item: Object) -> bytes:
        return b"".join(self._part(name, value) for name, value in item.items())

    def _part(self, name: str, value: Any) -> bytes:
        if name.startswith("x-"):
            return _bytes(self._extension, _text(1, name) + _bytes(2, _any(value)))
        if name not in self._fields:
            return b""
        number, form = self._fields[name]
        if not isinstance(form, str):
            return _bytes(number, form(value))
        if form[0] == "[":
            return b"".join(_SCALARS[form[1:]](number, v) for v in value)
        return _SCALARS[form](number, value)


def _named(write: Writer, number: int = 1) -> Writer:
    """A map: messages of a name and a value, all with one number."""

    def writer(items: Object) -> bytes:
        return b"".join(
            _bytes(number, _text(1, name) + _bytes(2, write(v))) for name, v in items.items()
        )

    return writer


def _strings(value: Any) -> bytes:
    return b"".join(_text(1, v) for v in (value if isinstance(value, list) else [value]))


def _schema(item: Object) -> bytes:
    return _SCHEMA(item) + b"".join(_bytes(24, _schema(part)) for part in item.get("allOf", ()))


def _more(value: Any) -> bytes:
    """additionalProperties: a schema or a truth."""
    return _whole(2, value) if isinstance(value, bool) else _bytes(1, _schema(value))


_SCHEMA = _Message(31, {
    "$ref": (1, "s"), "format": (2, "s"), "title": (3, "s"), "description": (4, "s"),
    "default": (5, "y"), "multipleOf": (6, "d"), "maximum": (7, "d"),
    "exclusiveMaximum": (8, "b"), "minimum": (9, "d"), "exclusiveMinimum": (10, "b"),
    "maxLength": (11, "i"), "minLength": (12, "i"), "pattern": (13, "s"), "maxItems": (14, "i"),
    "minItems": (15, "i"), "uniqueItems": (16, "b"), "maxProperties": (17, "i"),
    "minProperties": (18, "i"), "required": (19, "[s"), "enum": (20, "[y"),
    "additionalProperties": (21, _more), "type": (22, _strings),
    "items": (23, lambda item: _bytes(1, _schema(item))),
    "properties": (25, _named(_schema)), "discriminator": (26, "s"), "readOnly": (27, "b"),
})  # fmt: skip
_BODY = _Message(6, {
    "description": (1, "s"), "name": (2, "s"), "in": (3, "s"), "required": (4, "b"),
    "schema": (5, _schema),
})  # fmt: skip
_QUERY = _Message(23, {
    "required": (1, "b"), "in": (2, "s"), "description": (3, "s"), "name": (4, "s"),
    "type": (6, "s"), "format": (7, "s"), "uniqueItems": (20, "b"),
})  # fmt: skip
_PATH = _Message(22, {
    "required": (1, "b"), "in": (2, "s"), "description": (3, "s"), "name": (4, "s"),
    "type": (5, "s"), "format": (6, "s"), "uniqueItems": (19, "b"),
})  # fmt: skip


def _parameter(item: Object) -> bytes:
    """A ParametersItem, around a Parameter, around what its place asks for."""
    if item["in"] == "body":
        return _bytes(1, _bytes(1, _BODY(item)))
    own = _bytes(4, _PATH(item)) if item["in"] == "path" else _bytes(3, _QUERY(item))
    return _bytes(1, _bytes(2, own))


_ANSWER = _Message(5, {
    "description": (1, "s"), "schema": (2, lambda item: _bytes(1, _schema(item))),
})  # fmt: skip
_OPERATION = _Message(13, {
    "tags": (1, "[s"), "description": (3, "s"), "operationId": (5, "s"), "produces": (6, "[s"),
    "consumes": (7, "[s"), "responses": (9, _named(lambda item: _bytes(1, _ANSWER(item)))),
    "schemes": (10, "[s"), "deprecated": (11, "b"),
})  # fmt: skip


def _operation(item: Object) -> bytes:
    parameters = (_bytes(8, _parameter(p)) for p in item.get("parameters", ()))
    return _OPERATION(item) + b"".join(parameters)


_PLACE = _Message(10, {
    "get": (2, _operation), "put": (3, _operation), "post": (4, _operation),
    "delete": (5, _operation), "options": (6, _operation), "head": (7, _operation),
    "patch": (8, _operation),
})  # fmt: skip


def _place(item: Object) -> bytes:
    parameters = (_bytes(9, _parameter(p)) for p in item.get("parameters", ()))
    return _PLACE(item) + b"".join(parameters)


_KEY = _Message(5, {"type": (1, "s"), "name": (2, "s"), "in": (3, "s"), "description": (4, "s")})
_DOCUMENT = _Message(16, {
    "swagger": (1, "s"), "info": (2, _Message(7, {"title": (1, "s"), "version": (2, "s")})),
    "paths": (8, _named(_place, 2)), "definitions": (9, _named(_schema)),
    "securityDefinitions": (13, _named(lambda item: _bytes(2, _KEY(item)))),
})  # fmt: skip


def _document(item: Object) -> bytes:
    security = (_bytes(12, _named(_strings)(each)) for each in item.get("security", ()))
    return _DOCUMENT(item) + b"".join(security)
