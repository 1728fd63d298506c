"""SPDY/3.1 frames, as bytes and back (SPDY draft 3.1, section 2.2).

What Kubernetes' clients use of it: streams with headers, data, resets and pings. Windows
are not counted by them; the connection's own back-pressure is what bounds.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from breakfix.embedded.server.streams.spdy_dictionary import DICTIONARY

SYN_STREAM, SYN_REPLY, RST_STREAM, SETTINGS, PING, GOAWAY, HEADERS, WINDOW_UPDATE = (
    1, 2, 3, 4, 6, 7, 8, 9,
)  # fmt: skip
DATA = 0  # of Frame.type: not a control frame
FIN = 1  # flag
PROTOCOL_ERROR, INVALID_STREAM, REFUSED_STREAM, CANCEL = 1, 2, 3, 5  # of RST_STREAM
LARGEST_FRAME = 1024 * 1024  # bytes
LARGEST_HEADERS = 64 * 1024  # bytes, decompressed
_CONTROL = 0x80030000
_HEAD = 8  # bytes


class SpdyError(Exception):
    """The other side does not speak SPDY/3.1."""


@dataclass(frozen=True)
class Frame:
    """One frame; the payload of SYN_STREAM and DATA has no stream id."""

    type: int
    flags: int
    stream: int
    payload: bytes


class Decoder:
    """Frames from bytes in pieces of any size."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._headers = zlib.decompressobj(zdict=DICTIONARY)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole now. Raises SpdyError."""
        self._data += data
        while len(self._data) >= _HEAD:
            first, second = struct.unpack_from(">II", self._data)
            length = second & 0xFFFFFF
            if length > LARGEST_FRAME:
                raise SpdyError(f"frame of {length} bytes")
            if len(self._data) < _HEAD + length:
                return
            payload = bytes(self._data[_HEAD : _HEAD + length])
            del self._data[: _HEAD + length]
            yield _frame(first, second >> 24, payload)

    def headers(self, block: bytes) -> dict[str, str]:
        """Of a compressed block; every block has to be read, in order. Raises SpdyError."""
        try:
            text = self._headers.decompress(block, LARGEST_HEADERS)
            if self._headers.unconsumed_tail:
                raise SpdyError("too many headers")
            return dict(_pairs(text))
        except (zlib.error, struct.error, UnicodeDecodeError) as error:
            raise SpdyError(str(error)) from None


def _frame(first: int, flags: int, payload: bytes) -> Frame:
    if not first >> 31:
        return Frame(DATA, flags, first, payload)
    kind = first & 0xFFFF
    if first & 0xFFFF0000 != _CONTROL:
        raise SpdyError("unsupported version")
    if kind == SETTINGS:
        return Frame(kind, flags, 0, payload)
    if len(payload) < 4:  # noqa: PLR2004 - a stream's or ping's number
        raise SpdyError("frame without a number")
    return Frame(kind, flags, int.from_bytes(payload[:4], "big") & 0x7FFFFFFF, payload[4:])


def _pairs(text: bytes) -> Iterator[tuple[str, str]]:
    at = 4
    for _ in range(struct.unpack_from(">I", text)[0]):
        name, at = _word(text, at)
        value, at = _word(text, at)
        yield name.lower(), value


def _word(text: bytes, at: int) -> tuple[str, int]:
    end = at + 4 + int(struct.unpack_from(">I", text, at)[0])
    if end > len(text):
        raise SpdyError("headers are cut off")
    return text[at + 4 : end].decode(), end


class Encoder:
    """Frames to bytes."""

    def __init__(self) -> None:
        self._headers = zlib.compressobj(zdict=DICTIONARY)

    def syn_stream(self, stream: int, headers: Mapping[str, str]) -> bytes:
        """Open a stream."""
        return _control(SYN_STREAM, struct.pack(">IIH", stream, 0, 0) + self._block(headers))

    def syn_reply(self, stream: int) -> bytes:
        """A stream is accepted."""
        return _control(SYN_REPLY, struct.pack(">I", stream) + self._block({}))

    def _block(self, headers: Mapping[str, str]) -> bytes:
        text = struct.pack(">I", len(headers))
        for pair in headers.items():
            for word in pair:
                text += struct.pack(">I", len(word.encode())) + word.encode()
        return self._headers.compress(text) + self._headers.flush(zlib.Z_SYNC_FLUSH)


def data(stream: int, payload: bytes, last: bool = False) -> bytes:
    """Part of a stream."""
    return struct.pack(">II", stream, (FIN if last else 0) << 24 | len(payload)) + payload


def reset(stream: int, status: int) -> bytes:
    """A stream is over in both directions."""
    return _control(RST_STREAM, struct.pack(">II", stream, status))


def ping(number: int) -> bytes:
    """A ping, or the answer to it."""
    return _control(PING, struct.pack(">I", number))


def go_away(last: int) -> bytes:
    """The connection ends."""
    return _control(GOAWAY, struct.pack(">II", last, 0))


def _control(kind: int, payload: bytes) -> bytes:
    return struct.pack(">II", _CONTROL | kind, len(payload)) + payload
