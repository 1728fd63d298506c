"""Checks of single values as lists, to be added up; the words are those of `checks`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from breakfix.embedded import quantities, selectors
from breakfix.embedded.errors import StatusError
from breakfix.embedded.fields import FieldError, invalid, required
from breakfix.embedded.kinds import checks, names
from breakfix.embedded.kinds.checks import NEGATIVE, same, unsupported
from breakfix.embedded.kinds.label_selectors import validate_label_selector, validate_labels
from breakfix.embedded.objects import Object

__all__ = ["same", "unsupported"]

_PATH = re.compile(r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+")
_HUNDRED = 100


def one_of(field: str, value: Any, known: Sequence[str]) -> list[FieldError]:
    """Is the value a known one?"""
    return [] if value in known else [unsupported(field, value, known)]


def each(field: str, value: Any, words: Iterable[str]) -> list[FieldError]:
    """One `Invalid value` for each reason."""
    return list(checks.each(field, value, words))


def non_negative(field: str, value: int | None) -> list[FieldError]:
    """A count may be missing, but not below zero."""
    return list(checks.non_negative(field, value))


def all_non_negative(path: str, item: Object, fields: Iterable[str]) -> list[FieldError]:
    """The same for several fields of one object."""
    return [e for f in fields for e in checks.non_negative(f"{path}.{f}", item.get(f))]


def immutable(field: str, new: Any, old: Any) -> list[FieldError]:
    """A field that never changes."""
    return list(checks.immutable(field, new, old))


def int_or_percent(field: str, value: Any) -> list[FieldError]:
    """A number of at least 0, or a percentage."""
    if isinstance(value, str):
        return each(field, value, names.percent(value))
    return non_negative(field, value)


def percent(value: Any) -> int | None:
    """The number of a percentage; None where it is none."""
    return int(value[:-1]) if isinstance(value, str) and not names.percent(value) else None


def is_zero(value: Any) -> bool:
    """0 or "0%"."""
    return value in (None, 0) or percent(value) == 0


def at_most_100_percent(field: str, value: Any) -> list[FieldError]:
    """A percentage may not be above 100."""
    number = percent(value)
    if number is None or number <= _HUNDRED:
        return []
    return [invalid(field, value, "must not be greater than 100%")]


def share(field: str, value: Any) -> list[FieldError]:
    """A count or a percentage of at most 100."""
    return int_or_percent(field, value) + at_most_100_percent(field, value)


def internal(item: Object, *fields: str) -> Object:
    """A struct that the server knows only inside, as it prints it: Go's names, nothing left out."""
    return {name[:1].upper() + name[1:]: item.get(name) for name in fields}


def label(field: str, value: str) -> list[FieldError]:
    """A DNS label."""
    return each(field, value, names.dns_label(value))


def subdomain(field: str, value: str) -> list[FieldError]:
    """A DNS subdomain."""
    return each(field, value, names.dns_subdomain(value))


def qualified(field: str, value: str) -> list[FieldError]:
    """A qualified name, as a label's key."""
    return each(field, value, names.qualified_name(value))


def domain_path(field: str, value: str) -> list[FieldError]:
    """A path with a domain in front, as "acme.io/foo"."""
    if not value:
        return [required(field)]
    host, _, path = value.partition("/")
    if not host or not path:
        return [invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')]
    found = each(field, host, names.dns_subdomain(host))
    if not _PATH.fullmatch(path):
        why = f"Invalid path (regex used for validation is '{_PATH.pattern}')"
        found.append(invalid(field, path, why))
    return found


def quantity(field: str, value: Any) -> list[FieldError]:
    """A resource quantity of at least 0."""
    try:
        return [invalid(field, value, NEGATIVE)] if quantities.parse(value) < 0 else []
    except ValueError as error:
        return [invalid(field, value, str(error))]


def labels(field: str, found: dict[str, str] | None) -> list[FieldError]:
    """A map of labels."""
    return validate_labels(found, field)


def label_selector(field: str, selector: Object | None) -> list[FieldError]:
    """A metav1.LabelSelector; None is fine."""
    return validate_label_selector(selector, field)


def is_empty(selector: Object) -> bool:
    """Does it select everything?"""
    return not selector.get("matchLabels") and not selector.get("matchExpressions")


def selects(selector: Object | None, found: dict[str, str] | None) -> bool | None:
    """Does the selector match these labels? None where it is malformed."""
    if selector and selector.get("matchExpressions") and validate_label_selector(selector, ""):
        return None
    try:
        return selectors.matches(selector, found or {})
    except StatusError:
        return None


NAME_WARNING = (
    "metadata.name: this is used in Pod names and hostnames, which can result in surprising "
    "behavior; a DNS label is recommended: "
)


def name_warnings(item: Object) -> list[str]:
    """The warning for a workload whose name is no DNS label."""
    words = names.dns_label(item["metadata"].get("name", ""))
    return [NAME_WARNING + "[" + " ".join(words) + "]"] if words else []
