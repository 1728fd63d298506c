"""Links of a proxied server, changed so that they lead through the proxy again."""

from __future__ import annotations

import contextlib
import gzip
import html
import posixpath
import re
import zlib
from dataclasses import dataclass
from urllib.parse import urlsplit

LARGEST_PAGE = 8 * 1024 * 1024  # bytes; a larger one stays as it is
LINKS = {
    "a": "href", "applet": "codebase", "area": "href", "audio": "src", "base": "href",
    "blockquote": "cite", "body": "background", "button": "formaction", "command": "icon",
    "del": "cite", "embed": "src", "form": "action", "frame": "longdesc src", "head": "profile",
    "html": "manifest", "iframe": "longdesc src", "img": "longdesc src usemap",
    "input": "src usemap formaction", "ins": "cite", "link": "href",
    "object": "classid codebase data usemap", "q": "cite", "script": "src", "source": "src",
    "video": "poster src",
}  # fmt: skip
_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9]*)((?:\s+[^\s=>/]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'"
                  r"|[^\s\"'>]+))?)*)\s*(/?)>")  # fmt: skip
_ATTRIBUTE = re.compile(r"([^\s=>/]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")


@dataclass(frozen=True)
class Rewriter:
    """Of one request."""

    prefix: str  # of the path, up to .../proxy
    location_host: str  # of the server behind
    asked_host: str  # the Host header

    def url(self, text: str) -> str:
        """One link. Raises ValueError for none."""
        found = urlsplit(text)
        elsewhere = found.netloc and found.netloc not in (self.location_host, self.asked_host)
        if elsewhere or not found.path.startswith("/"):
            return text
        path = found.path
        if not path.startswith(self.prefix):
            path = posixpath.normpath(self.prefix + path) + ("/" if path.endswith("/") else "")
        if found.netloc == self.asked_host:
            return found._replace(path=path).geturl()
        return found._replace(scheme="", netloc="", path=path).geturl()

    def page(self, body: bytes, encoding: str) -> bytes:
        """All links of an HTML page."""
        try:
            match encoding:
                case "":
                    return self._text(body)
                case "gzip":
                    return gzip.compress(self._text(_unpacked(body, 31)), mtime=0)
                case "deflate":
                    packer = zlib.compressobj(wbits=-15)
                    return packer.compress(self._text(_unpacked(body, -15))) + packer.flush()
        except zlib.error:
            pass
        return body

    def _text(self, body: bytes) -> bytes:
        text = body.decode("utf-8", "surrogateescape")
        return _TAG.sub(self._tag, text).encode("utf-8", "surrogateescape")

    def _tag(self, match: re.Match[str]) -> str:
        name, attributes, slash = match.groups()
        links = LINKS.get(name.lower(), "").split()
        if not links:
            return match.group()
        shown = "".join(self._attribute(a, links) for a in _ATTRIBUTE.finditer(attributes))
        return f"<{name.lower()}{shown}{slash}>"

    def _attribute(self, match: re.Match[str], links: list[str]) -> str:
        name = match[1].lower()
        value = html.unescape((match[2] or "").strip("\"'"))
        if name in links:
            with contextlib.suppress(ValueError):
                value = self.url(value)
        return f' {name}="{html.escape(value)}"'


def _unpacked(body: bytes, bits: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=bits)
    found = unpacker.decompress(body, LARGEST_PAGE)
    if unpacker.unconsumed_tail:
        raise zlib.error("too large")
    return found
