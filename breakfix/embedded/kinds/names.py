"""Names and keys, in the rules and words of k8s.io/apimachinery/pkg/util/validation."""

from __future__ import annotations

import re

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_DNS1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

_SUBDOMAIN_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character"
)
_LABEL_WORDS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character"
)
_DNS1035_WORDS = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character"
)
_QUALIFIED_WORDS = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character"
)
_VALUE_WORDS = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character"
)


def _regex(words: str, pattern: str, *examples: str) -> str:
    shown = " or ".join(f"'{e}', " for e in examples).rstrip()
    return f"{words} (e.g. {shown} regex used for validation is '{pattern}')"


def _masked(name: str, prefix: bool) -> str:
    """A generateName may end in a dash: something follows."""
    return name[:-1] + "a" if prefix and name.endswith("-") and len(name) > 1 else name


def _too_long(text: str, limit: int) -> list[str]:
    return [f"must be no more than {limit} bytes"] if len(text.encode()) > limit else []


def dns_subdomain(name: str, prefix: bool = False) -> list[str]:
    """Why this is no RFC 1123 subdomain."""
    found = _too_long(name, 253)
    if not re.fullmatch(_SUBDOMAIN, _masked(name, prefix)):
        found.append(_regex(_SUBDOMAIN_WORDS, _SUBDOMAIN, "example.com"))
    return found


def dns_label(name: str, prefix: bool = False) -> list[str]:
    """Why this is no RFC 1123 label."""
    found = _too_long(name, 63)
    if not re.fullmatch(_LABEL, _masked(name, prefix)):
        found.append(_regex(_LABEL_WORDS, _LABEL, "my-name", "123-abc"))
    return found


def dns1035_label(name: str, prefix: bool = False) -> list[str]:
    """Why this is no RFC 1035 label (the names of Services)."""
    found = _too_long(name, 63)
    if not re.fullmatch(_DNS1035, _masked(name, prefix)):
        found.append(_regex(_DNS1035_WORDS, _DNS1035, "my-name", "abc-123"))
    return found


def path_segment(name: str, prefix: bool = False) -> list[str]:
    """Why this cannot be a part of a path (the names of RBAC objects)."""
    if not prefix and name in (".", ".."):
        return [f"may not be '{name}'"]
    return [f"may not contain '{c}'" for c in "/%" if c in name]


def qualified_name(key: str) -> list[str]:
    """Why this is no label or annotation key."""
    head, slash, tail = key.rpartition("/")
    found: list[str] = []
    if key.count("/") > 1:
        return [
            "a qualified name " + _regex(_QUALIFIED_WORDS.removeprefix("name part "),
            _QUALIFIED, "MyName", "my.name", "123-abc")
            + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ]  # fmt: skip
    if slash:
        found += ["prefix part must be non-empty"] if not head else []
        found += [f"prefix part {words}" for words in dns_subdomain(head)] if head else []
    if not tail:
        found.append("name part must be non-empty")
    found += [f"name part {words}" for words in _too_long(tail, 63)]
    if not re.fullmatch(_QUALIFIED, tail):
        found.append(_regex(_QUALIFIED_WORDS, _QUALIFIED, "MyName", "my.name", "123-abc"))
    return found


def label_value(value: str) -> list[str]:
    """Why this is no label value."""
    found = _too_long(value, 63)
    if not re.fullmatch(f"({_QUALIFIED})?", value):
        found.append(_regex(_VALUE_WORDS, f"({_QUALIFIED})?", "MyValue", "my_value", "12345"))
    return found
