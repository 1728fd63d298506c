"""curl -L: how often, and where to."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from breakfix.embedded.programs.clients.curl.errors import (
    TOO_MANY_REDIRECTS,
    UNSUPPORTED_PROTOCOL,
    URL_MALFORMAT,
    CurlError,
)
from breakfix.embedded.programs.clients.curl.handle import Handle
from breakfix.embedded.programs.http.client import Url, parse_url

_MAX_REDIRECTS = 50
_UNPARSED = "The redirect target URL could not be parsed: "
_KNOWN = re.compile(
    "dict|file|ftps?|gophers?|https?|imaps?|ldaps?|mqtt|pop3s?|rtmp|rtsp|scp|sftp|smbs?|smtps?"
    "|telnet|tftp"
)


def count_redirect(handle: Handle) -> None:
    """Raises CurlError where it is one too many; -1 is no limit."""
    most = int(handle.options.get("max-redirs") or _MAX_REDIRECTS)
    if 0 <= most <= handle.redirects:
        raise CurlError(TOO_MANY_REDIRECTS, f"Maximum ({most}) redirects followed")
    handle.redirects += 1


def redirect_target(url: Url, location: str) -> Url:
    """Raises CurlError where curl cannot parse it."""
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", location)
    if scheme and not _KNOWN.fullmatch(scheme[1].lower()):
        raise CurlError(UNSUPPORTED_PROTOCOL, f"{_UNPARSED}Unsupported URL scheme")
    target = location.replace(":///", "://", 1) if location.startswith("http") else location
    try:
        return parse_url(urljoin(str(url), target))
    except ValueError:
        pass
    if scheme and scheme[1].lower() not in ("http", "https"):
        return Url(scheme[1].lower(), "", 0, location.partition("//")[2])
    words = "No host part in the URL"
    if re.search(r"//[^/]+:[^/]*", target):
        words = "Port number was not a decimal number between 0 and 65535"
    raise CurlError(URL_MALFORMAT, f"{_UNPARSED}{words}")


def check_scheme(url: Url) -> None:
    """Only HTTP. Raises CurlError."""
    if url.scheme not in ("http", "https"):
        words = f'Protocol "{url.scheme}" not supported or disabled in libcurl'
        raise CurlError(UNSUPPORTED_PROTOCOL, words)
