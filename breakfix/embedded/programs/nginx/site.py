"""How nginx answers one request."""

from __future__ import annotations

import re

from breakfix.embedded.programs.http.messages import Response
from breakfix.embedded.programs.nginx.access import allowed, authenticated
from breakfix.embedded.programs.nginx.config import Directive
from breakfix.embedded.programs.nginx.exchange import NO_ANSWER, Exchange, Redirect
from breakfix.embedded.programs.nginx.files import static
from breakfix.embedded.programs.nginx.location import Location, normal
from breakfix.embedded.programs.nginx.pages import page, words
from breakfix.embedded.programs.nginx.passing import proxied
from breakfix.embedded.programs.nginx.pcre import pcre
from breakfix.embedded.programs.nginx.rewriting import holds, rewritten

_CYCLES = 10
_ALWAYS = (200, 201, 204, 206, 301, 302, 303, 304, 307, 308)


async def answer(x: Exchange) -> Response:
    """Find the location and do what it says, until there is an answer."""
    x.path, x.args = normal(x.request), x.request.query
    named = ""
    for _ in range(_CYCLES):
        try:
            return await _once(x, named)
        except Redirect as other:
            x.path, named = other.path, other.named
            x.args = x.args if other.query is None else other.query
    cycle = "rewrite or internal redirection cycle while internally redirecting to"
    await x.log(f'{cycle} "{x.path}"')
    return await _failed(x, x.location or x.server.top, 500)


async def _once(x: Exchange, named: str = "") -> Response:
    found = rewritten(x, x.server.top)
    if found is not None:
        return await _finished(x, x.server.top, found)
    location = x.server.locate(x.path)
    if named:
        location = next(c for c in x.server.top.children if c.pattern == named)
    if location.kind in ("~", "~*"):
        flags = re.IGNORECASE if location.kind == "~*" else 0
        match = re.search(pcre(location.pattern), x.path, flags)
        if match:
            x.captures(match)
    x.location = location
    found = rewritten(x, location) if location is not x.server.top else None
    response = found or await _content(x, location)
    return await _finished(x, location, response)


async def _finished(x: Exchange, location: Location, response: Response) -> Response:
    """error_page and add_header."""
    own = response.status != NO_ANSWER and not x.passed
    if own and response.status >= 300 and not response.body:  # noqa: PLR2004
        response = await _failed(x, location, response.status, response)
    for found in location.settings("add_header"):
        always = found.args[-1] == "always" and len(found.args) > 2  # noqa: PLR2004
        value = x.fill(found.args[1])
        if value and (always or response.status in _ALWAYS):
            response.headers.append((found.args[0], value))
    return response


async def _failed(
    x: Exchange, location: Location, status: int, response: Response | None = None
) -> Response:
    for found in location.settings("error_page"):
        codes = [a for a in found.args[:-1] if a.isdigit()]
        if str(status) in codes and "error_page" not in x.own:
            x.own["error_page"] = str(status)
            return await _error_page(x, found, status)
    done = response or Response(status=status)
    done.status, done.reason = status, words(status)
    done.headers = [*done.headers, ("Content-Type", "text/html")]
    done.body = page(status, x.nginx.signature)
    return done


async def _error_page(x: Exchange, found: Directive, status: int) -> Response:
    target = found.args[-1]
    changed = next((a[1:] for a in found.args if a.startswith("=")), None)
    if target.startswith("http"):
        code = int(changed) if changed else 302
        return Response([("Location", x.fill(target)), ("Content-Type", "text/html")],
                        page(code, x.nginx.signature), code, words(code))  # fmt: skip
    if target.startswith("@"):
        inner = await _once(x, target)
    else:
        x.path = x.fill(target)
        inner = await _answer_again(x)
    if changed != "" and inner.status == 200:  # noqa: PLR2004
        inner.status = int(changed) if changed else status
        inner.reason = words(inner.status)
    return inner


async def _answer_again(x: Exchange) -> Response:
    for _ in range(_CYCLES):
        try:
            return await _once(x)
        except Redirect as other:
            x.path = other.path
    return await _failed(x, x.server.top, 500)


async def _content(x: Exchange, location: Location) -> Response:
    proxy = location.directive.find("proxy_pass")
    if proxy is None:
        branches = [b for b in location.directive.all("if") if holds(x, b.args)]
        proxy = next((p for b in branches if (p := b.find("proxy_pass"))), None)
    if not allowed(x, location):
        await x.log("access forbidden by rule")
        return Response(status=403)
    if (asked := await authenticated(x, location)) is not None:
        return asked
    if proxy is not None:
        return await proxied(x, location, proxy)
    if location.directive.find("stub_status"):
        return Response([("Content-Type", "text/plain")], x.nginx.worker.status())
    if x.request.method not in ("GET", "HEAD"):
        return Response(status=405)
    return await static(x, location)
