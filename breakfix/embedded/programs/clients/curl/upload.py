"""curl -T: the file, and where it goes."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from breakfix.embedded.programs.clients.curl.errors import HINT, READ_ERROR, CurlError
from breakfix.embedded.programs.clients.curl.handle import Handle
from breakfix.embedded.programs.http.client import Url
from breakfix.embedded.programs.input import all_input

UNREAD = "Failed to open/read local data from file/application"


async def upload(handle: Handle) -> bytes:
    """What -T sends; - is standard input. Raises CurlError."""
    name = handle.options.get("T")
    if name in ("-", "."):
        return await all_input(handle.process)
    try:
        return handle.process.files.read(handle.path(name))
    except OSError:
        await handle.process.err(f"curl: Can't open '{name}'!\n{HINT}")
        raise CurlError(READ_ERROR, UNREAD) from None


def named(handle: Handle, url: Url) -> Url:
    """The URL of an upload: a folder gets the file's name."""
    name = handle.options.get("T")
    path, mark, query = url.target.partition("?")
    if name in ("", "-", ".") or not path.endswith("/"):
        return url
    return replace(url, target=path + posixpath.basename(name) + mark + query)
