"""The health service that gRPC servers have: grpc.health.v1.Health."""

from __future__ import annotations

CHECK = "/grpc.health.v1.Health/Check"
STATES = ("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN")
SERVING, NOT_SERVING = 1, 2
_TEXT_FIELD, _NUMBER_FIELD = b"\x0a", b"\x08"  # field 1 of a message: a text, a number


def request(service: str) -> bytes:
    """HealthCheckRequest."""
    name = service.encode()
    return _TEXT_FIELD + _varint(len(name)) + name if name else b""


def service_of(message: bytes) -> str:
    """The service that a HealthCheckRequest asks for."""
    if message[:1] != _TEXT_FIELD:
        return ""
    size, start = _number(message, 1)
    return message[start : start + size].decode(errors="replace")


def response(state: int) -> bytes:
    """HealthCheckResponse."""
    return _NUMBER_FIELD + _varint(state) if state else b""


def state_of(message: bytes) -> str:
    """The name of the state in a HealthCheckResponse."""
    state = _number(message, 1)[0] if message[:1] == _NUMBER_FIELD else 0
    return STATES[state] if state < len(STATES) else str(state)


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:  # noqa: PLR2004 - seven bits
        found.append(number & 127 | 128)
        number >>= 7
    return bytes((*found, number))


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A varint, and where it ends."""
    value = shift = 0
    while at < len(data):
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:  # noqa: PLR2004
            break
    return value, at
