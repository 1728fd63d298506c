"""Plain YAML scalars as Kubernetes reads them.

YAML 1.1 without its traps for our readers: dates and base-60 numbers (`14:02`) stay
text; numbers that JSON or an int64 cannot hold are refused.
"""

from __future__ import annotations

import re

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_BOOLS = {
    form: value
    for word, value in _WORDS.items()
    for form in (word, word.capitalize(), word.upper())
}
_BASES = (
    (re.compile(r"[-+]?0b[01_]+"), 2),
    (re.compile(r"[-+]?0x[0-9a-fA-F_]+"), 16),
    (re.compile(r"[-+]?0o?[0-7_]+"), 8),
    (re.compile(r"[-+]?(?:0|[1-9][0-9_]*)"), 10),
)
_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9]+(?=[eE]))(?:[eE][-+]?\d+)?"
)
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST = 64
_INT64 = 2**63


def plain(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar. Raises ValueError in words for the author."""
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if text[0] not in "+-.0123456789":
        return text
    return _number(text)


def _number(text: str) -> str | int | float:
    base = next((base for form, base in _BASES if form.fullmatch(text)), 0)
    if not base and not _FLOAT.fullmatch(text) and not _NOT_A_NUMBER.fullmatch(text):
        return text
    value = _parsed(text, base) if len(text) <= _LONGEST else None
    if value is None:
        shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
        raise ValueError(
            f"{shown} is not a number that Kubernetes can hold; quote it if it is text"
        )
    return value


def _parsed(text: str, base: int) -> int | float | None:
    digits = text.replace("_", "")
    if base:
        return _whole(digits, base)
    number = float("nan") if _NOT_A_NUMBER.fullmatch(text) else float(digits)
    return number if abs(number) < float("inf") else None


def _whole(digits: str, base: int) -> int | None:
    octal = digits.lower().replace("0o", "0") if base == 8 else digits  # noqa: PLR2004
    try:
        number = int(octal, base)
    except ValueError:  # only underscores behind the prefix
        return None
    return number if -_INT64 <= number < _INT64 else None
