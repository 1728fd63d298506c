"""Pydantic's errors in the words of a scenario author, with their place in the file."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from pydantic import ValidationError

from breakfix.scenario.checks_spec import WORKLOAD_PATTERN
from breakfix.scenario.fields import known_keys
from breakfix.scenario.positions import Document, Place, Problem

EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
}
LIMITS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
PATTERNS = {
    WORKLOAD_PATTERN: "[NAMESPACE/]KIND/NAME, as in deployment/load",
    r"^[^:]+:\d+$": "HOST:PORT",
    r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$": "lower-case letters, digits and dashes, at most 63",
    r"^[A-Za-z][A-Za-z0-9_-]*$": "a word of letters, digits, _ and -, as in victim",
}
_SHOWN = 60


class Flaw(NamedTuple):
    """One pydantic error: its place in the data; `union` is where branches were tried."""

    place: Place
    union: Place | None
    error: Any


def problems(document: Document, data: Any, error: ValidationError) -> list[Problem]:
    """Every error of a validation as a problem; branches of a union become one."""
    flaws = [_flaw(data, e) for e in error.errors(include_url=False) if not _is_echo(e)]
    deepest: dict[Place, int] = defaultdict(int)
    for flaw in flaws:
        if flaw.union is not None:
            deepest[flaw.union] = max(deepest[flaw.union], len(flaw.place))
    kept: dict[tuple[Place, bool], list[Flaw]] = defaultdict(list)
    for i, flaw in enumerate(flaws):
        if flaw.union is None:
            kept[(*flaw.place, f"#{i}"), False].append(flaw)
        elif len(flaw.place) == deepest[flaw.union]:
            kept[flaw.place, True].append(flaw)
    return [_problem(document, group) for group in kept.values()]


def similar(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` or `; known here: a, b`."""
    names = sorted(known)
    others = f"; known here: {', '.join(names)}" if names else ""
    return close(word, names) or others


def close(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or nothing."""
    names = sorted(known)
    found = [name for name in names if _bare(name) == _bare(word)]
    found = found or difflib.get_close_matches(word, names, 1, 0.6)
    return f"; did you mean {found[0]!r}?" if found else ""


def found(value: Any) -> str:
    """What was found, short and in plain words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()} (text needs quotes)"
    if isinstance(value, dict):
        return f"keys and values ({', '.join(map(str, list(value)[:4]))})" if value else "{}"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _bare(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _is_echo(error: Any) -> bool:
    """Pydantic calls a list too short when its items had errors: said already."""
    return bool(error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"])


def _flaw(data: Any, error: Any) -> Flaw:
    place: Place = ()
    union = None
    ends_in_key = error["type"] in ("missing", "extra_forbidden")
    for part in error["loc"][:-1] if ends_in_key else error["loc"]:
        if _has(data, part):
            data, place = data[part], (*place, part)
        elif part != "[key]":
            union = place
    return Flaw(place, union, error)


def _has(data: Any, part: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(part, int) and part < len(data)
    return isinstance(data, dict) and part in data


def _problem(document: Document, group: list[Flaw]) -> Problem:
    place, _, error = group[0]
    last = error["loc"][-1] if error["loc"] else ""
    if error["type"] == "missing":
        return document.problem(place, "missing; it is needed here", more=last)
    if error["type"] == "extra_forbidden":
        said = f"unknown key{similar(str(last), known_keys(place))}"
        return document.problem((*place, last), said, key=True)
    return document.problem(place, _said(group), key=last == "[key]")


def _said(group: list[Flaw]) -> str:
    error = group[0].error
    kind, ctx, value = error["type"], error.get("ctx", {}), error["input"]
    if kind == "value_error":
        return str(ctx["error"])
    if kind == "literal_error":
        names = [name.strip(" '") for name in ctx["expected"].replace(" or ", ",").split(",")]
        meant = close(value, names) if isinstance(value, str) and len(names) > 1 else ""
        return f"found {found(value)}; expected {ctx['expected']}{meant}"
    return f"found {found(value)}; expected {_expected(group, kind, ctx)}"


def _expected(group: list[Flaw], kind: str, ctx: dict[str, Any]) -> str:
    if kind in EXPECTED:
        return " or ".join(dict.fromkeys(EXPECTED.get(f.error["type"], "") for f in group))
    if kind in LIMITS:
        name, words = LIMITS[kind]
        return f"{words} {ctx[name]:g}"
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(ctx["pattern"], f"text like {ctx['pattern']}")
    if kind in ("string_too_short", "too_short"):
        return "some text" if kind.startswith("string") else f"at least {ctx['min_length']}"
    if kind == "too_long":
        return f"at most {ctx['max_length']}"
    return str(group[0].error["msg"]).removeprefix("Input should be ")
