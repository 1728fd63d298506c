"""What is in the messages that a server sends: the reading side of protocol.py."""

from __future__ import annotations

import struct


def authentication_request(body: bytes) -> int:
    """The kind of an authentication request."""
    request: int = struct.unpack("!i", body[:4])[0]
    return request


def parameter(body: bytes) -> tuple[str, str]:
    """Name and value of a ParameterStatus."""
    name, value = body.rstrip(b"\0").decode().split("\0")
    return name, value


def error_fields(body: bytes) -> dict[str, str]:
    """The fields of an ErrorResponse, by their letters."""
    return {p[:1].decode(): p[1:].decode(errors="replace") for p in body.split(b"\0") if p}


def columns(body: bytes) -> tuple[list[str], list[int]]:
    """Names and types of a RowDescription."""
    names, types, at = list[str](), list[int](), 2
    for _ in range(struct.unpack("!h", body[:2])[0]):
        end = body.index(b"\0", at)
        names.append(body[at:end].decode(errors="replace"))
        types.append(struct.unpack("!ihihih", body[end + 1 : end + 19])[2])
        at = end + 19
    return names, types


def row(body: bytes) -> list[str | None]:
    """The values of a DataRow."""
    found: list[str | None] = []
    at = 2
    for _ in range(struct.unpack("!h", body[:2])[0]):
        size = struct.unpack("!i", body[at : at + 4])[0]
        at += 4
        found.append(None if size < 0 else body[at : at + size].decode(errors="replace"))
        at += max(size, 0)
    return found
