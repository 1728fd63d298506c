from typing import Any

import pytest

from breakfix.embedded.auth.access_review import (
    local_subject_access_review,
    self_subject_access_review,
    self_subject_rules_review,
    subject_access_review,
)
from breakfix.embedded.auth.attributes import Attributes
from breakfix.embedded.auth.impersonation import impersonation
from breakfix.embedded.auth.rbac import Rbac
from breakfix.embedded.auth.token_review import self_subject_review
from breakfix.embedded.errors import StatusError
from breakfix.embedded.users import ADMIN, User
from tests.embedded.auth.world import World

PODS = {"verb": "list", "resource": "pods", "namespace": "web"}
RULE = {"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]}


@pytest.fixture
def rbac() -> Rbac:
    world = World()
    world.grant("r", [RULE], {"kind": "User", "name": "bob"}, "web")
    world.grant(
        "u", [{"verbs": ["get"], "nonResourceURLs": ["/x"]}], {"kind": "User", "name": "bob"}
    )
    return Rbac(world)


def test_somebody_elses_access(rbac: Rbac) -> None:
    spec = {"resourceAttributes": PODS, "user": "bob"}
    answer = subject_access_review(rbac.decide, {"spec": spec})
    assert answer["spec"] == spec
    assert answer["status"]["allowed"]
    assert answer["status"]["reason"].startswith('RBAC: allowed by RoleBinding "r-binding/web"')
    nobody = subject_access_review(rbac.decide, {"spec": spec | {"user": "eve"}})
    assert nobody["status"] == {"allowed": False}


def test_ones_own_access_to_paths(rbac: Rbac) -> None:
    body = {"spec": {"nonResourceAttributes": {"verb": "get", "path": "/x"}}}
    answer = self_subject_access_review(rbac.decide, body, User("bob"))
    assert answer["status"]["allowed"]


def test_access_within_a_namespace(rbac: Rbac) -> None:
    body: dict[str, Any] = {
        "metadata": {"namespace": "web"}, "spec": {"resourceAttributes": PODS, "user": "bob"},
    }  # fmt: skip
    assert local_subject_access_review(rbac.decide, body, "web")["status"]["allowed"]
    with pytest.raises(StatusError, match=r"must match metadata.namespace"):
        local_subject_access_review(rbac.decide, body | {"metadata": {"namespace": "b"}}, "b")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"user": "bob"}, "spec.resourceAttributes: Invalid value: null: exactly one of "
         "nonResourceAttributes or resourceAttributes must be specified"),
        ({"resourceAttributes": PODS}, 'spec.user: Invalid value: "": at least one of user or '
         "group must be specified"),
        ({"resourceAttributes": PODS, "nonResourceAttributes": {"path": "/"}, "user": "b"},
         'spec.nonResourceAttributes: Invalid value: {"Path":"/","Verb":""}: '
         "cannot be specified in combination with resourceAttributes"),
    ],
)  # fmt: skip
def test_reviews_that_ask_nothing_clear(rbac: Rbac, spec: dict[str, Any], words: str) -> None:
    with pytest.raises(StatusError) as refused:
        subject_access_review(rbac.decide, {"spec": spec})
    assert refused.value.code == 422
    assert words in refused.value.message


def test_all_rules_of_oneself(rbac: Rbac) -> None:
    body = {"spec": {"namespace": "web"}}
    status = self_subject_rules_review(rbac, body, User("bob"))["status"]
    assert status["resourceRules"] == [RULE]
    assert status["nonResourceRules"] == [{"verbs": ["get"], "nonResourceURLs": ["/x"]}]
    assert status["incomplete"] is False
    with pytest.raises(StatusError, match="no namespace on request"):
        self_subject_rules_review(rbac, {"spec": {}}, User("bob"))


def test_who_am_i() -> None:
    answer = self_subject_review(ADMIN, "2026-01-01T00:00:00Z")
    assert answer["status"]["userInfo"] == {
        "username": "kubernetes-admin",
        "groups": ["kubeadm:cluster-admins", "system:authenticated"],
    }


def test_impersonation_asks_for_every_part() -> None:
    found = impersonation(ADMIN, [
        ("Impersonate-User", "jane"), ("Impersonate-Group", "dev"), ("Impersonate-Group", "ops"),
        ("Impersonate-Uid", "7"), ("Impersonate-Extra-Acme.com%2Fproject", "x"), ("Accept", "*"),
    ])  # fmt: skip
    assert found is not None
    user = found.user
    assert (user.name, user.uid) == ("jane", "7")
    assert user.groups == ("dev", "ops", "system:authenticated")
    assert dict(user.extra) == {"acme.com/project": ("x",)}
    asked = {(c.group, c.resource, c.subresource, c.name) for c in found.checks}
    assert asked == {
        ("", "users", "", "jane"), ("", "groups", "", "dev"), ("", "groups", "", "ops"),
        ("authentication.k8s.io", "userextras", "acme.com/project", "x"),
        ("authentication.k8s.io", "uids", "", "7"),
    }  # fmt: skip
    assert {c.verb for c in found.checks} == {"impersonate"}


def test_impersonating_service_accounts_and_nobody() -> None:
    found = impersonation(ADMIN, [("Impersonate-User", "system:serviceaccount:web:app")])
    assert found is not None
    assert found.checks == (
        Attributes(ADMIN, "impersonate", resource="serviceaccounts", namespace="web", name="app"),
    )
    assert found.user.groups == (
        "system:serviceaccounts", "system:serviceaccounts:web", "system:authenticated",
    )  # fmt: skip
    nobody = impersonation(ADMIN, [("Impersonate-User", "system:anonymous")])
    assert nobody is not None
    assert nobody.user.groups == ("system:unauthenticated",)
    assert impersonation(ADMIN, [("Accept", "*")]) is None
    with pytest.raises(StatusError, match="without impersonating a user"):
        impersonation(ADMIN, [("Impersonate-Group", "dev")])
