"""ValidatingAdmissionPolicy."""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.embedded import fields as f
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.admissionregistration.conditions import (
    check_conditions,
    check_expression,
)
from breakfix.embedded.kinds.admissionregistration.rules import (
    check_matching,
    default_matching,
    one_of,
)
from breakfix.embedded.kinds.strategy import WHOLE_METADATA, Strategy
from breakfix.embedded.objects import Object

_POLICIES = ("Fail", "Ignore")
_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized")
_MAX_ANNOTATIONS = 20
_MAX_EXPRESSION = 5 * 1024


class ValidatingAdmissionPolicy(Strategy):
    """Its expressions are compiled when it is written, over objects of any type."""

    unconditional_update = False
    status_keeps = WHOLE_METADATA

    def default_(self, item: Object) -> None:
        spec = item.setdefault("spec", {})
        spec.setdefault("failurePolicy", "Fail")
        if spec.get("matchConstraints") is not None:
            default_matching(spec["matchConstraints"])

    def validate(self, item: Object) -> list[FieldError]:
        return list(_policy(item["spec"]))


def _policy(spec: Object) -> Iterator[FieldError]:
    from breakfix.embedded.admission.policies_variables import MATCH_VARIABLES

    yield from one_of(spec.get("failurePolicy"), _POLICIES, "spec.failurePolicy")
    if spec.get("paramKind") is not None:
        yield from _param_kind(spec["paramKind"], "spec.paramKind")
    constraints = spec.get("matchConstraints")
    if constraints is None:
        yield f.required("spec.matchConstraints")
    else:
        yield from check_matching(constraints, "spec.matchConstraints")
        if not constraints.get("resourceRules"):
            yield f.required("spec.matchConstraints.resourceRules")
    yield from check_conditions(
        spec.get("matchConditions") or [], "spec.matchConditions", (*MATCH_VARIABLES, "params")
    )
    known: list[str] = []
    for index, variable in enumerate(spec.get("variables") or []):
        yield from _variable(variable, f"spec.variables[{index}]", known)
    if not spec.get("validations") and not spec.get("auditAnnotations"):
        words = "validations or auditAnnotations must contain at least one item"
        yield f.required("spec.validations", words)
        yield f.required("spec.auditAnnotations", words)
    names_of = _names_in(spec, known)
    for index, one in enumerate(spec.get("validations") or []):
        yield from _validation(one, f"spec.validations[{index}]", names_of)
    yield from _annotations(spec.get("auditAnnotations") or [], names_of)


def _names_in(spec: Object, variables: list[str]) -> tuple[str, ...]:
    """The variables that expressions see; those of the policy as "variables.x"."""
    found = [
        "object", "oldObject", "request", "namespaceObject", "authorizer",
        "authorizer.requestResource", *(f"variables.{v}" for v in variables),
    ]  # fmt: skip
    return tuple(found + (["params"] if spec.get("paramKind") else []))


def _param_kind(kind: Object, path: str) -> Iterator[FieldError]:
    for name in ("apiVersion", "kind"):
        if not kind.get(name):
            yield f.required(f"{path}.{name}")
    if kind.get("apiVersion", "").count("/") > 1:
        yield f.invalid(
            f"{path}.apiVersion", kind["apiVersion"],
            f"unexpected GroupVersion string: {kind['apiVersion']}",
        )  # fmt: skip


def _variable(variable: Object, path: str, known: list[str]) -> Iterator[FieldError]:
    name, text = variable.get("name") or "", variable.get("expression") or ""
    if not name:
        yield f.required(f"{path}.name", "name is not specified")
    elif not name.isidentifier():
        yield f.invalid(f"{path}.name", name, "must be a valid CEL identifier")
    if not text.strip():
        yield f.required(f"{path}.expression", "expression is not specified")
    else:
        seen = _names_in({"paramKind": True}, known)
        yield from check_expression(text, f"{path}.expression", seen)
    if name in known:
        yield f.duplicate(f"{path}.name", name)
    known.append(name)


def _validation(one: Object, path: str, variables: tuple[str, ...]) -> Iterator[FieldError]:
    text, message = (one.get("expression") or ""), one.get("message") or ""
    if not text.strip():
        yield f.required(f"{path}.expression", "expression is not specified")
    else:
        yield from check_expression(text, f"{path}.expression", variables, "bool")
    expression = one.get("messageExpression") or ""
    if expression and not expression.strip():
        yield f.invalid(f"{path}.messageExpression", expression, "must be non-empty if specified")
    elif expression:
        without = tuple(v for v in variables if not v.startswith("authorizer"))
        yield from check_expression(expression, f"{path}.messageExpression", without, "string")
    if message and not message.strip():
        yield f.invalid(f"{path}.message", message, "must be non-empty if specified")
    elif "\n" in message.strip():
        yield f.invalid(f"{path}.message", message, "must not contain line breaks")
    elif "\n" in text.strip() and not message:
        yield f.required(
            f"{path}.message", "message must be specified if expression contains line breaks"
        )
    yield from one_of(one.get("reason"), _REASONS, f"{path}.reason")


def _annotations(given: list[Object], variables: tuple[str, ...]) -> Iterator[FieldError]:
    path = "spec.auditAnnotations"
    if len(given) > _MAX_ANNOTATIONS:
        yield f.invalid(path, given, f"must not have more than {_MAX_ANNOTATIONS} auditAnnotations")
    seen: set[str] = set()
    for index, one in enumerate(given):
        at, key = f"{path}[{index}]", one.get("key") or ""
        for words in names.qualified_name(key):
            yield f.invalid(f"{at}.key", key, words)
        if key in seen:
            yield f.duplicate(f"{at}.key", key)
        seen.add(key)
        text = one.get("valueExpression") or ""
        if not text.strip():
            yield f.required(f"{at}.valueExpression", "valueExpression is not specified")
        elif len(text) > _MAX_EXPRESSION:
            yield f.required(
                f"{at}.valueExpression", f"must not exceed {_MAX_EXPRESSION} bytes in length"
            )
        else:
            yield from check_expression(
                text, f"{at}.valueExpression", variables, "string", "null_type"
            )
