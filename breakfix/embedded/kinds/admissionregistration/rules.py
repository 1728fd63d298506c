"""What webhooks, policies and bindings choose: rules, selectors, their defaults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from breakfix.embedded import fields as f
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds import names
from breakfix.embedded.objects import Object

_MATCHING = ("Equivalent", "Exact")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_SCOPES = ("*", "Cluster", "Namespaced")


def default_matching(about: Object) -> None:
    """The defaults of MatchResources, and of what a webhook has of it."""
    about.setdefault("matchPolicy", "Equivalent")
    about.setdefault("namespaceSelector", {})
    about.setdefault("objectSelector", {})
    for name in ("resourceRules", "excludeResourceRules"):
        for rule in about.get(name) or []:
            rule.setdefault("scope", "*")


def star(values: list[str], path: str, words: str) -> Iterator[FieldError]:
    """A list of names, in which `*` stands alone."""
    if not values:
        yield f.required(path)
    elif "*" in values and len(values) > 1:
        yield f.invalid(path, values, f"if '*' is present, must not specify other {words}")


def check_rule(rule: Object, path: str) -> Iterator[FieldError]:
    """A RuleWithOperations."""
    operations = rule.get("operations") or []
    yield from star(operations, f"{path}.operations", "operations")
    for index, one in enumerate(operations):
        if one not in _OPERATIONS:
            yield f.not_supported(f"{path}.operations[{index}]", one, _OPERATIONS)
    yield from star(rule.get("apiGroups") or [], f"{path}.apiGroups", "API groups")
    versions = rule.get("apiVersions") or []
    yield from star(versions, f"{path}.apiVersions", "API versions")
    for index, one in enumerate(versions):
        if not one:
            yield f.required(f"{path}.apiVersions[{index}]")
    yield from _resources(rule.get("resources") or [], f"{path}.resources")
    scope = rule.get("scope")
    if scope and scope not in _SCOPES:
        yield f.not_supported(f"{path}.scope", scope, _SCOPES)


def _resources(resources: list[str], path: str) -> Iterator[FieldError]:
    if not resources:
        yield f.required(path)
    for index, one in enumerate(resources):
        at, (resource, slash, sub) = f"{path}[{index}]", one.partition("/")
        if not one:
            yield f.required(at)
        elif slash and f"{resource}/*" in resources and sub != "*":
            yield f.invalid(at, one, f"if '{resource}/*' is present, must not specify {one}")
        elif slash and f"*/{sub}" in resources and resource != "*":
            yield f.invalid(at, one, f"if '*/{sub}' is present, must not specify {one}")
    if "*/*" in resources and len(resources) > 1:
        yield f.invalid(path, resources, "if '*/*' is present, must not specify other resources")
    if "*" in resources and any("/" not in r and r != "*" for r in resources):
        yield f.invalid(
            path, resources,
            "if '*' is present, must not specify other resources without subresources",
        )  # fmt: skip


def check_selector(selector: Object, path: str) -> Iterator[FieldError]:
    """A LabelSelector."""
    for index, one in enumerate(selector.get("matchExpressions") or []):
        at, operator, values = (
            f"{path}.matchExpressions[{index}]",
            one.get("operator"),
            one.get("values"),
        )
        if operator in {"In", "NotIn"} and not values:
            yield f.required(f"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'")
        elif operator in {"Exists", "DoesNotExist"} and values:
            yield f.forbidden(
                f"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            )
        elif operator not in {"In", "NotIn", "Exists", "DoesNotExist"}:
            yield f.invalid(f"{at}.operator", operator or "", "not a valid selector operator")
        for words in names.qualified_name(one.get("key") or ""):
            yield f.invalid(f"{at}.key", one.get("key") or "", words)


def one_of(value: Any, known: tuple[str, ...], path: str) -> Iterator[FieldError]:
    """A value that is not given, or known."""
    if value is not None and value not in known:
        yield f.not_supported(path, value, known)


def check_matching(about: Object, path: str) -> Iterator[FieldError]:
    """MatchResources."""
    yield from one_of(about.get("matchPolicy"), _MATCHING, f"{path}.matchPolicy")
    for name in ("namespaceSelector", "objectSelector"):
        yield from check_selector(about.get(name) or {}, f"{path}.{name}")
    for name in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(about.get(name) or []):
            yield from check_rule(rule, f"{path}.{name}[{index}]")
            yield from _names(rule, f"{path}.{name}[{index}].resourceNames")


def _names(rule: Object, path: str) -> Iterator[FieldError]:
    given = rule.get("resourceNames") or []
    for index, one in enumerate(given):
        for words in names.path_segment(one):
            yield f.invalid(f"{path}[{index}]", one, words)
        if one in given[:index]:
            yield f.duplicate(f"{path}[{index}]", one)
