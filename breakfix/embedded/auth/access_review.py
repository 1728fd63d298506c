"""The SubjectAccessReview family: `kubectl auth can-i` and its kin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from breakfix.embedded import fields
from breakfix.embedded.auth.attributes import Attributes, Decision
from breakfix.embedded.auth.rbac import Rbac, aggregate
from breakfix.embedded.errors import bad_request, invalid
from breakfix.embedded.fields import FieldError
from breakfix.embedded.objects import Object
from breakfix.embedded.users import MASTERS, User

GROUP = "authorization.k8s.io"
Decide = Callable[[Attributes], Decision]


def subject_access_review(decide: Decide, body: Object) -> Object:
    """POST .../subjectaccessreviews. Raises StatusError 422."""
    kind = "SubjectAccessReview"
    spec = body.get("spec") or {}
    errors = _spec_errors(spec, with_user=True) + _metadata_errors(body, "must be empty")
    _refuse(errors)
    return _answer(kind, body, decide(attributes_of(_user(spec), spec)))


def self_subject_access_review(decide: Decide, body: Object, user: User) -> Object:
    """POST .../selfsubjectaccessreviews. Raises StatusError 422."""
    kind = "SelfSubjectAccessReview"
    spec = body.get("spec") or {}
    _refuse(_spec_errors(spec, with_user=False) + _metadata_errors(body, "must be empty"))
    return _answer(kind, body, decide(attributes_of(user, spec)))


def local_subject_access_review(decide: Decide, body: Object, namespace: str) -> Object:
    """POST .../namespaces/NAMESPACE/localsubjectaccessreviews. Raises StatusError 400, 422."""
    kind = "LocalSubjectAccessReview"
    spec, given = body.get("spec") or {}, (body.get("metadata") or {}).get("namespace", namespace)
    errors = _spec_errors(spec, with_user=True)
    errors += _metadata_errors(body, "must be empty except for namespace", "namespace")
    asked = spec.get("resourceAttributes")
    if asked and asked.get("namespace", "") != given:
        errors.append(fields.invalid(
            "spec.resourceAttributes.namespace", asked.get("namespace", ""),
            "must match metadata.namespace"))  # fmt: skip
    if (path := spec.get("nonResourceAttributes")) is not None:
        errors.append(fields.invalid(
            "spec.nonResourceAttributes", path, "disallowed on this kind of request"))  # fmt: skip
    _refuse(errors)
    if given != namespace:
        raise bad_request(f"spec.resourceAttributes.namespace must match namespace: {namespace}")
    return _answer(kind, body, decide(attributes_of(_user(spec), spec)))


def self_subject_rules_review(rbac: Rbac, body: Object, user: User) -> Object:
    """POST .../selfsubjectrulesreviews: `auth can-i --list`. Raises StatusError 400."""
    namespace = (body.get("spec") or {}).get("namespace")
    if not namespace:
        raise bad_request("no namespace on request")
    rules = rbac.rules_of(user, namespace)
    errors = () if MASTERS in user.groups else rbac.applied(user, namespace).errors
    resources = [r for r in rules if r.get("resources")]
    paths = [r for r in rules if r.get("nonResourceURLs")]
    status: Object = {
        "resourceRules": [_part(r, "apiGroups", "resources", "resourceNames") for r in resources],
        "nonResourceRules": [_part(r, "nonResourceURLs") for r in paths],
        "incomplete": False,
    }
    if errors:
        status["evaluationError"] = aggregate(errors)
    kind = "SelfSubjectRulesReview"
    return {"kind": kind, "apiVersion": f"{GROUP}/v1", "metadata": {}, "spec": {}, "status": status}


def attributes_of(user: User, spec: Object) -> Attributes:
    """What a review's spec asks."""
    if (asked := spec.get("resourceAttributes")) is None:
        path = spec.get("nonResourceAttributes") or {}
        return Attributes(user, path.get("verb", ""), path=path.get("path", ""))
    named = ("verb", "group", "version", "resource", "subresource", "namespace", "name")
    given = {name: asked.get(name) or "" for name in named}
    return Attributes(user, **given, field_selector=_selector(asked.get("fieldSelector") or {}))


def _selector(selector: Object) -> str:
    """A FieldSelectorAttributes as a query has it; what it cannot say is left out."""
    parts = [selector["rawSelector"]] if selector.get("rawSelector") else []
    for requirement in selector.get("requirements") or []:
        values, operator = requirement.get("values") or [], requirement.get("operator")
        if len(values) == 1 and operator in ("In", "NotIn"):
            sign = "=" if operator == "In" else "!="
            parts.append(f"{requirement.get('key', '')}{sign}{values[0]}")
    return ",".join(parts)


def _user(spec: Object) -> User:
    extra = {key: tuple(values or ()) for key, values in (spec.get("extra") or {}).items()}
    groups = tuple(spec.get("groups") or ())
    return User(spec.get("user") or "", groups, spec.get("uid") or "", extra)


def _answer(kind: str, body: Object, decision: Decision) -> Object:
    status: Object = {"allowed": decision.allowed}
    if decision.reason:
        status["reason"] = decision.reason
    return {
        "kind": kind,
        "apiVersion": f"{GROUP}/v1",
        "metadata": body.get("metadata") or {},
        "spec": body.get("spec") or {},
        "status": status,
    }


def _part(rule: Object, *names: str) -> Object:
    return {name: rule[name] for name in ("verbs", *names) if rule.get(name)}


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise invalid("", GROUP, "", errors)  # the real server does not say of which kind


def _spec_errors(spec: Object, with_user: bool) -> list[FieldError]:
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    found: list[FieldError] = []
    if resource is not None and path is not None:
        detail = "cannot be specified in combination with resourceAttributes"
        shown = {"Path": path.get("path", ""), "Verb": path.get("verb", "")}
        found.append(fields.invalid("spec.nonResourceAttributes", shown, detail))
    if resource is None and path is None:
        detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        found.append(fields.invalid("spec.resourceAttributes", None, detail))
    if with_user and not spec.get("user") and not spec.get("groups"):
        detail = "at least one of user or group must be specified"
        found.append(fields.invalid("spec.user", "", detail))
    return found + _selector_errors(resource or {})


def _selector_errors(resource: Object) -> list[FieldError]:
    found: list[FieldError] = []
    for name in ("fieldSelector", "labelSelector"):
        selector: Any = resource.get(name)
        where = f"spec.resourceAttributes.{name}"
        if selector is None:
            continue
        raw, requirements = selector.get("rawSelector"), selector.get("requirements")
        if raw and requirements:
            detail = "may not specified at the same time as requirements"
            found.append(fields.invalid(f"{where}.rawSelector", raw, detail))
        if not raw and not requirements:
            detail = f"when {where} is specified, requirements or rawSelector is required"
            found.append(fields.required(f"{where}.requirements", detail))
    return found


def _metadata_errors(body: Object, detail: str, *allowed: str) -> list[FieldError]:
    ignored = (*allowed, "managedFields", "creationTimestamp")
    given = {k: v for k, v in (body.get("metadata") or {}).items() if v and k not in ignored}
    return [fields.invalid("metadata", body["metadata"], detail)] if given else []
