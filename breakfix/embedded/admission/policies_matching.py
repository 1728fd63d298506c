"""Which requests a policy, a binding or a webhook is about.

The rules of k8s.io/apiserver/pkg/admission/plugin/{policy/matching,webhook/predicates}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from breakfix.embedded.admission.base import AdmissionRequest
from breakfix.embedded.client import Reader
from breakfix.embedded.errors import not_found
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object, labels_of
from breakfix.embedded.selectors import matches

# Other versions and groups of the same stored objects.
Equivalents = Callable[[Resource], Iterable[Resource]]

_EXEMPT = frozenset({
    "validatingwebhookconfigurations", "mutatingwebhookconfigurations",
    "validatingadmissionpolicies", "validatingadmissionpolicybindings",
    "mutatingadmissionpolicies", "mutatingadmissionpolicybindings",
})  # fmt: skip


def exempt(request: AdmissionRequest) -> bool:
    """Admission's own configuration is never refused by it."""
    resource = request.resource
    return resource.group == "admissionregistration.k8s.io" and resource.plural in _EXEMPT


def rule_matches(rule: Object, request: AdmissionRequest, resource: Resource) -> bool:
    """Is the request, as one for this (equivalent) resource, in a RuleWithOperations?"""
    return (
        _in(request.operation, rule.get("operations"))
        and _in(resource.group, rule.get("apiGroups"))
        and _in(resource.version, rule.get("apiVersions"))
        and _scope_matches(rule.get("scope") or "*", request, resource)
        and any(
            _resource_matches(one, resource.plural, request.subresource)
            for one in rule.get("resources") or []
        )
    )


def _in(value: str, wanted: list[str] | None) -> bool:
    return bool(wanted) and ("*" in (wanted or []) or value in (wanted or []))


def _scope_matches(scope: str, request: AdmissionRequest, resource: Resource) -> bool:
    if scope == "*":
        return True
    namespaced = resource.namespaced and bool(request.namespace)
    return namespaced == (scope == "Namespaced")


def _resource_matches(wanted: str, plural: str, subresource: str) -> bool:
    resource, _, sub = wanted.partition("/")
    return resource in {"*", plural} and sub in {"*", subresource}


def equivalent_rule(
    rules: list[Object], policy: str, request: AdmissionRequest, equivalents: Equivalents | None
) -> Resource | None:
    """The resource as which the request is in one of the rules; None where in none."""
    for rule in rules:
        if rule_matches(rule, request, request.resource) and _named(rule, request):
            return request.resource
    if policy != "Equivalent" or equivalents is None:
        return None
    for rule in rules:
        for other in equivalents(request.resource):
            if rule_matches(rule, request, other) and _named(rule, request):
                return other
    return None


def _named(rule: Object, request: AdmissionRequest) -> bool:
    names = rule.get("resourceNames")
    return not names or request.name in names


def namespace_labels(request: AdmissionRequest, reader: Reader) -> dict[str, str] | None:
    """The labels that a namespaceSelector asks: None for what has no namespace.

    Raises StatusError where the namespace is not there.
    """
    if request.key == "namespaces" and not request.subresource:
        item = request.item if request.operation in {"CREATE", "UPDATE"} else request.old
        return labels_of(item) if item else {}
    if not request.resource.namespaced:
        return None
    namespace = reader.get("namespaces", request.namespace)
    if namespace is None:
        raise not_found("namespaces", request.namespace)
    return labels_of(namespace)


def selected(about: Object, request: AdmissionRequest, reader: Reader) -> bool:
    """Do namespaceSelector and objectSelector choose this request? Raises StatusError."""
    chosen = about.get("objectSelector") or {}
    if chosen and not any(
        item and "metadata" in item and matches(chosen, labels_of(item))
        for item in (request.item, request.old)
    ):
        return False
    chosen = about.get("namespaceSelector") or {}
    if not chosen:
        return True
    labels = namespace_labels(request, reader)
    return labels is None or matches(chosen, labels)


def resources_match(
    about: Object | None, request: AdmissionRequest, reader: Reader,
    equivalents: Equivalents | None,
) -> Resource | None:  # fmt: skip
    """MatchResources: the resource as which it matches, or None. Raises StatusError."""
    about = about or {}
    policy = about.get("matchPolicy") or "Exact"
    excluded = about.get("excludeResourceRules") or []
    if excluded and equivalent_rule(excluded, policy, request, equivalents):
        return None
    rules = about.get("resourceRules") or []
    found = equivalent_rule(rules, policy, request, equivalents) if rules else request.resource
    if found is None or not selected(about, request, reader):
        return None
    return found


def forbidden_name(request: AdmissionRequest) -> str:
    """How an error of admission names an object whose name may not be there yet."""
    if request.name:
        return request.name
    metadata: dict[str, Any] = (request.item or {}).get("metadata") or {}
    return str(metadata.get("name") or metadata.get("generateName") or "Unknown")
