"""The messages of the frontend/backend protocol, version 3.0."""

from __future__ import annotations

import struct

from breakfix.embedded.programs.sockets import Reader

PROTOCOL_VERSION, SSL_REQUEST = 196608, 80877103
MAX_MESSAGE = 4 << 20  # bytes of a frontend's message
AUTHENTICATION_OK, CLEARTEXT_PASSWORD = 0, 3  # kinds of authentication requests


async def read_body(reader: Reader, limit: int | None = None) -> bytes:
    """The rest of a message whose first byte, its kind, is read."""
    size = max(struct.unpack("!i", await reader.exactly(4))[0] - 4, 0)
    return await reader.exactly(size if limit is None else min(size, limit))


def message(kind: bytes, body: bytes = b"") -> bytes:
    """Any message after the first."""
    return kind + struct.pack("!i", len(body) + 4) + body


def _string(text: str) -> bytes:
    return text.encode() + b"\0"


def decoded(body: bytes) -> str:
    """The string that is all of a body."""
    return body.rstrip(b"\0").decode(errors="replace")


# -- of the frontend ---------------------------------------------------------------------


def startup_message(parameters: dict[str, str]) -> bytes:
    """A StartupMessage, the first of a connection."""
    pairs = b"".join(_string(name) + _string(value) for name, value in parameters.items())
    return message(b"", struct.pack("!i", PROTOCOL_VERSION) + pairs + b"\0")


def password_message(password: str) -> bytes:
    """A PasswordMessage."""
    return message(b"p", _string(password))


def query(sql: str) -> bytes:
    """A simple Query."""
    return message(b"Q", _string(sql))


# -- of the backend ----------------------------------------------------------------------


def authentication(request: int) -> bytes:
    """AuthenticationOk, or a request for a password."""
    return message(b"R", struct.pack("!i", request))


def parameter_status(name: str, value: str) -> bytes:
    """A ParameterStatus."""
    return message(b"S", _string(name) + _string(value))


def backend_key_data(pid: int) -> bytes:
    """A BackendKeyData; its key is 0, as nothing can be cancelled."""
    return message(b"K", struct.pack("!ii", pid, 0))


def ready_for_query(status: bytes) -> bytes:
    """A ReadyForQuery: I is idle, T in a transaction, E in a failed one."""
    return message(b"Z", status)


def error_response(
    code: str, text: str, severity: str = "ERROR", detail: str = "", position: int = 0,
    hint: str = "",
) -> bytes:  # fmt: skip
    """An ErrorResponse."""
    fields = [f"S{severity}", f"V{severity}", f"C{code}", f"M{text}"]
    fields += [f"D{detail}"] if detail else []
    fields += [f"H{hint}"] if hint else []
    fields += [f"P{position}"] if position else []
    return message(b"E", b"".join(_string(field) for field in fields) + b"\0")


def notice_response(severity: str, text: str) -> bytes:
    """A NoticeResponse."""
    fields = [f"S{severity}", f"V{severity}", "C00000", f"M{text}"]
    return message(b"N", b"".join(_string(field) for field in fields) + b"\0")


def row_description(names: list[str], types: list[int]) -> bytes:
    """A RowDescription; types are OIDs."""
    body = struct.pack("!h", len(names))
    for name, oid in zip(names, types, strict=True):
        body += _string(name) + struct.pack("!ihihih", 0, 0, oid, -1, -1, 0)
    return message(b"T", body)


def data_row(row: list[str | None]) -> bytes:
    """A DataRow."""
    return message(b"D", struct.pack("!h", len(row)) + b"".join(_value(v) for v in row))


def _value(value: str | None) -> bytes:
    if value is None:
        return struct.pack("!i", -1)
    data = value.encode()
    return struct.pack("!i", len(data)) + data


def command_complete(tag: str) -> bytes:
    """A CommandComplete."""
    return message(b"C", _string(tag))


def empty_query_response() -> bytes:
    """An EmptyQueryResponse."""
    return message(b"I")
