"""Where curl puts what it got: -i, -I, -o, -O."""

from __future__ import annotations

import posixpath

from breakfix.embedded.programs.clients.curl.errors import WRITE_ERROR, CurlError
from breakfix.embedded.programs.clients.curl.handle import Handle
from breakfix.embedded.programs.http.messages import Response, head

_METER = (
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    "                                 Dload  Upload   Total   Spent    Left  Speed\n"
)


async def progress_meter(handle: Handle) -> None:
    """Its head, where the output goes to a file."""
    options = handle.options
    hidden = "s" in options or "no-progress-meter" in options
    if not hidden and ("o" in options or "O" in options):
        await handle.process.err(_METER)


async def deliver(handle: Handle, response: Response, body: bool = True) -> None:
    """Write headers, where they are asked for, and body. Raises CurlError."""
    data = b""
    if "i" in handle.options or "I" in handle.options:
        data = head(status_line(response), response.headers)
    data += response.body if body else b""
    if not data and not body:
        return
    name = _file_name(handle)
    if not name or name == "-":
        await handle.process.stdout.write(data)
        return
    _write(handle, name, data)


def start_head(handle: Handle) -> None:
    """Empty -D's file. Raises CurlError."""
    name = handle.options.get("D")
    if name and name != "-":
        _write(handle, name, b"")


async def write_head(handle: Handle, response: Response) -> None:
    """-D: the headers of each response. Raises CurlError."""
    name, data = handle.options.get("D"), head(status_line(response), response.headers)
    if name == "-":
        await handle.process.stdout.write(data)
    elif name:
        _write(handle, name, handle.process.files.read(handle.path(name)) + data)


def _write(handle: Handle, name: str, data: bytes) -> None:
    try:
        handle.process.files.write(handle.path(name), data)
    except OSError:
        raise CurlError(WRITE_ERROR, "Failure writing output to destination") from None


def _file_name(handle: Handle) -> str:
    """By -o or -O; "" for standard output."""
    if "O" in handle.options and handle.url:
        return posixpath.basename(handle.url.target.partition("?")[0])
    return handle.options.get("o")


def status_line(response: Response) -> str:
    """A response's first line."""
    return f"{response.version} {response.status} {response.reason}"
