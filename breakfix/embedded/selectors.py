"""Label and field selectors: as texts in a query, and as objects in a spec."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from breakfix.embedded.errors import bad_request
from breakfix.embedded.objects import Object

Labels = Mapping[str, str]
Test = Callable[[Labels], bool]

_TERM = re.compile(
    r"\s*(?:(?P<not>!)\s*(?P<absent>[\w./-]+)"
    r"|(?P<setkey>[\w./-]+)\s+(?P<setop>in|notin)\s*\((?P<values>[^()]*)\)"
    r"|(?P<key>[\w./-]+)\s*(?P<op>==|=|!=|>|<)\s*(?P<value>[\w.-]*)"
    r"|(?P<exists>[\w./-]+))\s*"
)


@lru_cache(maxsize=4096)
def labels(text: str) -> Test:
    """A label selector of a query. Raises StatusError 400."""
    tests: list[Test] = []
    at = 0
    while at < len(text.rstrip()):
        found = _TERM.match(text, at)
        if found is None or (found.end() < len(text) and text[found.end()] != ","):
            raise bad_request(
                f"unable to parse requirement: found '{text[at:]}', expected: identifier"
            )
        tests.append(_term(found))
        at = found.end() + 1
    return lambda labels: all(test(labels) for test in tests)


def _term(found: re.Match[str]) -> Test:
    part = found.groupdict()
    if part["absent"]:
        return lambda labels, k=part["absent"]: k not in labels  # type: ignore[misc]
    if part["exists"]:
        return lambda labels, k=part["exists"]: k in labels  # type: ignore[misc]
    if part["setkey"]:
        values = [v.strip() for v in part["values"].split(",")]
        return requirement(part["setkey"], "In" if part["setop"] == "in" else "NotIn", values)
    operator = {"=": "In", "==": "In", "!=": "NotIn", ">": "Gt", "<": "Lt"}[part["op"]]
    return requirement(part["key"], operator, [part["value"]])


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
    parts = [f"{k}={v}" for k, v in sorted((selector.get("matchLabels") or {}).items())]
    for expression in sorted(selector.get("matchExpressions") or [], key=lambda e: e["key"]):
        key, values = expression["key"], ",".join(sorted(expression.get("values") or []))
        parts.append({
            "In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})",
            "Exists": key, "DoesNotExist": f"!{key}",
        }[expression["operator"]])  # fmt: skip
    return ",".join(parts)


@lru_cache(maxsize=4096)
def fields(text: str) -> tuple[tuple[str, str, bool], ...]:
    """A field selector: (field, value, equal). Raises StatusError 400."""
    found = []
    for part in filter(None, text.split(",")):
        key, operator, value = (
            re.split(r"(!=|==|=)", part, maxsplit=1) if "=" in part else (part, "", "")
        )
        if not operator:
            raise bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
        found.append((key.strip(), value.strip(), operator != "!="))
    return tuple(found)
