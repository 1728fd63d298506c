"""What is read of a server that may not speak HTTP."""

from __future__ import annotations

import pytest

from breakfix.embedded.server.streams.http_client import BadResponseError, Reader


class Given:
    """A connection on which this comes."""

    def __init__(self, *pieces: bytes, open: bool = False) -> None:
        self._pieces, self._open = list(pieces), open

    async def read(self, limit: int = 65536) -> bytes:
        del limit
        if not self._pieces and self._open:
            raise AssertionError("it should not have waited")
        return self._pieces.pop(0) if self._pieces else b""

    async def write(self, data: bytes) -> None:
        del data


@pytest.mark.parametrize(("data", "words"), [
    (b"hello", 'malformed HTTP response "hello"'),
    (b"-ERR no\r\n", 'malformed HTTP response "-ERR no"'),
    (b"HTTP/1.1 200 OK\r\nA: b", "unexpected EOF"),
    (b"", "EOF"),
])  # fmt: skip
async def test_what_is_no_response(data: bytes, words: str) -> None:
    with pytest.raises(BadResponseError) as error:
        await Reader(Given(data)).head()
    assert str(error.value) == words


async def test_the_first_line_is_enough() -> None:
    with pytest.raises(BadResponseError, match="malformed"):
        await Reader(Given(b"SSH-2.0-x\n", open=True)).head()
