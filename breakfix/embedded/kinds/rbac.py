"""Roles and their bindings: rbac.authorization.k8s.io."""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.embedded import fields
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds.checks import unsupported
from breakfix.embedded.kinds.label_selectors import validate_label_selector
from breakfix.embedded.kinds.names import dns_subdomain, path_segment
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object
from breakfix.embedded.schema.internal import internal

GROUP = "rbac.authorization.k8s.io"


class RbacStrategy(Strategy):
    """What all four have in common."""

    create_on_update = True
    has_generation = False
    status_fields = ()

    def __init__(self, namespaced: bool) -> None:
        self.namespaced = namespaced

    def name_error(self, name: str, prefix: bool = False) -> list[str]:
        return path_segment(name, prefix)


class RoleStrategy(RbacStrategy):
    """Role and ClusterRole."""

    def validate(self, item: Object) -> list[FieldError]:
        rules = enumerate(item.get("rules") or [])
        found = [e for i, rule in rules for e in _rule(f"rules[{i}]", rule, self.namespaced)]
        if not self.namespaced and item.get("aggregationRule") is not None:
            found += _aggregation(item["aggregationRule"])
        return found


def _rule(where: str, rule: Object, namespaced: bool) -> Iterator[FieldError]:
    if not rule.get("verbs"):
        yield fields.required(f"{where}.verbs", "verbs must contain at least one value")
    if urls := rule.get("nonResourceURLs"):
        field = f"{where}.nonResourceURLs"
        if namespaced:
            detail = "namespaced rules cannot apply to non-resource URLs"
            yield fields.invalid(field, urls, detail)
        if any(rule.get(k) for k in ("apiGroups", "resources", "resourceNames")):
            detail = "rules cannot apply to both regular resources and non-resource URLs"
            yield fields.invalid(field, urls, detail)
        return
    if not rule.get("apiGroups"):
        detail = "resource rules must supply at least one api group"
        yield fields.required(f"{where}.apiGroups", detail)
    if not rule.get("resources"):
        detail = "resource rules must supply at least one resource"
        yield fields.required(f"{where}.resources", detail)


def _aggregation(rule: Object) -> list[FieldError]:
    where = "aggregationRule.clusterRoleSelectors"
    selectors = rule.get("clusterRoleSelectors")
    if not selectors:
        detail = "at least one clusterRoleSelector required if aggregationRule is non-nil"
        return [fields.required(where, detail)]
    checked = enumerate(selectors)
    return [e for i, s in checked for e in validate_label_selector(s, f"{where}[{i}]")]


class BindingStrategy(RbacStrategy):
    """RoleBinding and ClusterRoleBinding."""

    def default_(self, item: Object) -> None:
        role = item.get("roleRef")
        if role is not None and not role.get("apiGroup"):
            role["apiGroup"] = GROUP
        for subject in item.get("subjects") or []:
            if not subject.get("apiGroup") and subject.get("kind") in ("User", "Group"):
                subject["apiGroup"] = GROUP

    def validate(self, item: Object) -> list[FieldError]:
        found = list(_role(item.get("roleRef") or {}, self.namespaced))
        for i, subject in enumerate(item.get("subjects") or []):
            found += _subject(f"subjects[{i}]", subject, self.namespaced)
        return found

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        found = self.validate(item)
        if item.get("roleRef") != old.get("roleRef"):
            now = internal("rbac.RoleRef", item.get("roleRef"))
            found.append(fields.invalid("roleRef", now, "cannot change roleRef"))
        return found


def _role(role: Object, namespaced: bool) -> Iterator[FieldError]:
    kinds = ("Role", "ClusterRole") if namespaced else ("ClusterRole",)
    group, kind, name = (role.get(k, "") for k in ("apiGroup", "kind", "name"))
    if group != GROUP:
        yield fields.not_supported("roleRef.apiGroup", group, [GROUP])
    if kind not in kinds:
        yield fields.not_supported("roleRef.kind", kind, kinds)
    if not name:
        yield fields.required("roleRef.name")
    for words in path_segment(name):
        yield fields.invalid("roleRef.name", name, words)


def _subject(where: str, subject: Object, namespaced: bool) -> Iterator[FieldError]:
    kind, name, group = (subject.get(k, "") for k in ("kind", "name", "apiGroup"))
    if not name:
        yield fields.required(f"{where}.name")
    if kind == "ServiceAccount":
        yield from _account(where, subject, namespaced)
    elif kind not in ("User", "Group"):
        known = ("ServiceAccount", "User", "Group")
        yield unsupported(f"{where}.kind", kind, known)
    elif group != GROUP:
        yield fields.not_supported(f"{where}.apiGroup", group, [GROUP])


def _account(where: str, subject: Object, namespaced: bool) -> Iterator[FieldError]:
    name = subject.get("name", "")
    for words in dns_subdomain(name) if name else ():
        yield fields.invalid(f"{where}.name", name, words)
    if group := subject.get("apiGroup"):
        yield fields.not_supported(f"{where}.apiGroup", group, [""])
    if not namespaced and not subject.get("namespace"):
        yield fields.required(f"{where}.namespace")


STRATEGIES: dict[str, Strategy] = {
    f"roles.{GROUP}": RoleStrategy(namespaced=True),
    f"clusterroles.{GROUP}": RoleStrategy(namespaced=False),
    f"rolebindings.{GROUP}": BindingStrategy(namespaced=True),
    f"clusterrolebindings.{GROUP}": BindingStrategy(namespaced=False),
}
