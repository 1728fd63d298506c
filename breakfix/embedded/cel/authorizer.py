"""The library `authz`: what a user may do, asked from inside of an expression.

Evaluate inside of `with answering(authorize):`; the variable `authorizer` is
`authorizer_value(user)`, `authorizer.requestResource` is `request_resource(...)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from breakfix.embedded.auth.attributes import Attributes, Decision
from breakfix.embedded.cel import functions as f
from breakfix.embedded.cel.functions import Function, method, tagged
from breakfix.embedded.kinds import names
from breakfix.embedded.users import User, service_account

Authorize = Callable[[Attributes], Decision]

_PACKAGE = "kubernetes.authorization."
AUTHORIZER, PATH, GROUP, RESOURCE, DECISION = (
    _PACKAGE + name
    for name in ("Authorizer", "PathCheck", "GroupCheck", "ResourceCheck", "Decision")
)
_asked: ContextVar[Authorize] = ContextVar("authorize")


@contextmanager
def answering(authorize: Authorize) -> Iterator[None]:
    """Let expressions that are evaluated inside ask this authorizer."""
    token = _asked.set(authorize)
    try:
        yield
    finally:
        _asked.reset(token)


def authorizer_value(user: User) -> f.Value:
    """The variable `authorizer`."""
    extra = {k: list(v) for k, v in user.extra.items()}
    about = {"name": user.name, "groups": list(user.groups), "uid": user.uid, "extra": extra}
    return tagged(AUTHORIZER, user=about)


def request_resource(
    user: User, group: str, resource: str, subresource: str, namespace: str, name: str
) -> f.Value:
    """The variable `authorizer.requestResource`."""
    return authorizer_value(user) | {
        f.TAG: RESOURCE, "group": group, "resource": resource, "subresource": subresource,
        "namespace": namespace, "name": name,
    }  # fmt: skip


def _with(kind: str, name: str, words: str = "") -> Callable[[f.Value, str], f.Value]:
    def body(value: f.Value, text: str) -> f.Value:
        if words and not text:
            raise ValueError(words)
        return value | {f.TAG: kind, name: text}

    return body


def _service_account(value: f.Value, namespace: str, name: str) -> f.Value:
    del value
    if names.dns_subdomain(name):
        raise ValueError("Invalid service account name")
    if names.dns_label(namespace):
        raise ValueError("Invalid service account namespace")
    return authorizer_value(service_account(namespace, name))


def _user(value: f.Value) -> User:
    about = value["user"]
    extra = {k: tuple(v) for k, v in about["extra"].items()}
    return User(about["name"], tuple(about["groups"]), about["uid"], extra)


def _check(value: f.Value, verb: str) -> f.Value:
    parts = {k: value.get(k, "") for k in ("group", "resource", "subresource", "namespace", "name")}
    version = "*" if value[f.TAG] == RESOURCE else ""
    attributes = Attributes(
        _user(value), verb, version=version, path=value.get("path", ""), **parts
    )
    decision = _asked.get()(attributes)
    return tagged(DECISION, allowed=decision.allowed, reason=decision.reason)


def _part(name: str) -> Callable[[f.Value], Any]:
    return lambda value: value[name]


FUNCTIONS: tuple[Function, ...] = (
    method("authorizer_path", "path", [AUTHORIZER, f.STRING], PATH,
           _with(PATH, "path", "path must not be empty")),
    method("authorizer_group", "group", [AUTHORIZER, f.STRING], GROUP, _with(GROUP, "group")),
    method("authorizer_serviceaccount", "serviceAccount", [AUTHORIZER, f.STRING, f.STRING],
           AUTHORIZER, _service_account),
    method("groupcheck_resource", "resource", [GROUP, f.STRING], RESOURCE,
           _with(RESOURCE, "resource", "resource must not be empty")),
    method("resourcecheck_subresource", "subresource", [RESOURCE, f.STRING], RESOURCE,
           _with(RESOURCE, "subresource")),
    method("resourcecheck_namespace", "namespace", [RESOURCE, f.STRING], RESOURCE,
           _with(RESOURCE, "namespace")),
    method("resourcecheck_name", "name", [RESOURCE, f.STRING], RESOURCE, _with(RESOURCE, "name")),
    method("authorizer_fieldselector", "fieldSelector", [RESOURCE, f.STRING], RESOURCE,
           _with(RESOURCE, "fieldSelector")),
    method("authorizer_labelselector", "labelSelector", [RESOURCE, f.STRING], RESOURCE,
           _with(RESOURCE, "labelSelector")),
    method("pathcheck_check", "check", [PATH, f.STRING], DECISION, _check),
    method("resourcecheck_check", "check", [RESOURCE, f.STRING], DECISION, _check),
    method("decision_allowed", "allowed", [DECISION], f.BOOL, _part("allowed")),
    method("decision_reason", "reason", [DECISION], f.STRING, _part("reason")),
    method("decision_errored", "errored", [DECISION], f.BOOL, lambda _: False),
    method("decision_error", "error", [DECISION], f.STRING, lambda _: ""),
)  # fmt: skip
