"""Values of a query, as Kubernetes' clients write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from breakfix.embedded.errors import bad_request

LARGEST = 1 << 63
_INTEGER = re.compile(r"[+-]?[0-9]+")


def flag(query: Mapping[str, str], name: str) -> bool:
    """Everything but false and 0 is true, where it is said at all."""
    return name in query and query[name].lower() not in ("false", "0")


def integer(query: Mapping[str, str], name: str) -> int | None:
    """An int64. Raises StatusError 400."""
    if name not in query:
        return None
    text = query[name]
    if not _INTEGER.fullmatch(text):
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    if not -LARGEST <= int(text) < LARGEST:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": value out of range')
    return int(text)


def moment(query: Mapping[str, str], name: str) -> datetime | None:
    """RFC 3339. Raises StatusError 400."""
    text = query.get(name, "")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        layout = "2006-01-02T15:04:05Z07:00"
        raise bad_request(f'parsing time "{text}" as "{layout}": cannot parse "{text}" as "2006"')
    return found
