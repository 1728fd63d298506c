"""The formats of strings that API servers check; others are ignored."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from breakfix.embedded.kinds import names

_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d([.,]\d+)?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII
)
_DURATION = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d|w)", re.ASCII)
_WORDED = re.compile(
    r"\s*\d+\s*(ns|nanos?|us|µs|ms|milli(second)?s?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|"
    r"hours?|d|days?|w|wks?|weeks?)\s*", re.ASCII,
)  # fmt: skip


def _matches(pattern: str, flags: int = re.ASCII) -> Callable[[str], Any]:
    def check(text: str) -> None:
        if not re.fullmatch(pattern, text, flags):  # compiled when first asked
            raise ValueError(text)

    return check


def _none(find: Callable[[str], list[str]]) -> Callable[[str], Any]:
    def check(text: str) -> None:
        if find(text):
            raise ValueError(text)

    return check


def _moment(text: str) -> None:
    if not _MOMENT.fullmatch(text):
        raise ValueError(text)
    datetime.fromisoformat(text.upper().replace(",", "."))


def _day(text: str) -> None:
    _matches(r"\d{4}-\d\d-\d\d")(text)
    date.fromisoformat(text)


def _duration(text: str) -> None:
    at, found = 0, False
    while at < len(text) and (part := _DURATION.match(text, at)):
        at, found = part.end(), True
    if not (found and at == len(text)) and not _WORDED.fullmatch(text):
        raise ValueError(text)


def _uuid(version: int = 0) -> Callable[[str], Any]:
    shape = _matches(r"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")

    def check(text: str) -> None:
        shape(text)
        if version and UUID(text).version != version:
            raise ValueError(text)

    return check


def _uri(text: str) -> None:
    if not re.match(r"(/|[A-Za-z][A-Za-z0-9+.-]*:)", text) or re.search(r"[\s\x00-\x1f]", text):
        raise ValueError(text)


def _bytes(text: str) -> None:
    base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)


_HOST = r"([a-zA-Z0-9\u00a0-\uffff]([a-zA-Z0-9\u00a0-\uffff-]{0,61}[a-zA-Z0-9\u00a0-\uffff])?)"
CHECKS: dict[str, Callable[[str], Any]] = {
    "uri": _uri,
    "email": _matches(r"[^@\s<>]+@[^@\s<>]+"),
    "hostname": _matches(rf"{_HOST}(\.{_HOST})*", 0),
    "ipv4": ipaddress.IPv4Address,
    "ipv6": ipaddress.IPv6Address,
    "cidr": lambda text: ipaddress.ip_interface(text) if "/" in text else int("no prefix"),
    "mac": _matches(r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|([0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}"),
    "uuid": _uuid(),
    "uuid3": _uuid(3),
    "uuid4": _uuid(4),
    "uuid5": _uuid(5),
    "hexcolor": _matches(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"),
    "byte": _bytes,
    "date": _day,
    "datetime": _moment,
    "date-time": _moment,
    "duration": _duration,
    "bsonobjectid": _matches(r"[0-9a-fA-F]{24}"),
    "k8s-short-name": _none(names.dns_label),
    "k8s-long-name": _none(names.dns_subdomain),
}


def fits(format: str, text: str) -> bool:
    """Does a text have the format? True for formats that are not checked."""
    check = CHECKS.get(format.replace("_", "-"))
    if check is None:
        return True
    try:
        check(text)
    except (ValueError, binascii.Error):
        return False
    return True
