"""One transfer of curl: an exchange with each host that redirects lead to, or telnet."""

from __future__ import annotations

from breakfix.embedded.network.types import RefusedError, ResetError
from breakfix.embedded.programs.clients.curl.connect import connected, secured
from breakfix.embedded.programs.clients.curl.errors import (
    HTTP_RETURNED_ERROR,
    RECV_ERROR,
    TOO_MANY_REDIRECTS,
    UNSUPPORTED_PROTOCOL,
    URL_MALFORMAT,
    CurlError,
    bad_response,
)
from breakfix.embedded.programs.clients.curl.handle import Handle
from breakfix.embedded.programs.clients.curl.output import deliver, progress_meter, status_line
from breakfix.embedded.programs.clients.curl.request import headers, method_and_body
from breakfix.embedded.programs.clients.talk import talk
from breakfix.embedded.programs.http.client import Url, exchange, parse_url
from breakfix.embedded.programs.http.messages import BadMessageError, Request, Response

_REDIRECTS = (301, 302, 303, 307, 308)
_BAD = 400  # and more: errors
_MAX_REDIRECTS = 50


async def perform(handle: Handle, address: str) -> None:
    """Get one URL. Raises CurlError."""
    url = _parsed(address)
    handle.scheme = url.scheme
    if url.scheme == "telnet":
        await talk(handle.process, await connected(handle, url), half_close=False)
        return
    await progress_meter(handle)
    response = await _followed(handle, url)
    failed = CurlError(HTTP_RETURNED_ERROR, f"The requested URL returned error: {response.status}")
    if response.status >= _BAD and "f" in handle.options:
        raise failed
    await deliver(handle, response)
    if response.status >= _BAD and "fail-with-body" in handle.options:
        raise failed


def _parsed(address: str) -> Url:
    try:
        url = parse_url(address)
    except ValueError:
        words = "URL using bad/illegal format or missing URL"
        raise CurlError(URL_MALFORMAT, words) from None
    if url.scheme not in ("http", "https", "telnet"):
        words = f'Protocol "{url.scheme}" not supported or disabled in libcurl'
        raise CurlError(UNSUPPORTED_PROTOCOL, words)
    return url


async def _followed(handle: Handle, url: Url) -> Response:
    """The last response, after all redirects that may be followed."""
    options = handle.options
    method, body = method_and_body(handle)
    response = await _exchanged(handle, url, method, body)
    while "L" in options and response.status in _REDIRECTS and response.has("location"):
        await deliver(handle, response, body=False)
        _count_redirect(handle)
        url = url.joined(response.header("location"))
        await handle.info(f"Issue another request to this URL: '{url}'")
        if response.status in (301, 302, 303) and method == "POST" and "X" not in options:
            method, body = "GET", b""
        response = await _exchanged(handle, url, method, body)
    return response


def _count_redirect(handle: Handle) -> None:
    handle.redirects += 1
    if handle.redirects > int(handle.options.get("max-redirs") or _MAX_REDIRECTS):
        words = f"Maximum ({_MAX_REDIRECTS}) redirects followed"
        raise CurlError(TOO_MANY_REDIRECTS, words)


async def _exchanged(handle: Handle, url: Url, method: str, body: bytes) -> Response:
    """One request and its response."""
    request = Request(headers(handle.options, url, body), body, method, url.target)
    try:
        response = await _answered(handle, url, request)
    except BadMessageError as error:
        raise bad_response(error) from None
    except (ResetError, RefusedError):
        raise CurlError(RECV_ERROR, "Recv failure: Connection reset by peer") from None
    handle.response, handle.url = response, url
    handle.reached("starttransfer")
    await handle.head("<", status_line(response), response.headers)
    await handle.info(f"Connection #0 to host {url.host} left intact")
    return response


async def _answered(handle: Handle, url: Url, request: Request) -> Response:
    stream = await connected(handle, url)
    try:
        if url.scheme == "https":
            stream = await secured(handle, url, stream)
        await handle.head(">", f"{request.method} {url.target} HTTP/1.1", request.headers)
        return await exchange(stream, request)
    finally:
        stream.close()
