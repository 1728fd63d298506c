"""Responses as Go's net/http writes them."""

from __future__ import annotations

import re

from breakfix.embedded.programs.http.messages import Request, Response, reason, text

_HTML = re.compile(  # as http.DetectContentType knows it
    r"[\t\n\f\r ]*<(!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body"
    r"|br|p|!--)[ >]",
    re.IGNORECASE,
)


def canonical_header(name: str) -> str:
    """http.CanonicalHeaderKey."""
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


def go_http_error(words: str, status: int) -> Response:
    """http.Error."""
    found = text(status, words + "\n")
    found.headers.append(("X-Content-Type-Options", "nosniff"))
    return found


def written(body: str, status: int = 200) -> Response:
    """What a handler has written: the kind is guessed from it."""
    kind = "text/html" if _HTML.match(body) else "text/plain"
    headers = [("Content-Type", f"{kind}; charset=utf-8")] if body else []
    return Response(headers, body.encode(), status)


def redirect(request: Request, location: str, status: int = 302) -> Response:
    """http.Redirect."""
    body = f'<a href="{location}">{reason(status)}</a>.\n\n' if request.method == "GET" else ""
    return Response([("Content-Type", "text/html; charset=utf-8"), ("Location", location)],
                    body.encode(), status)  # fmt: skip
