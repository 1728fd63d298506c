"""Swagger 2 in protobuf."""

from __future__ import annotations

import orjson

from breakfix.embedded.server.openapi_protobuf import encoded


def message(number: int, inner: bytes) -> bytes:
    """A short message or text in a field with a small number."""
    assert number < 16
    return bytes([number << 3 | 2, len(inner)]) + inner


def test_a_document_as_its_message() -> None:
    operation = {"parameters": [{"name": "dryRun", "in": "query", "type": "string"}]}
    found = encoded(orjson.dumps({
        "swagger": "2.0", "paths": {"/a": {"patch": operation}},
        "definitions": {"D": {"description": "d", "minimum": 1.5, "uniqueItems": True}},
    }))  # fmt: skip
    query = message(4, b"dryRun") + message(2, b"query") + message(6, b"string")
    parameter = message(8, message(1, message(2, message(3, query))))
    place = message(1, b"/a") + message(2, message(8, parameter))
    schema = message(4, b"d") + b"\x49\0\0\0\0\0\0\xf8\x3f" + b"\x80\x01\x01"
    definition = message(1, b"D") + message(2, schema)
    assert found == message(1, b"2.0") + message(8, message(2, place)) + message(
        9, message(1, definition)
    )


def test_vendor_extensions_are_yaml() -> None:
    found = encoded(b'{"x-k": [1]}')
    assert found == b"\x82\x01\x0d" + message(1, b"x-k") + message(2, message(2, b"[1]\n"))
