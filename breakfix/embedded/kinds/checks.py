"""Checks of single values that many kinds share: each yields what is wrong at a path."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from breakfix.embedded.fields import (
    IMMUTABLE,
    FieldError,
    duplicate,
    invalid,
    not_supported,
    required,
)
from breakfix.embedded.kinds import names
from breakfix.embedded.objects import Object

Errors = Iterator[FieldError]

NEGATIVE = "must be greater than or equal to 0"
NOT_POSITIVE = "must be greater than zero"
MAX_INT32 = 2**31 - 1
MAX_MODE = 0o777
PROTOCOLS = ("TCP", "UDP", "SCTP")


def each(path: str, value: Any, words: Iterable[str]) -> Errors:
    """The same value is invalid for every one of these reasons."""
    for detail in words:
        yield invalid(path, value, detail)


def unsupported(path: str, value: Any, known: Sequence[str]) -> FieldError:
    """Like `fields.not_supported`, with the known values in the order that is given."""
    quoted = ", ".join(f'"{k}"' for k in known)
    return FieldError(path, "Unsupported value", value, f"supported values: {quoted}")


def one_of(path: str, value: Any, known: Sequence[str], empty: bool = False) -> Errors:
    """A word of a closed list (shown sorted); an empty one is required unless `empty`."""
    if value in (None, ""):
        if not empty:
            yield required(path)
    elif value not in known:
        yield not_supported(path, value, known)


def non_negative(path: str, value: int | None) -> Errors:
    """A count: zero or more."""
    if value is not None and value < 0:
        yield invalid(path, value, NEGATIVE)


def positive(path: str, value: int) -> Errors:
    """One or more."""
    if value <= 0:
        yield invalid(path, value, NOT_POSITIVE)


def immutable(path: str, new: Any, old: Any) -> Errors:
    """A field that never changes."""
    if not same(new, old):
        yield invalid(path, new, IMMUTABLE)


def mode(path: str, value: int | None) -> Errors:
    """The bits of a file's mode."""
    if value is not None and not 0 <= value <= MAX_MODE:
        yield invalid(path, value, "must be a number between 0 and 0777 (octal), both inclusive")


def port(path: str, value: int | str) -> Errors:
    """A port's number or name."""
    words = names.port_number(value) if isinstance(value, int) else names.port_name(value)
    yield from each(path, value, words)


def protocol(path: str, value: str) -> Errors:
    """TCP, UDP or SCTP."""
    yield from one_of(path, value, PROTOCOLS)


def qualified(path: str, value: str) -> Errors:
    """A qualified name."""
    yield from each(path, value, names.qualified_name(value))


def label(path: str, value: str) -> Errors:
    """An RFC 1123 label."""
    yield from each(path, value, names.dns_label(value))


def subdomain(path: str, value: str) -> Errors:
    """An RFC 1123 subdomain."""
    yield from each(path, value, names.dns_subdomain(value))


def named(
    path: str, value: str | None, rule: Callable[[str], list[str]] = names.dns_subdomain
) -> Errors:
    """A name that is required and follows a rule."""
    if not value:
        yield required(path)
    else:
        yield from each(path, value, rule(value))


def parse_ip(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address, leading zeros allowed as in old API fields; None where it is none."""
    parts = value.split(".")
    if len(parts) > 1 and all(part.isdigit() for part in parts):
        value = ".".join(str(int(part)) for part in parts)
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def ip(path: str, value: str, old: Sequence[str] = ()) -> Errors:
    """An IP address; what was there before stays valid."""
    if value not in old and (not value or parse_ip(value) is None):
        yield invalid(path, value, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")


def cidr(path: str, value: str, old: Sequence[str] = ()) -> Errors:
    """A CIDR; what was there before stays valid."""
    try:
        if "/" not in value:
            raise ValueError
        ipaddress.ip_interface(value)
    except ValueError:
        if value not in old:
            yield invalid(
                path, value, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
            )


def no_backsteps(path: str, value: str) -> Errors:
    """A path without `..`."""
    if ".." in value.split("/"):
        yield invalid(path, value, "must not contain '..'")


def descending(path: str, value: str) -> Errors:
    """A relative path that stays below."""
    if value.startswith("/"):
        yield invalid(path, value, "must be a relative path")
    yield from no_backsteps(path, value)


def local_path(path: str, value: str) -> Errors:
    """A descending path that does not begin with the reserved `..`."""
    yield from descending(path, value)
    if value.startswith("..") and not value.startswith("../"):
        yield invalid(path, value, "must not start with '..'")


def unique(path: str, values: Iterable[Any], field: str = "") -> Errors:
    """No value twice in a list."""
    seen: set[Any] = set()
    for i, value in enumerate(values):
        if value in seen:
            yield duplicate(f"{path}[{i}]{field}", value)
        seen.add(value)


def same(left: Any, right: Any) -> bool:
    """Equal, where an empty value and none at all count as the same."""
    return bool(left == right) or _without_empty(left) == _without_empty(right)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {k: _without_empty(v) for k, v in value.items()}
        return {k: v for k, v in kept.items() if v is not None} or None
    if isinstance(value, list):
        return [_without_empty(v) for v in value] or None
    return None if value == "" else value


def set_or_drop(item: Object, key: str, value: Any) -> None:
    """Put a value into a field, or take the field away where the value is None."""
    if value is None:
        item.pop(key, None)
    else:
        item[key] = value


def annotations_in(item: Mapping[str, Any]) -> Mapping[str, str]:
    """metadata.annotations, also where there is no metadata."""
    return (item.get("metadata") or {}).get("annotations") or {}
