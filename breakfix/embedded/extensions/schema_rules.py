"""x-kubernetes-validations of a CRD's schema: do they compile, and what may they cost?

Costs are estimated as cel-go does, approximately: a rule that is near the limit may be
judged otherwise than by a real API server.
"""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.embedded import fields as f
from breakfix.embedded.cel.cost import UNBOUNDED, estimate
from breakfix.embedded.cel.errors import CompileError
from breakfix.embedded.cel.types import REQUEST_BYTES, Type, declared, escape
from breakfix.embedded.extensions.rule_compiling import Compiled, compile_rule
from breakfix.embedded.extensions.structural import structural
from breakfix.embedded.fields import FieldError
from breakfix.embedded.objects import Object
from breakfix.embedded.schema.internal import internal

RULE_LIMIT, SCHEMA_LIMIT = 10_000_000, 100_000_000
_REASONS = (
    "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired",
)  # fmt: skip
_MUCH, _LITTLE = 100.0, 1.5
_EXPENSIVE = 4


class _Costs:
    """What the rules of a schema cost together; the most expensive ones are named."""

    def __init__(self) -> None:
        self.total = 0
        self._all: list[tuple[int, str]] = []

    def add(self, cost: int, path: str) -> None:
        self.total = min(self.total + cost, UNBOUNDED)
        self._all.append((cost, path))

    def errors(self, path: str) -> Iterator[FieldError]:
        if self.total <= SCHEMA_LIMIT:
            return
        for _, where in sorted(self._all, reverse=True)[:_EXPENSIVE]:
            yield f.forbidden(
                where, "contributed to estimated rule cost total exceeding cost limit for entire "
                "OpenAPIv3 schema",
            )  # fmt: skip
        words = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema"
        yield f.forbidden(path, _exceeded(words, self.total, SCHEMA_LIMIT))


def check_rules(schema: Object, path: str) -> list[FieldError]:
    """All errors of the rules in a structural schema."""
    costs = _Costs()
    kind = declared(structural(schema), True)
    found = list(_walk(schema, kind, path, costs, 1, True))
    return found + list(costs.errors(path))


def _walk(
    schema: Object, kind: Type | None, path: str, costs: _Costs, times: int | None,
    correlatable: bool,
) -> Iterator[FieldError]:  # fmt: skip
    """`times` is how often a value may be there, None if nothing limits that."""
    for index, rule in enumerate(schema.get("x-kubernetes-validations") or []):
        at = f"{path}.x-kubernetes-validations[{index}]"
        words = list(_written(rule, at))
        yield from words
        if not words and kind is not None:
            yield from _compiled(rule, kind, at, costs, times, correlatable)
    if kind is None:
        return
    for below, part, inner, count, keeps in _parts(schema, kind, path, times):
        yield from _walk(part, inner, below, costs, count, correlatable and keeps)


_Part = tuple[str, Object, Type | None, int | None, bool]


def _parts(schema: Object, kind: Type, path: str, times: int | None) -> Iterator[_Part]:
    items, values = schema.get("items"), schema.get("additionalProperties")
    if kind.kind == "list" and isinstance(items, dict):
        count = _times(times, schema.get("maxItems"))
        keeps = schema.get("x-kubernetes-list-type") == "map"
        yield f"{path}.items", items, kind.params[0], count, keeps
    elif kind.kind == "map" and isinstance(values, dict):
        count = _times(times, schema.get("maxProperties"))
        yield f"{path}.additionalProperties", values, kind.params[1], count, True
    elif kind.kind == "object":
        keeps = schema.get("x-kubernetes-map-type") != "atomic"
        for name, part in (schema.get("properties") or {}).items():
            inner = kind.fields.get(escape(name) or "")
            yield f"{path}.properties[{name}]", part, inner, times, keeps


def _times(times: int | None, limit: int | None) -> int | None:
    return None if times is None or limit is None else times * limit


def _written(rule: Object, path: str) -> Iterator[FieldError]:
    text, message = rule.get("rule") or "", rule.get("message") or ""
    if not text.strip():
        yield f.required(f"{path}.rule", "rule is not specified")
    elif message and not message.strip():
        yield f.invalid(f"{path}.message", message, "must be non-empty if specified")
    elif "\n" in message.strip():
        yield f.invalid(f"{path}.message", message, "must not contain line breaks")
    elif "\n" in text.strip() and not message:
        yield f.required(
            f"{path}.message", "message must be specified if rule contains line breaks"
        )
    expression = rule.get("messageExpression")
    if expression and not expression.strip():
        yield f.required(
            f"{path}.messageExpression", "messageExpression must be non-empty if specified"
        )
    if rule.get("reason") and rule["reason"] not in _REASONS:
        yield f.not_supported(f"{path}.reason", rule["reason"], _REASONS)


def _shown(rule: Object) -> Object:
    return internal("apiextensions.ValidationRule", rule)


def _compiled(
    rule: Object, kind: Type, path: str, costs: _Costs, times: int | None, correlatable: bool
) -> Iterator[FieldError]:
    optional = bool(rule.get("optionalOldSelf"))
    try:
        found = compile_rule(rule["rule"], kind, optional)
    except CompileError as error:
        yield f.invalid(f"{path}.rule", _shown(rule), f"compilation failed: {error}")
        return
    if found.checked.result.kind not in {"bool", "dyn"}:
        yield f.invalid(f"{path}.rule", _shown(rule), "cel expression must evaluate to a bool")
    yield from _cost(found, kind, f"{path}.rule", "estimated rule cost", costs, times)
    yield from _message(rule, kind, path, costs)
    if found.reads_old and not correlatable:
        yield f.invalid(
            f"{path}.rule", rule["rule"],
            "oldSelf cannot be used on the uncorrelatable portion of the schema",
        )  # fmt: skip
    elif not found.reads_old and rule.get("optionalOldSelf") is not None:
        yield f.invalid(
            f"{path}.optionalOldSelf", optional, "may not be set if oldSelf is not used in rule"
        )


def _message(rule: Object, kind: Type, path: str, costs: _Costs) -> Iterator[FieldError]:
    expression = rule.get("messageExpression")
    if not expression:
        return
    at = f"{path}.messageExpression"
    try:
        found = compile_rule(expression, kind, bool(rule.get("optionalOldSelf")))
    except CompileError as error:
        yield f.invalid(at, _shown(rule), f"messageExpression compilation failed: {error}")
        return
    if found.checked.result.kind not in {"string", "dyn"}:
        yield f.invalid(at, _shown(rule), "messageExpression must evaluate to a string")
    yield from _cost(found, kind, at, "estimated messageExpression cost", costs, 1)


def _cost(
    found: Compiled, kind: Type, path: str, words: str, costs: _Costs, times: int | None
) -> Iterator[FieldError]:
    each = estimate(found.source.tree, found.checked)
    count = REQUEST_BYTES // (kind.smallest + 1) if times is None else times
    cost = min(each * count, UNBOUNDED)
    if cost > RULE_LIMIT:
        yield f.forbidden(path, _exceeded(words, cost, RULE_LIMIT))
    costs.add(cost, path)


def _exceeded(words: str, cost: int, limit: int) -> str:
    factor = cost / limit
    if factor > _MUCH:
        shown = "more than 100x"
    else:
        shown = f"{factor:f}x" if factor < _LITTLE else f"{factor:.1f}x"
    return (
        f"{words} exceeds budget by factor of {shown} (try simplifying the rule, or adding "
        "maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"
    )
