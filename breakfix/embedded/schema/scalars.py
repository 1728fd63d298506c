"""Values with a form of their own: numbers, times, quantities, bytes.

Each function gives the value to keep, and raises ScalarError: with a text where the real
type has its own, without one where the decoder words it ("cannot unmarshal ...").
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from breakfix.embedded import quantities
from breakfix.embedded.objects import micro_timestamp, parse_time, timestamp

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d([.,]\d+)?([Zz]|[+-]\d\d:\d\d)")
_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MICROS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_LAYOUT = "2006-01-02T15:04:05Z07:00"
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_GROUP = 4


class ScalarError(Exception):
    """A value that its type does not take; `text` is what the real type says of it."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.text = text


def _int(low: int, high: int) -> Callable[[Any], Any]:
    def check(item: Any) -> Any:
        if type(item) is not int or not low <= item <= high:
            raise ScalarError
        return item

    return check


def _kind(*kinds: type) -> Callable[[Any], Any]:
    def check(item: Any) -> Any:
        if type(item) not in kinds:
            raise ScalarError
        return item

    return check


_int32 = _int(-(2**31), 2**31 - 1)
_string = _kind(str)


def _int_or_string(item: Any) -> Any:
    return item if type(item) is str else _int32(item)


def _quantity(item: Any) -> Any:
    if type(item) is str:
        return _canonical(item.strip(" "))
    text = str(item) if type(item) in {int, float} else "?"
    return _canonical(text)


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str:
    try:
        return quantities.canonical(text)
    except ValueError as error:
        raise ScalarError(str(error)) from None


def _time(item: Any) -> Any:
    text: str = _string(item)
    return text if _SECONDS.fullmatch(text) and _is_time(text) else timestamp(_moment(text))


def _micro_time(item: Any) -> Any:
    text: str = _string(item)
    return text if _MICROS.fullmatch(text) and _is_time(text) else micro_timestamp(_moment(text))


@lru_cache(maxsize=1024)
def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except ValueError:
        return False
    return True


def _moment(text: str) -> Any:
    try:
        if _TIME.fullmatch(text):
            return parse_time(text.replace("t", "T").replace("z", "Z").replace(",", "."))
    except ValueError:
        raise ScalarError(f'parsing time "{text}": {_part(text)} out of range') from None
    stuck = _stuck(text)
    tried = f' as "{_LAYOUT}"' if stuck.startswith("cannot") else ""
    raise ScalarError(f'parsing time "{text}"{tried}: {stuck}')


def _part(text: str) -> str:
    month, day = int(text[5:7]), int(text[8:10])
    if not 1 <= month <= 12:  # noqa: PLR2004
        return "month"
    for part, at, limit in (("hour", 11, 23), ("minute", 14, 59), ("second", 17, 59)):
        if int(text[at : at + 2]) > limit:
            return part
    del day
    return "day"


def _stuck(text: str) -> str:
    """Where the layout and the text part."""
    layout = (
        (r"\d{4}", "2006"), ("-", "-"), (r"\d\d", "01"), ("-", "-"), (r"\d\d", "02"), ("T", "T"),
        (r"\d\d", "15"), (":", ":"), (r"\d\d", "04"), (":", ":"), (r"\d\d(?:[.,]\d+)?", "05"),
        (r"Z|[+-]\d\d:\d\d", "Z07:00"),
    )  # fmt: skip
    at = 0
    for pattern, name in layout:
        found = re.compile(pattern).match(text, at)
        if found is None:
            return f'cannot parse "{text[at:]}" as "{name}"'
        at = found.end()
    return f'extra text: "{text[at:]}"'


def _bytes(item: Any) -> Any:
    text: str = _string(item)
    if _BASE64.fullmatch(text):
        return text
    plain = text.replace("\n", "").replace("\r", "")
    if _BASE64.fullmatch(plain):
        return base64.b64encode(base64.b64decode(plain)).decode()
    raise ScalarError(f"illegal base64 data at input byte {_bad_byte(text)}")


def _bad_byte(text: str) -> int:
    """Where Go's decoder stops."""
    digits = 0
    for at, found in enumerate(text):
        if re.match(r"[A-Za-z0-9+/]", found):
            digits += 1
        elif found == "=" and digits % _GROUP == 2:  # noqa: PLR2004 - one more has to follow
            return len(text) if not text[at + 1 :].strip("\r\n") else at + 1
        elif found == "=" and digits % _GROUP == 3:  # noqa: PLR2004
            return at + 1
        elif found not in "\r\n":
            return at
    return len(text) - len(text) % _GROUP


SCALARS: dict[str, Callable[[Any], Any]] = {
    "string": _string, "boolean": _kind(bool), "integer": _int(-(2**63), 2**63 - 1),
    "number": _kind(int, float), "int32": _int32, "int64": _int(-(2**63), 2**63 - 1),
    "double": _kind(int, float), "int-or-string": _int_or_string, "quantity": _quantity,
    "date-time": _time, "micro-time": _micro_time, "byte": _bytes,
}  # fmt: skip
