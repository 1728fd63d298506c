"""ResourceQuotas."""

from __future__ import annotations

from breakfix.embedded.fields import IMMUTABLE, FieldError, invalid, required
from breakfix.embedded.kinds import resource_names as resources
from breakfix.embedded.kinds.checks import Errors
from breakfix.embedded.kinds.pod_defaults import round_quantities
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_COMPUTE = frozenset({
    "pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory",
})  # fmt: skip
_SCOPES = {
    "Terminating": _COMPUTE,
    "NotTerminating": _COMPUTE,
    "NotBestEffort": _COMPUTE,
    "PriorityClass": _COMPUTE,
    "CrossNamespacePodAffinity": _COMPUTE,
    "BestEffort": frozenset({"pods"}),
    "VolumeAttributesClass": frozenset({"persistentvolumeclaims", "requests.storage"}),
}
_EXIST_ONLY = frozenset(_SCOPES) - {"PriorityClass", "VolumeAttributesClass"}
_CONFLICTS = ({"BestEffort", "NotBestEffort"}, {"Terminating", "NotTerminating"})


class ResourceQuotas(Strategy):
    """The scopes of a quota are fixed."""

    returns_deleted = True
    has_generation = False

    def default_(self, item: Object) -> None:
        item.setdefault("spec", {})
        item.setdefault("status", {})
        if hard := item["spec"].get("hard"):
            round_quantities(hard)

    def prepare_create(self, item: Object) -> None:
        item["status"] = {}

    def validate(self, item: Object) -> list[FieldError]:
        spec = item["spec"]
        hard = spec.get("hard") or {}
        errors = list(_amounts(hard, "spec.hard"))
        errors += _scopes(spec.get("scopes") or [], hard)
        if selector := spec.get("scopeSelector"):
            errors += _selector(selector, hard)
        return errors

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        errors = self.validate(item)
        scopes = item["spec"].get("scopes") or []
        if set(scopes) != set(old["spec"].get("scopes") or []):
            errors.append(invalid("spec.scopes", scopes or None, IMMUTABLE))
        return errors

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        del old
        status = item.get("status") or {}
        return [
            *_amounts(status.get("hard") or {}, "status.hard"),
            *_amounts(status.get("used") or {}, "status.used"),
        ]


def _amounts(found: Object, path: str) -> Errors:
    for name, text in found.items():
        at = f"{path}[{name}]"
        yield from resources.quota_resource_name(at, name)
        yield from resources.resource_quantity(at, name, text)


def _fits(scope: str, hard: Object) -> bool:
    allowed = _SCOPES.get(scope)
    return allowed is None or all(k in allowed or not resources.is_quota(k) for k in hard)


def _scopes(scopes: list[str], hard: Object) -> Errors:
    at = "spec.scopes"
    for scope in scopes:
        if scope not in _SCOPES:
            yield invalid(at, scopes, "unsupported scope")
        if not _fits(scope, hard):
            yield invalid(at, scopes, "unsupported scope applied to resource")
    for pair in _CONFLICTS:
        if pair <= set(scopes):
            yield invalid(at, scopes, "conflicting scopes")


def _selector(selector: Object, hard: Object) -> Errors:
    at, expressions = "spec.scopeSelector.matchExpressions", selector.get("matchExpressions") or []
    for expression in expressions:
        scope = expression.get("scopeName", "")
        if scope not in _SCOPES:
            yield invalid(f"{at}.scopeName", scope, "unsupported scope")
        if not _fits(scope, hard):
            yield invalid(at, selector, "unsupported scope applied to resource")
        yield from _operator(expression, at)
    for pair in _CONFLICTS:
        if pair <= {e.get("scopeName") for e in expressions}:
            yield invalid(at, None, "conflicting scopes")


def _operator(expression: Object, path: str) -> Errors:
    operator, values = expression.get("operator", ""), expression.get("values") or []
    if expression.get("scopeName") in _EXIST_ONLY and operator != "Exists":
        yield invalid(
            f"{path}.operator", operator,
            "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, "
            "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
            "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
        )  # fmt: skip
    if operator in ("In", "NotIn"):
        if not values:
            words = (
                "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
            )
            yield required(f"{path}.values", words)
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            words = (
                "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
            )
            yield invalid(f"{path}.values", values, words)
    else:
        yield invalid(f"{path}.operator", operator, "not a valid selector operator")
