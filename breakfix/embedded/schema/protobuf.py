"""Bodies in protobuf, as kubectl's typed clients send them, read as JSON objects.

The types come from facts/protobuf.json (see scripts/record-protobuf): for each struct the
number, JSON name and type code of its fields. A code is s (string), S (bytes), i, b, d, m
(a struct), a (a struct that is a list), one of T U D F Q I R J A B P (types with a JSON form
of their own), after any of * (pointer), [ (list), { (map); a ? at the end leaves zero values
out.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from breakfix.embedded.errors import bad_request
from breakfix.embedded.objects import Object, micro_timestamp, timestamp

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\x00"
_ZERO: dict[str, Any] = {"s": "", "S": "", "i": 0, "b": False, "d": 0.0}
_PACKAGES = {
    "apiextensions.k8s.io": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.",
    "apiregistration.k8s.io": "io.k8s.kube-aggregator.pkg.apis.apiregistration.",
}
_SCHEMA = f"{_PACKAGES['apiextensions.k8s.io']}v1.JSONSchemaProps"
Fields = dict[int, tuple[str, str, bool]]


def is_protobuf(content_type: str) -> bool:
    """Is a body of this type for `to_json`?"""
    return content_type.partition(";")[0].strip() == MEDIA_TYPE


def to_json(body: bytes) -> bytes:
    """The body as JSON; of a kind that is not known its name alone. Raises StatusError 400."""
    if not body.startswith(MAGIC):
        raise bad_request("provided data does not appear to be a protobuf message, expected prefix")
    try:
        envelope = dict(_wire(memoryview(body)[4:]))
        meta = {n: bytes(v).decode() for n, v in _wire(envelope[1])}
        api_version, kind = meta.get(1, ""), meta.get(2, "")
        definition = _definition(api_version, kind)
        item = _message(definition, envelope.get(2, memoryview(b""))) if definition else {}
        return orjson.dumps({"apiVersion": api_version, "kind": kind, **item})
    except (KeyError, ValueError, IndexError, struct.error) as error:
        raise bad_request(f"the protobuf body cannot be decoded: {error!r}") from error


@cache
def _types() -> dict[str, list[list[Any]]]:
    path = Path(__file__).parents[1] / "facts" / "protobuf.json"
    found: dict[str, list[list[Any]]] = orjson.loads(path.read_bytes())
    return found


def _definition(api_version: str, kind: str) -> str | None:
    """The struct of a kind: "apps/v1" Deployment is io.k8s.api.apps.v1.Deployment."""
    group, _, version = api_version.rpartition("/")
    package = _PACKAGES.get(group) or f"io.k8s.api.{group.partition('.')[0] or 'core'}."
    shared = f"io.k8s.apimachinery.pkg.apis.meta.v1.{kind}"
    return next((d for d in (f"{package}{version}.{kind}", shared) if d in _types()), None)


@cache
def _fields(definition: str) -> Fields:
    return {n: (name, c.rstrip("?"), c.endswith("?")) for n, name, c in _types()[definition]}


def _wire(data: memoryview) -> Iterator[tuple[int, Any]]:
    """Field numbers with raw values: an int, eight or four bytes, or a memoryview."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield number, value
        elif kind == 2:  # noqa: PLR2004 - wire types of the encoding
            size, at = _varint(data, at)
            if at + size > len(data):
                raise ValueError("a field is longer than its message")
            yield number, data[at : at + size]
            at += size
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            yield number, data[at : at + size]
            at += size
        else:
            raise ValueError(f"wire type {kind}")


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004
            return value, at
        shift += 7
        if shift > 63:  # noqa: PLR2004
            raise ValueError("a number is too long")


def _message(definition: str, data: memoryview) -> Object:
    fields = _fields(definition)
    found: Object = {}
    for number, raw in _wire(data):
        known = fields.get(number)
        if known is None:
            continue
        name, code, spare = known
        if not name:  # the fields of an embedded struct are the message's own
            found |= _value(code.lstrip("*"), raw)
            continue
        _add(found, name, code, raw)
        if (spare and found[name] == _ZERO.get(code, _MISSING)) or found[name] is None:
            del found[name]
    return found


_MISSING = object()


def _add(found: Object, name: str, code: str, raw: Any) -> None:
    head, rest = code[0], code[1:]
    if head == "[":
        found.setdefault(name, []).append(_value(rest, raw))
    elif head == "{":
        entry = dict(_wire(raw))
        key = bytes(entry.get(1, b"")).decode()
        empty: Any = 0 if rest[0] in "ib" else memoryview(b"")
        found.setdefault(name, {})[key] = _value(rest, entry.get(2, empty))
    else:
        found[name] = _value(code.lstrip("*"), raw)


def _value(code: str, raw: Any) -> Any:  # noqa: C901 - one line for each code
    match code[0]:
        case "s":
            return bytes(raw).decode()
        case "m":
            return _message(code[1:], raw)
        case "i":
            return raw - (1 << 64) if raw >= 1 << 63 else raw
        case "b":
            return bool(raw)
        case "S":
            return base64.b64encode(bytes(raw)).decode()
        case "d":
            return struct.unpack("<d" if len(raw) == 8 else "<f", raw)[0]  # noqa: PLR2004
        case "a":
            return [_value(code[1:], each) for _, each in _wire(raw)]
        case "*" | "[":
            return _value(code[1:], raw)
    if code[0] in "AP":
        return _list_or_schema(code[0], list(_wire(raw)))
    return _special(code[0], dict(_wire(raw)))


def _special(code: str, parts: dict[int, Any]) -> Any:
    """Types that have their own JSON form."""
    match code:
        case "T" | "U":
            return _time(parts, micro=code == "U")
        case "Q":
            return bytes(parts.get(1, b"0")).decode()
        case "I":
            text = bytes(parts.get(3, b"")).decode()
            return text if parts.get(1) == 1 else _value("i", parts.get(2, 0))
        case "B":
            return _bool_or_schema(parts)
        case "D":
            return f"{parts.get(1, 0) / 1e9:g}s"
    raw = bytes(parts.get(1, b""))  # RawExtension, FieldsV1 and JSON hold JSON
    return orjson.loads(raw) if raw else None


def _list_or_schema(code: str, parts: list[tuple[int, Any]]) -> Any:
    """A schema, or a list of schemas (A) or of names (P)."""
    for number, raw in parts:
        if number == 1:
            return _message(_SCHEMA, raw)
    inner = f"m{_SCHEMA}" if code == "A" else "s"
    return [_value(inner, raw) for _, raw in parts]


def _bool_or_schema(parts: dict[int, Any]) -> Any:
    return _message(_SCHEMA, parts[2]) if 2 in parts else bool(parts.get(1, 0))  # noqa: PLR2004


def _time(parts: dict[int, Any], *, micro: bool) -> str | None:
    if not parts:
        return None
    moment = datetime.fromtimestamp(0, UTC) + timedelta(
        seconds=_value("i", parts.get(1, 0)), microseconds=parts.get(2, 0) // 1000
    )
    return micro_timestamp(moment) if micro else timestamp(moment)
