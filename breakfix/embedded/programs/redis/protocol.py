"""What redis and its clients say to each other."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.programs.redis.config import ConfigurationError, split
from breakfix.embedded.programs.sockets import Reader

_MAX_ARGS, _MAX_BULK = 4096, 4 << 20


def pack(args: list[bytes]) -> bytes:
    """A command as a client sends it."""
    return b"*%d\r\n" % len(args) + b"".join(b"$%d\r\n%s\r\n" % (len(a), a) for a in args)


async def read_command(reader: Reader) -> list[bytes] | None:
    """A command: as an array, or words of a line. None at the end."""
    line = await reader.line()
    if not line:
        return None
    text = line.strip()
    if not text.startswith(b"*"):
        return split(text.decode(errors="replace"))
    if not text[1:].isdigit() or int(text[1:]) > _MAX_ARGS:
        raise ConfigurationError("Protocol error: invalid multibulk length")
    found = []
    for _ in range(int(text[1:])):
        size = (await reader.line()).strip()
        if not size.startswith(b"$") or not size[1:].isdigit() or int(size[1:]) > _MAX_BULK:
            raise ConfigurationError("Protocol error: expected '$', got something else")
        found.append(await reader.exactly(int(size[1:])))
        await reader.exactly(2)
    return found


def bulk(data: bytes) -> bytes:
    """One value."""
    return b"$%d\r\n%s\r\n" % (len(data), data)


def text_bulk(text: str) -> bytes:
    """One value that is text."""
    return bulk(text.encode())


def unknown(command: list[bytes]) -> bytes:
    """The answer to a command that there is not."""
    name, *args = (c.decode(errors="replace") for c in command)
    shown = "".join(f"'{a}' " for a in args)
    return f"-ERR unknown command '{name}', with args beginning with: {shown}\r\n".encode()


_CODES = frozenset(["ERR", "WRONGTYPE", "NOAUTH", "NOPERM", "NOSCRIPT", "EXECABORT", "BUSYGROUP",
                    "NOGROUP", "WRONGPASS", "READONLY", "OOM", "BUSYKEY"])  # fmt: skip


def encoded(value: Any) -> bytes:
    """An answer of the store."""
    if isinstance(value, Exception):
        text = str(value)
        prefix = "EXECABORT " if type(value).__name__ == "ExecAbortError" else "ERR "
        prefix = "" if text.split(" ", 1)[0] in _CODES else prefix
        return f"-{prefix}{text}\r\n".encode()
    if value is None:
        return b"$-1\r\n"
    if isinstance(value, int):
        return b":%d\r\n" % value
    if isinstance(value, (list, tuple)):
        return b"*%d\r\n" % len(value) + b"".join(encoded(v) for v in value)
    data = value if isinstance(value, bytes) else str(value).encode()
    if data in (b"OK", b"PONG", b"QUEUED"):
        return b"+" + data + b"\r\n"
    return bulk(data)
