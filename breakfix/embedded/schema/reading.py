"""The values in JSON request bodies, with the duplicate fields that they have."""

from __future__ import annotations

import json
from typing import Any

import orjson

from breakfix.embedded.schema import syntax

MAX_DEPTH = 250  # what can be written again; real bodies are not nearly as deep


class ReadingError(Exception):
    """The body is no value; the text is the real parser's."""


class Pairs(dict[str, Any]):
    """An object that may name a field twice: `pairs` has all, as they were written."""

    pairs: list[tuple[str, Any]]

    @classmethod
    def of(cls, pairs: list[tuple[str, Any]]) -> Pairs:
        """The last of several wins."""
        found = cls(pairs)
        found.pairs = pairs
        return found


def json_value(body: bytes) -> Any:
    """A JSON value; the last of duplicate fields wins. Raises ReadingError."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _unusual(body)


def json_pairs(body: bytes) -> Any:
    """The same with `Pairs` for objects."""
    return json.loads(body, object_pairs_hook=Pairs.of)


def keys_written(body: bytes) -> int:
    """How many fields a JSON text names; never less than there are in what Go writes."""
    return body.count(b'":') - body.count(b'\\":')


def _unusual(body: bytes) -> Any:
    """Say what is wrong, or read what Go takes: lone surrogates, bytes that are no UTF-8."""
    try:
        syntax.check(body)
        found = json.loads(body.decode("utf-8", "replace"))
        text = json.dumps(found, ensure_ascii=False, allow_nan=False)
        return orjson.loads(text.encode("utf-8", "replace"))
    except syntax.JSONSyntaxError as error:
        raise ReadingError(str(error)) from None
    except (RecursionError, orjson.JSONDecodeError):
        raise ReadingError("invalid character '{' exceeded max depth") from None
    except ValueError as error:
        raise ReadingError(str(error)) from None
