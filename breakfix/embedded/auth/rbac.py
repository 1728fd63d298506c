"""Role-based access control: what the bindings allow somebody (and, for kubelets, their pods).

For each user and namespace, the rules that apply are put together once and kept until any
role or binding changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from breakfix.embedded.auth.attributes import Attributes, Decision
from breakfix.embedded.auth.forbidden import forbidden_message, refusal
from breakfix.embedded.auth.nodes import NODE, NodeAuthorizer
from breakfix.embedded.auth.rules import Rule
from breakfix.embedded.client import Change, Reader
from breakfix.embedded.objects import Object, name_of, namespace_of
from breakfix.embedded.users import MASTERS, User

__all__ = ["FULL", "GROUP", "RESOURCES", "Rbac", "forbidden_message", "refusal"]
GROUP = "rbac.authorization.k8s.io"
ROLES, CLUSTER_ROLES = f"roles.{GROUP}", f"clusterroles.{GROUP}"
BINDINGS, CLUSTER_BINDINGS = f"rolebindings.{GROUP}", f"clusterrolebindings.{GROUP}"
RESOURCES = (ROLES, CLUSTER_ROLES, BINDINGS, CLUSTER_BINDINGS)
REMEMBERED = 2048  # users in namespaces
_ALLOWED = Decision(True)


@dataclass(slots=True)
class Granted:
    """The rules of one binding that applies to a user; `source` says which."""

    source: str
    rules: list[Object]
    tests: list[Rule]


@dataclass(slots=True)
class Applied:
    """All that applies to a user in a namespace, and what could not be found."""

    granted: list[Granted]
    errors: tuple[str, ...]


class Source(Reader, Protocol):
    """Where roles and bindings are: a store or a client."""

    def subscribe(self, resource: str, seen: Callable[[Change], None], /) -> object:
        """Call `seen` for every write from now on."""


class Rbac:
    """The authorizer of a cluster."""

    def __init__(self, reader: Source) -> None:
        self.reader = reader
        self._applied: dict[tuple[str, tuple[str, ...], str], Applied] = {}
        self._nodes = NodeAuthorizer(reader)
        self._index: dict[str, dict[tuple[str, str], list[tuple[str, Object]]]] | None = None
        for resource in RESOURCES:
            reader.subscribe(resource, self.changed)

    def changed(self, change: Change | None = None) -> None:
        """Forget what is remembered: a role or a binding is another one now."""
        del change
        self._applied.clear()
        self._index = None

    def decide(self, asked: Attributes) -> Decision:
        """Is it allowed, and by which binding?"""
        if MASTERS in asked.user.groups:
            return _ALLOWED
        if asked.user.name.startswith(NODE):
            return self._decide_for_node(asked)
        return self._decide(asked)

    def _decide_for_node(self, asked: Attributes) -> Decision:
        """The Node authorizer comes first; where it has no opinion RBAC is asked."""
        first = self._nodes.decide(asked)
        if first.allowed:
            return first
        then = self._decide(asked)
        if then.allowed or not first.reason:
            return then
        return Decision(False, "\n".join(filter(None, (first.reason, then.reason))))

    def _decide(self, asked: Attributes) -> Decision:
        applied = self.applied(asked.user, asked.namespace)
        for granted in applied.granted:
            for rule in granted.tests:
                if rule.allows(asked):
                    return Decision(True, f"RBAC: allowed by {granted.source}")
        return Decision(False, f"RBAC: {aggregate(applied.errors)}" if applied.errors else "")

    def applied(self, user: User, namespace: str) -> Applied:
        """What the bindings give a user, in a namespace or (with "") everywhere."""
        key = (user.name, user.groups, namespace)
        found = self._applied.get(key)
        if found is None:
            if len(self._applied) >= REMEMBERED:
                self._applied.clear()
            found = self._applied[key] = self._apply(user, namespace)
        return found

    def rules_of(self, user: User, namespace: str) -> list[Object]:
        """The rules that apply, as they are written in the roles."""
        if MASTERS in user.groups:
            return FULL
        return [r for g in self.applied(user, namespace).granted for r in g.rules]

    def role_rules(self, reference: Object, namespace: str) -> list[Object] | None:
        """The rules of a roleRef in a namespace; None where there is no such role."""
        name = reference.get("name", "")
        if reference.get("kind") == "ClusterRole":
            role = self.reader.get(CLUSTER_ROLES, name)
        else:
            role = self.reader.get(ROLES, name, namespace)
        return None if role is None else role.get("rules") or []

    def _apply(self, user: User, namespace: str) -> Applied:
        granted: list[Granted] = []
        errors: list[str] = []
        for where in ("", namespace) if namespace else ("",):
            for source, reference in self._bindings(user, where):
                rules = self.role_rules(reference, where)
                if rules is None:
                    errors.append(_not_found(reference))
                else:
                    granted.append(Granted(source, rules, [Rule(r) for r in rules]))
        return Applied(granted, tuple(dict.fromkeys(errors)))

    def _bindings(self, user: User, namespace: str) -> Iterator[tuple[str, Object]]:
        """Sources and roleRefs of the bindings in a namespace that name the user."""
        if self._index is None:
            self._index = self._indexed()
        subjects = self._index.get(namespace) or {}
        seen: set[str] = set()
        for subject in (("User", user.name), *(("Group", g) for g in user.groups)):
            for source, binding in subjects.get(subject, ()):
                if name_of(binding) not in seen:
                    seen.add(name_of(binding))
                    yield source, binding["roleRef"]

    def _indexed(self) -> dict[str, dict[tuple[str, str], list[tuple[str, Object]]]]:
        found: dict[str, dict[tuple[str, str], list[tuple[str, Object]]]] = {}
        for resource in (CLUSTER_BINDINGS, BINDINGS):
            for binding in sorted(self.reader.list(resource), key=name_of):
                subjects = found.setdefault(namespace_of(binding), {})
                for key, source in _subjects(binding):
                    subjects.setdefault(key, []).append((source, binding))
        return found


FULL: list[Object] = [
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
]


def _subjects(binding: Object) -> Iterator[tuple[tuple[str, str], str]]:
    """Whom a binding names, as users and groups, each with how reasons describe it."""
    namespace = namespace_of(binding)
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    shown = f"{name_of(binding)}/{namespace}" if namespace else name_of(binding)
    role = binding["roleRef"]
    head = f'{kind} "{shown}" of {role.get("kind")} "{role.get("name")}" to'
    for subject in binding.get("subjects") or []:
        name, of = subject.get("name", ""), subject.get("kind")
        if of == "ServiceAccount":
            where = subject.get("namespace") or namespace
            if where:
                user = f"system:serviceaccount:{where}:{name}"
                yield ("User", user), f'{head} ServiceAccount "{name}/{where}"'
        elif of in ("User", "Group"):
            yield (of, name), f'{head} {of} "{name}"'


def _not_found(reference: Object) -> str:
    kind = str(reference.get("kind", "")).lower()
    return f'{kind}.{GROUP} "{reference.get("name", "")}" not found'


def aggregate(errors: Iterable[str]) -> str:
    """Several errors as one text."""
    texts = list(errors)
    return texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
