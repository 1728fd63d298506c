"""One transfer of curl: an exchange with each host that redirects lead to, or telnet."""

from __future__ import annotations

from breakfix.embedded.network.types import RefusedError, ResetError
from breakfix.embedded.programs.clients.curl.connect import connected, secured
from breakfix.embedded.programs.clients.curl.errors import (
    HTTP_RETURNED_ERROR,
    RECV_ERROR,
    URL_MALFORMAT,
    CurlError,
    bad_response,
)
from breakfix.embedded.programs.clients.curl.handle import Handle
from breakfix.embedded.programs.clients.curl.output import (
    deliver,
    progress_meter,
    start_head,
    status_line,
    write_head,
)
from breakfix.embedded.programs.clients.curl.redirect import (
    check_scheme,
    count_redirect,
    redirect_target,
)
from breakfix.embedded.programs.clients.curl.request import headers, method_and_body, with_query
from breakfix.embedded.programs.clients.curl.route import proxy, tunnel
from breakfix.embedded.programs.clients.curl.upload import named
from breakfix.embedded.programs.clients.talk import talk
from breakfix.embedded.programs.http.client import Url, exchange, parse_url
from breakfix.embedded.programs.http.messages import BadMessageError, Request, Response

_REDIRECTS = (301, 302, 303, 307, 308)
_BAD = 400  # and more: errors


async def perform(handle: Handle, address: str) -> None:
    """Get one URL. Raises CurlError."""
    handle.url = url = _parsed(address)
    if url.scheme == "telnet":
        handle.scheme = url.scheme
        await talk(handle.process, await connected(handle, url), half_close=False)
        return
    await progress_meter(handle)
    start_head(handle)
    url = named(handle, with_query(handle, url))
    response = await _followed(handle, url)
    failed = CurlError(HTTP_RETURNED_ERROR, f"The requested URL returned error: {response.status}")
    if response.status >= _BAD and "f" in handle.options:
        await deliver(handle, response, body=False)
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
    if url.scheme != "telnet":
        check_scheme(url)
    return url


async def _followed(handle: Handle, url: Url) -> Response:
    """The last response, after all redirects that may be followed."""
    options = handle.options
    method, body = await method_and_body(handle)
    response = await _exchanged(handle, url, method, body)
    while "L" in options and response.status in _REDIRECTS and response.has("location"):
        await deliver(handle, response, body=False)
        count_redirect(handle)
        url = redirect_target(url, response.header("location"))
        await handle.info(f"Issue another request to this URL: '{url}'")
        check_scheme(url)
        if response.status in (301, 302, 303) and method == "POST" and "X" not in options:
            method, body = "GET", None
        response = await _exchanged(handle, url, method, body)
    return response


async def _exchanged(handle: Handle, url: Url, method: str, body: bytes | None) -> Response:
    """One request and its response."""
    handle.url, handle.method = url, method
    found = headers(handle.options, url, body)
    request = Request(found, body or b"", method, url.target)
    try:
        response = await _answered(handle, url, request)
    except BadMessageError as error:
        raise bad_response(error) from None
    except (ResetError, RefusedError):
        raise CurlError(RECV_ERROR, "Recv failure: Connection reset by peer") from None
    handle.response = response
    handle.reached("starttransfer")
    await handle.head("<", status_line(response), response.headers)
    await write_head(handle, response)
    await handle.info(f"Connection #0 to host {url.host} left intact")
    return response


async def _answered(handle: Handle, url: Url, request: Request) -> Response:
    through = proxy(handle.options, url)
    stream = await connected(handle, url)
    handle.scheme = url.scheme
    try:
        if url.scheme == "https":
            if through:
                await tunnel(handle, stream, through, url)
            stream = await secured(handle, url, stream)
        elif through:
            request.target = str(url)
            request.headers += through.headers
        handle.reached("pretransfer")
        handle.uploaded = len(request.body)
        await handle.head(">", f"{request.method} {request.target} HTTP/1.1", request.headers)
        return await exchange(stream, request)
    finally:
        stream.close()
