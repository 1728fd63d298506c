"""Names and keys, in the rules and words of k8s.io/apimachinery/pkg/util/validation."""

from __future__ import annotations

import re
from functools import lru_cache

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
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character"
)
_VALUE_WORDS = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character"
)


_ENV_WORDS = (
    "a valid environment variable name must consist only of printable ASCII characters other "
    "than '='"
)
_KEY = "[-._a-zA-Z0-9]+"
_KEY_WORDS = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
_UNDERSCORED_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_UNDERSCORED = rf"{_UNDERSCORED_LABEL}(\.{_UNDERSCORED_LABEL})*"
_UNDERSCORED_WORDS = _SUBDOMAIN_WORDS.replace("'-' or '.'", "'_', '-' or '.'")
_WILDCARD = rf"\*\.{_SUBDOMAIN}"
_WILDCARD_WORDS = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which "
    "must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric "
    "character"
)
_HEADER = "[-A-Za-z0-9]+"
_HEADER_WORDS = "a valid HTTP header must consist of alphanumeric characters or '-'"
_PERCENT = "[0-9]+%"
_PERCENT_WORDS = "a valid percent string must be a numeric string followed by an ending '%'"


def _regex(words: str, pattern: str, *examples: str) -> str:
    shown = " or ".join(f"'{e}', " for e in examples)
    return f"{words} ({'e.g. ' if shown else ''}{shown}regex used for validation is '{pattern}')"


def _masked(name: str, prefix: bool) -> str:
    """A generateName may end in a dash: something follows."""
    return name[:-2] + "a" if prefix and name.endswith("-") and len(name) > 1 else name


def _too_long(text: str, limit: int) -> list[str]:
    too_long = len(text) > limit or len(text.encode()) > limit
    return [f"must be no more than {limit} characters"] if too_long else []


@lru_cache(maxsize=8192)
def _subdomain(name: str) -> bool:
    return re.fullmatch(_SUBDOMAIN, name) is not None


@lru_cache(maxsize=8192)
def _is_label(name: str) -> bool:
    return len(name) <= 63 and re.fullmatch(_LABEL, name) is not None  # noqa: PLR2004


@lru_cache(maxsize=8192)
def _is_qualified(key: str) -> bool:
    head, slash, tail = key.rpartition("/")
    if slash and not (len(head) <= 253 and _subdomain(head)):  # noqa: PLR2004
        return False
    return len(tail) <= 63 and re.fullmatch(_QUALIFIED, tail) is not None  # noqa: PLR2004


@lru_cache(maxsize=8192)
def _is_value(value: str) -> bool:
    return len(value) <= 63 and re.fullmatch(f"({_QUALIFIED})?", value) is not None  # noqa: PLR2004


def dns_subdomain(name: str, prefix: bool = False) -> list[str]:
    """Why this is no RFC 1123 subdomain."""
    name = _masked(name, prefix)
    if len(name) <= 253 and _subdomain(name):  # noqa: PLR2004
        return []
    found = _too_long(name, 253)
    if not _subdomain(name):
        found.append(_regex(_SUBDOMAIN_WORDS, _SUBDOMAIN, "example.com"))
    return found


def dns_subdomain_with_underscore(name: str) -> list[str]:
    """Why this is no RFC 1123 subdomain even where underscores are allowed."""
    found = _too_long(name, 253)
    if not re.fullmatch(_UNDERSCORED, name):
        found.append(_regex(_UNDERSCORED_WORDS, _UNDERSCORED, "example.com"))
    return found


def wildcard_subdomain(name: str) -> list[str]:
    """Why this is no `*.example.com`."""
    found = _too_long(name, 253)
    if not re.fullmatch(_WILDCARD, name):
        found.append(_regex(_WILDCARD_WORDS, _WILDCARD, "*.example.com"))
    return found


def dns_label(name: str, prefix: bool = False) -> list[str]:
    """Why this is no RFC 1123 label."""
    name = _masked(name, prefix)
    if _is_label(name):
        return []
    found = _too_long(name, 63)
    if re.fullmatch(_LABEL, name):
        return found
    if _subdomain(name):
        return [*found, "must not contain dots"]
    return [*found, _regex(_LABEL_WORDS, _LABEL, "my-name", "123-abc")]


def dns1035_label(name: str, prefix: bool = False) -> list[str]:
    """Why this is no RFC 1035 label (the names of Services)."""
    name = _masked(name, prefix)
    found = _too_long(name, 63)
    if not re.fullmatch(_DNS1035, name):
        found.append(_regex(_DNS1035_WORDS, _DNS1035, "my-name", "abc-123"))
    return found


def path_segment(name: str, prefix: bool = False) -> list[str]:
    """Why this cannot be a part of a path (the names of RBAC objects)."""
    if not prefix and name in (".", ".."):
        return [f"may not be '{name}'"]
    return [f"may not contain '{c}'" for c in "/%" if c in name]


def qualified_name(key: str) -> list[str]:
    """Why this is no label or annotation key."""
    if _is_qualified(key):
        return []
    if key.count("/") > 1:
        words = _regex(_QUALIFIED_WORDS, _QUALIFIED, "MyName", "my.name", "123-abc")
        return [
            f"a qualified name {words} with an optional DNS subdomain prefix and '/' "
            "(e.g. 'example.com/MyName')"
        ]
    head, slash, tail = key.rpartition("/")
    found: list[str] = []
    if slash:
        words_of_head = dns_subdomain(head) if head else ["must be non-empty"]
        found += [f"prefix part {words}" for words in words_of_head]
    return found + [f"name part {words}" for words in _name_part(tail)]


def _name_part(name: str) -> list[str]:
    found = _too_long(name, 63) if name else ["must be non-empty"]
    if not re.fullmatch(_QUALIFIED, name):
        found.append(_regex(_QUALIFIED_WORDS, _QUALIFIED, "MyName", "my.name", "123-abc"))
    return found


def label_value(value: str) -> list[str]:
    """Why this is no label value."""
    if _is_value(value):
        return []
    found = _too_long(value, 63)
    if not re.fullmatch(f"({_QUALIFIED})?", value):
        found.append(_regex(_VALUE_WORDS, f"({_QUALIFIED})?", "MyValue", "my_value", "12345"))
    return found


def env_name(name: str) -> list[str]:
    """Why this is no name of an environment variable (the rules of v1.34)."""
    found = [] if name else ["environment variable name must be non-empty"]
    if any(c == "=" or not " " <= c <= "~" for c in name):
        found.append(_ENV_WORDS)
    return found


def config_key(key: str) -> list[str]:
    """Why this is no key of a ConfigMap or a Secret."""
    found = _too_long(key, 253)
    if not re.fullmatch(_KEY, key):
        found.append(_regex(_KEY_WORDS, _KEY, "key.name", "KEY_NAME", "key-name"))
    if key in (".", ".."):
        return [*found, f"must not be '{key}'"]
    return [*found, "must not start with '..'"] if key.startswith("..") else found


def http_header(name: str) -> list[str]:
    """Why this is no name of an HTTP header."""
    if re.fullmatch(_HEADER, name):
        return []
    return [_regex(_HEADER_WORDS, _HEADER, "X-Header-Name")]


def percent(text: str) -> list[str]:
    """Why this is no percentage."""
    return [] if re.fullmatch(_PERCENT, text) else [_regex(_PERCENT_WORDS, _PERCENT, "1%", "93%")]


def in_range(value: int, least: int, most: int) -> list[str]:
    """Why a number is out of a range."""
    if least <= value <= most:
        return []
    return [f"must be between {least} and {most}, inclusive"]


def port_number(port: int) -> list[str]:
    """Why this is no port."""
    return in_range(port, 1, 65535)


def port_name(name: str) -> list[str]:
    """Why this is no name of a port (RFC 6335)."""
    found = _too_long(name, 15)
    if not re.fullmatch("[-a-z0-9]+", name):
        found.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", name):
        found.append("must contain at least one letter (a-z)")
    if "--" in name:
        found.append("must not contain consecutive hyphens")
    if name.startswith("-") or name.endswith("-"):
        found.append("must not begin or end with a hyphen")
    return found
