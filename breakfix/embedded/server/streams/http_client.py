"""A small HTTP/1.1 client over a simulated connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from multidict import CIMultiDict

LARGEST_HEAD = 1024 * 1024  # bytes
LARGEST_LINE = 64 * 1024  # bytes
NO_BODY = (204, 304)


class BadResponseError(Exception):
    """What came is not HTTP, or stopped too early; the words as Go's client has them."""


class Duplex(Protocol):
    """A connection."""

    async def read(self, limit: int = 65536) -> bytes:
        """The next bytes, b"" at the end. Raises NetworkError when it is cut."""

    async def write(self, data: bytes) -> None:
        """Send. Raises NetworkError."""


@dataclass
class Head:
    """Status line and headers."""

    status: int
    reason: str
    headers: CIMultiDict[str]
    old: bool = False  # HTTP/1.0


def request_head(method: str, target: str, headers: CIMultiDict[str]) -> bytes:
    """As it is sent."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


class Reader:
    """Reads one response. Raises BadResponseError, NetworkError."""

    def __init__(self, connection: Duplex) -> None:
        self._connection = connection
        self._data = bytearray()

    async def _more(self) -> bool:
        data = await self._connection.read()
        self._data += data
        return bool(data)

    def rest(self) -> bytes:
        """What has been read and belongs to nothing yet."""
        found = bytes(self._data)
        self._data.clear()
        return found

    async def head(self) -> Head:
        """The final one: 1xx but 101 are skipped."""
        while True:
            head = _parsed(await self._block())
            if head.status >= 200 or head.status == 101:  # noqa: PLR2004
                return head

    async def _block(self) -> bytes:
        checked = False
        while (end := self._data.find(b"\r\n\r\n")) < 0:
            if not checked and b"\n" in self._data:
                _status(self._first())
                checked = True
            if len(self._data) > LARGEST_HEAD:
                raise BadResponseError("net/http: server response headers exceeded 1048576 bytes")
            if not await self._more():
                if self._data:
                    _status(self._first())
                raise BadResponseError("unexpected EOF" if self._data else "EOF")
        found = bytes(self._data[:end])
        del self._data[: end + 4]
        return found

    def _first(self) -> str:
        """The line that tells whether this is HTTP at all."""
        return bytes(self._data).partition(b"\n")[0].decode("utf-8", "surrogateescape").rstrip("\r")

    async def body(self, method: str, head: Head) -> AsyncIterator[bytes]:
        """What follows the head, in pieces."""
        if method == "HEAD" or head.status in NO_BODY:
            return
        if "chunked" in head.headers.get("Transfer-Encoding", "").lower():
            async for piece in self._chunks():
                yield piece
            return
        length = head.headers.get("Content-Length", "")
        left = int(length) if length.isascii() and length.isdigit() else None
        async for piece in self._pieces(left):
            yield piece

    async def _pieces(self, left: int | None) -> AsyncIterator[bytes]:
        """So many bytes, or all until the end."""
        while left is None or left > 0:
            if not self._data and not await self._more():
                if left is not None:
                    raise BadResponseError("unexpected EOF")
                return
            piece = bytes(self._data[:left])
            del self._data[: len(piece)]
            left = None if left is None else left - len(piece)
            yield piece

    async def _chunks(self) -> AsyncIterator[bytes]:
        while size := _size(await self._line()):
            async for piece in self._pieces(size):
                yield piece
            await self._line()
        while await self._line():
            pass

    async def _line(self) -> bytes:
        while (end := self._data.find(b"\n")) < 0:
            if len(self._data) > LARGEST_LINE or not await self._more():
                raise BadResponseError("unexpected EOF")
        found = bytes(self._data[:end]).rstrip(b"\r")
        del self._data[: end + 1]
        return found


def _size(line: bytes) -> int:
    try:
        return int(line.partition(b";")[0], 16)
    except ValueError:
        raise BadResponseError("invalid byte in chunk length") from None


def _status(first: str) -> tuple[str, str, str]:
    """Version, status and reason."""
    version, _, rest = first.partition(" ")
    status, _, reason = rest.partition(" ")
    if not version.startswith("HTTP/1.") or not (status.isascii() and status.isdigit()):
        raise BadResponseError(f'malformed HTTP response "{first[:200]}"')
    return version, status, reason


def _parsed(block: bytes) -> Head:
    first, *lines = block.decode("utf-8", "surrogateescape").split("\r\n")
    version, status, reason = _status(first)
    headers: CIMultiDict[str] = CIMultiDict()
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadResponseError(f"malformed MIME header line: {line[:200]}")
        headers.add(name, value.strip())
    return Head(int(status), reason, headers, version == "HTTP/1.0")
