"""What curl asks: method, headers and body."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from breakfix.embedded.programs.clients.curl.errors import READ_ERROR, URL_MALFORMAT, CurlError
from breakfix.embedded.programs.clients.curl.handle import Handle
from breakfix.embedded.programs.clients.curl.upload import UNREAD, upload
from breakfix.embedded.programs.http.client import Url, basic
from breakfix.embedded.programs.http.messages import Headers
from breakfix.embedded.programs.options import Options

VERSION = "7.88.1"
_BOUNDARY = "------------------------breakfix"


async def method_and_body(handle: Handle) -> tuple[str, bytes | None]:
    """What the options ask for. Raises CurlError."""
    options, data = handle.options, handle.data
    if options.get("T"):
        return options.get("X") or "PUT", await upload(handle)
    body = _multipart(handle) if "F" in options else None if "G" in options else data
    usual = "HEAD" if "I" in options else "GET" if body is None else "POST"
    return options.get("X") or usual, body


def with_query(handle: Handle, url: Url) -> Url:
    """-G: the data follow the URL's query. Raises CurlError."""
    if "G" not in handle.options or not handle.data:
        return url
    more = handle.data.decode(errors="replace")
    if any(c <= " " or c == "\x7f" for c in more):
        raise CurlError(URL_MALFORMAT, "URL using bad/illegal format or missing URL")
    path, _, query = url.target.partition("?")
    return replace(url, target=f"{path}?{query}&{more}" if query else f"{path}?{more}")


def _multipart(handle: Handle) -> bytes:
    """A form's parts, as -F gives them. Raises CurlError."""
    found = b""
    for entry in handle.options.all("F"):
        name, _, value = entry.partition("=")
        content, file = value.encode(), ""
        if value.startswith("@"):
            path = value[1:].partition(";")[0]
            content, file = _part(handle, path), f'; filename="{posixpath.basename(path)}"'
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        found += head.encode() + content + b"\r\n"
    return found + f"--{_BOUNDARY}--\r\n".encode()


def _part(handle: Handle, path: str) -> bytes:
    try:
        return handle.process.files.read(handle.path(path))
    except OSError:
        raise CurlError(READ_ERROR, UNREAD) from None


def headers(options: Options, url: Url, body: bytes | None) -> Headers:
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
    lines = options.all("H")
    if "json" in options:
        lines = _json_lines(lines) + lines
    found = _changed(found, lines)
    return found if body is None else found + _of_body(options, lines, body)


def _of_body(options: Options, lines: list[str], body: bytes) -> Headers:
    """Its length and kind, where -H does not say them."""
    given = {line.partition(":")[0].strip().lower() for line in lines}
    usual = [("Content-Length", str(len(body)))]
    if not options.get("T"):
        usual.append(("Content-Type", _content_type(options)))
    return [(name, value) for name, value in usual if name.lower() not in given]


def _json_lines(lines: list[str]) -> list[str]:
    """What --json adds where -H does not say otherwise."""
    given = {line.partition(":")[0].strip().lower() for line in lines}
    usual = ("Content-Type: application/json", "Accept: application/json")
    return [line for line in usual if line.partition(":")[0].lower() not in given]


def _content_type(options: Options) -> str:
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
