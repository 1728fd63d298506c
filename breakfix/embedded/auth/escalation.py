"""Nobody gives away rights that they do not have: the checks of RBAC writes."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.auth.attributes import Attributes, Decision
from breakfix.embedded.auth.rbac import (
    BINDINGS,
    CLUSTER_BINDINGS,
    CLUSTER_ROLES,
    FULL,
    GROUP,
    ROLES,
    Rbac,
)
from breakfix.embedded.auth.rules import compact, missing, quoted
from breakfix.embedded.errors import StatusError, forbidden, not_found
from breakfix.embedded.objects import Object, name_of
from breakfix.embedded.users import MASTERS, User

# what the garbage collector may change on anybody's behalf
_COLLECTED = ("ownerReferences", "finalizers", "managedFields", "resourceVersion")


class Escalation(Plugin):
    """Not an admission plugin in the real server, but a check of the same writes."""

    name = "RBACEscalation"

    def __init__(self, rbac: Rbac, decide: Callable[[Attributes], Decision] | None = None) -> None:
        self.rbac = rbac
        self.decide = decide or rbac.decide

    async def validate(self, request: AdmissionRequest) -> None:
        """Refuse rights that the writer lacks. Raises StatusError 403, 404."""
        checks = {
            ROLES: self._role, CLUSTER_ROLES: self._role,
            BINDINGS: self._binding, CLUSTER_BINDINGS: self._binding,
        }  # fmt: skip
        check = checks.get(request.key)
        if check is None or request.item is None or request.operation not in ("CREATE", "UPDATE"):
            return
        if MASTERS in request.user.groups or _only_collected(request.item, request.old):
            return
        check(request, request.item)

    def _role(self, request: AdmissionRequest, item: Object) -> None:
        user, plural = request.user, request.resource.plural
        name = "" if request.operation == "CREATE" else request.name  # as the path has it
        if self._may(user, "escalate", plural, request.namespace, name):
            return
        self._confirm(request, item.get("rules") or [])
        aggregates = (_aggregates(role) for role in (item, request.old or {}))
        if any(aggregates) and missing(self.rbac.rules_of(user, request.namespace), FULL):
            raise _refusal(request, "must have cluster-admin privileges to use the aggregationRule")

    def _binding(self, request: AdmissionRequest, item: Object) -> None:
        reference = item.get("roleRef") or {}
        name, kind = reference.get("name", ""), reference.get("kind", "")
        if self._may(request.user, "bind", f"{kind.lower()}s", request.namespace, name):
            return
        rules = self.rbac.role_rules(reference, request.namespace)
        if rules is None:
            raise not_found(f"{kind.lower()}s.{GROUP}", name)
        self._confirm(request, rules)

    def _may(self, user: User, verb: str, resource: str, namespace: str, name: str) -> bool:
        asked = Attributes(user, verb, GROUP, "*", resource, "", namespace, name)
        return self.decide(asked).allowed

    def _confirm(self, request: AdmissionRequest, rules: list[Object]) -> None:
        user = request.user
        lacking = missing(self.rbac.rules_of(user, request.namespace), rules)
        if not lacking:
            return
        shown = "\n".join(sorted({compact(rule) for rule in lacking}))
        message = (
            f'user "{user.name}" (groups={quoted(user.groups)}) is attempting to grant RBAC '
            f"permissions not currently held:\n{shown}"
        )
        errors = self.rbac.applied(user, request.namespace).errors
        raise _refusal(request, message + _unresolved(errors))


def _unresolved(errors: tuple[str, ...]) -> str:
    if not errors:
        return ""
    inner = errors[0] if len(errors) == 1 else "[" + ", ".join(errors) + "]"
    return f"; resolution errors: [{inner}]"


def _refusal(request: AdmissionRequest, why: str) -> StatusError:
    return forbidden(request.key, request.name or name_of(request.item or {"metadata": {}}), why)


def _aggregates(role: Object) -> bool:
    return bool((role.get("aggregationRule") or {}).get("clusterRoleSelectors"))


def _only_collected(item: Object, old: Object | None) -> bool:
    """Is nothing changed but what deleting an object needs?"""
    return old is not None and _kept(item) == _kept(old)


def _kept(item: Object) -> Object:
    metadata = {k: v for k, v in item["metadata"].items() if k not in _COLLECTED}
    return item | {"metadata": metadata}
