"""Label and field selectors: as texts in a query, and as objects in a spec."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from breakfix.embedded.errors import bad_request
from breakfix.embedded.label_queries import parse
from breakfix.embedded.objects import Object

Labels = Mapping[str, str]
Test = Callable[[Labels], bool]


@lru_cache(maxsize=4096)
def labels(text: str) -> Test:
    """A label selector of a query. Raises StatusError 400."""
    tests = [requirement(*found) for found in parse(text)]
    return lambda labels: all(test(labels) for test in tests)


def requirement(key: str, operator: str, values: list[str]) -> Test:
    """One requirement of a matchExpressions (or of a node selector, with Gt and Lt)."""
    known = frozenset(values)
    match operator:
        case "In":
            return lambda labels: labels.get(key) in known
        case "NotIn":
            return lambda labels: labels.get(key) not in known
        case "Exists":
            return lambda labels: key in labels
        case "DoesNotExist":
            return lambda labels: key not in labels
        case "Gt" | "Lt":
            return lambda labels: _compare(labels.get(key), operator, values)
    raise bad_request(f'"{operator}" is not a valid label selector operator')


def _compare(found: str | None, operator: str, values: list[str]) -> bool:
    try:
        left, right = int(found or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return left > right if operator == "Gt" else left < right


def matches(selector: Object | None, labels: Labels) -> bool:
    """metav1.LabelSelector: None matches nothing, {} everything."""
    if selector is None:
        return False
    if any(labels.get(k) != v for k, v in (selector.get("matchLabels") or {}).items()):
        return False
    return all(
        requirement(e["key"], e["operator"], e.get("values") or [])(labels)
        for e in selector.get("matchExpressions") or []
    )


def matches_all(wanted: Labels | None, labels: Labels) -> bool:
    """A plain map selector (Services, ReplicationControllers); an empty one matches nothing."""
    return bool(wanted) and all(labels.get(k) == v for k, v in (wanted or {}).items())


def as_text(selector: Object | None) -> str:
    """As kubectl prints a LabelSelector, and as status.selector of a scale has it."""
    selector = selector or {}
    parts = [(k, f"{k}={v}") for k, v in (selector.get("matchLabels") or {}).items()]
    for expression in selector.get("matchExpressions") or []:
        key, values = expression["key"], ",".join(sorted(expression.get("values") or []))
        shown = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": key}
        parts.append((key, shown.get(expression["operator"], f"!{key}")))
    return ",".join(text for _, text in sorted(parts, key=lambda part: part[0]))


@lru_cache(maxsize=4096)
def fields(text: str) -> tuple[tuple[str, str, bool], ...]:
    """A field selector: (field, value, equal). Raises StatusError 400."""
    found = []
    for part in re.findall(r"(?:\\.|[^,\\])+", text):
        term = _FIELD.fullmatch(part)
        if term is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        key, operator, value = term.groups()
        found.append((key.strip(), _unescaped(value.strip()), operator != "!="))
    return tuple(found)


_FIELD = re.compile(r"(.*?)(!=|==|=)(.*)", re.DOTALL)


def _unescaped(value: str) -> str:
    """Commas, equal signs and backslashes are written with a backslash before them."""
    if wrong := re.search(r"\\([^\\,=]|$)", value.replace("\\\\", "")):
        raise bad_request(f"invalid field selector: invalid escape sequence: {wrong[0]}")
    if bare := re.search(r"(?<!\\)[,=]", value.replace("\\\\", "")):
        raise bad_request(f"invalid field selector: unescaped character in value: {bare[0]}")
    return re.sub(r"\\(.)", r"\1", value)
