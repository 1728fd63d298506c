"""How JSON is printed: on one line that ends, or over many for whom it is to be read by."""

from __future__ import annotations

from dataclasses import replace

import orjson
from aiohttp import web

from breakfix.embedded.server.answers import JSON, Answer

_PEOPLE = ("curl", "Wget", "Mozilla/5.0")  # how their User-Agent begins
_TRUE, _FALSE = ("1", "t", "T", "true", "True", "TRUE"), ("0", "f", "F", "false", "False", "FALSE")
_FIRST = ("kind", "apiVersion", "metadata")


def printed(answer: Answer, http: web.BaseRequest) -> Answer:
    """An object of the API as this client gets it; other bodies stay as they are."""
    body = answer.body
    if not answer.content_type.startswith(JSON) or body[:1] != b"{" or body[1:2] == b"\n":
        return answer
    return replace(answer, body=_indented(body) if _wants(http) else body + b"\n")


def _wants(http: web.BaseRequest) -> bool:
    """`?pretty` says so; else the program that asks does."""
    asked = http.query.get("pretty")
    if asked in _TRUE or asked in _FALSE:
        return asked in _TRUE
    return http.headers.get("User-Agent", "").startswith(_PEOPLE)


def _indented(body: bytes) -> bytes:
    found = orjson.loads(body)
    head = {name: found[name] for name in _FIRST if name in found}
    return orjson.dumps(head | found, option=orjson.OPT_INDENT_2)
