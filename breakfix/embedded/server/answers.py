"""Answers on their way to HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson

from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object

JSON = "application/json"


@dataclass
class Answer:
    """A whole response."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


class NoPageError(StatusError):
    """404 of a path that belongs to no API: plain text, as Go's own server says it."""

    def __init__(self) -> None:
        super().__init__(404, "NotFound", "404 page not found")


def no_such_path() -> StatusError:
    """404 for a path that is not served."""
    return StatusError(404, "NotFound", "the server could not find the requested resource")


def no_such_method() -> StatusError:
    """405 for a path that is served, but not so."""
    words = "the server does not allow this method on the requested resource"
    return StatusError(405, "MethodNotAllowed", words)


def ok(item: Object | list[object], status: int = 200) -> Answer:
    """A JSON object."""
    return Answer(status, orjson.dumps(item))


def text(words: str, status: int = 200) -> Answer:
    """Plain text."""
    return Answer(status, words.encode(), "text/plain; charset=utf-8")


def refusal(error: StatusError) -> Answer:
    """The Status of an error."""
    if isinstance(error, NoPageError):
        return text(f"{error.message}\n", 404)
    status = error.status()
    again = getattr(error, "continue_", "")
    if again:
        status["metadata"]["continue"] = again
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    return Answer(error.code, orjson.dumps(status), headers=headers)


def warning_headers(texts: list[str]) -> list[str]:
    """The values of the Warning header (RFC 7234, code 299)."""
    found = []
    for words in dict.fromkeys(texts):
        quoted = words.replace("\\", "\\\\").replace('"', '\\"')
        quoted = quoted.replace("\n", " ").replace("\r", " ")
        found.append(f'299 - "{quoted}"')
    return found
