"""What curl -d and its kin give: text, files, standard input."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable
from urllib.parse import quote_from_bytes

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.clients.curl.warnings import warn
from breakfix.embedded.programs.input import all_input
from breakfix.embedded.programs.options import Options

_LINE_ENDS = b"\r\n\0"


async def posted(process: Process, options: Options) -> bytes | None:
    """All data options together, None where there are none: `&` joins them, but not JSON."""
    found: bytes | None = None
    for name, value in options.values:
        read = _READERS.get(name)
        if read is None:
            continue
        piece = await read(process, options, value)
        joint = b"" if name == "json" else b"&"
        found = piece if found is None else found + joint + piece
    return found


async def _text(process: Process, options: Options, value: str) -> bytes:
    """-d: a file loses its line ends."""
    if not value.startswith("@"):
        return value.encode()
    data = await _file(process, options, value[1:], value[1:])
    return (data or b"").translate(None, _LINE_ENDS)


async def _raw(_process: Process, _options: Options, value: str) -> bytes:
    return value.encode()


async def _binary(process: Process, options: Options, value: str) -> bytes:
    if not value.startswith("@"):
        return value.encode()
    return await _file(process, options, value[1:], value[1:]) or b""


async def _encoded(process: Process, options: Options, value: str) -> bytes:
    """--data-urlencode: CONTENT, =CONTENT, NAME=CONTENT, @FILE or NAME@FILE."""
    sign = "=" if "=" in value else "@"
    name, found, content = value.partition(sign)
    if not found:
        name, content = "", value
    data: bytes | None = content.encode()
    if found == "@":
        data = await _file(process, options, content, value)
    if data is None:
        return b""
    text = quote_from_bytes(data, safe="").replace("%20", "+")
    return (f"{name}={text}" if name else text).encode()


async def _file(process: Process, options: Options, name: str, shown: str) -> bytes | None:
    """A file, - for standard input; None where it cannot be read."""
    if name == "-":
        return await all_input(process)
    try:
        return process.files.read(posixpath.join(process.cwd, name))
    except OSError:
        words = f'Couldn\'t read data from file "{shown}", this makes an empty POST.'
        await warn(process, options, words)
        return None


_READERS: dict[str, Callable[[Process, Options, str], Awaitable[bytes]]] = {
    "d": _text, "data-raw": _raw, "data-binary": _binary, "data-urlencode": _encoded,
    "json": _binary,
}  # fmt: skip
DATA_OPTIONS = frozenset(_READERS)
