"""What curl asks: method, headers and body."""

from __future__ import annotations

import posixpath

from breakfix.embedded.programs.clients.curl.errors import READ_ERROR, CurlError
from breakfix.embedded.programs.clients.curl.handle import Handle
from breakfix.embedded.programs.http.client import Url, basic
from breakfix.embedded.programs.http.messages import Headers
from breakfix.embedded.programs.options import Options

VERSION = "7.88.1"
_DATA = ("d", "data-urlencode", "json")
_BOUNDARY = "------------------------breakfix"


def method_and_body(handle: Handle) -> tuple[str, bytes]:
    """What the options ask for. Raises CurlError."""
    options = handle.options
    data = [_data(handle, value) for name, value in options.values if name in _DATA]
    if "T" in options:
        return options.get("X") or "PUT", handle.process.files.read(handle.path(options.get("T")))
    body = _multipart(handle) if "F" in options else b"&".join(data)
    usual = "HEAD" if "I" in options else "POST" if body or data else "GET"
    return options.get("X") or usual, b"" if "G" in options else body


def _data(handle: Handle, value: str) -> bytes:
    """What -d gives: text, or @ and a file."""
    if not value.startswith("@"):
        return value.encode()
    name = value[1:]
    try:
        return handle.process.files.read(handle.path(name))
    except OSError:
        raise CurlError(READ_ERROR, f"Failed to open {name}") from None


def _multipart(handle: Handle) -> bytes:
    """A form's parts, as -F gives them."""
    found = b""
    for entry in handle.options.all("F"):
        name, _, value = entry.partition("=")
        file = f'; filename="{posixpath.basename(value[1:])}"' if value.startswith("@") else ""
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        found += head.encode() + _data(handle, value) + b"\r\n"
    return found + f"--{_BOUNDARY}--\r\n".encode()


def headers(options: Options, url: Url, body: bytes) -> Headers:
    """The usual headers, changed as -H says."""
    found = [("Host", url.authority)]
    if user := options.get("u") or url.user:
        found.append(("Authorization", basic(user)))
    found += [("User-Agent", options.get("A") or f"curl/{VERSION}"), ("Accept", "*/*")]
    if "oauth2-bearer" in options:
        found.append(("Authorization", f"Bearer {options.get('oauth2-bearer')}"))
    for flag, name in (("e", "Referer"), ("b", "Cookie")):
        if flag in options:
            found.append((name, options.get(flag)))
    if body:
        found += [("Content-Length", str(len(body))), ("Content-Type", _content_type(options))]
    return _changed(found, options.all("H"))


def _content_type(options: Options) -> str:
    if "json" in options:
        return "application/json"
    if "F" in options:
        return f"multipart/form-data; boundary={_BOUNDARY}"
    return "application/x-www-form-urlencoded"


def _changed(found: Headers, lines: list[str]) -> Headers:
    """-H: each line takes the place of a header; without a value it takes it away."""
    for line in lines:
        name, _, value = line.partition(":")
        found = [h for h in found if h[0].lower() != name.strip().lower()]
        if value.strip():
            found.append((name.strip(), value.strip()))
    return found
