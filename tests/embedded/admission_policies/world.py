"""A small world for admission: a reader, a request, a webhook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from breakfix.embedded.admission.base import AdmissionRequest
from breakfix.embedded.auth.attributes import Attributes, Decision
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object, name_of, namespace_of
from breakfix.embedded.users import User

DEPLOYMENTS = Resource("apps", "v1", "deployments", "Deployment", True)
GROUP = "admissionregistration.k8s.io"


class World:
    """Objects by resource."""

    def __init__(self) -> None:
        self.objects: dict[str, list[Object]] = {
            "namespaces": [{"metadata": {"name": "shop", "labels": {"env": "prod"}}}]
        }

    def add(self, resource: str, item: Object) -> None:
        self.objects.setdefault(resource, []).append(item)

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        return next((i for i in self.list(resource, namespace) if name_of(i) == name), None)

    def list(self, resource: str, namespace: str = "") -> Iterable[Object]:
        found = self.objects.get(resource, [])
        return [i for i in found if not namespace or namespace_of(i) == namespace]


def authorize(attributes: Attributes) -> Decision:
    return Decision(attributes.verb == "get")


def request(replicas: int = 1, **more: Any) -> AdmissionRequest:
    item = {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": replicas},
    }  # fmt: skip
    asked: dict[str, Any] = {
        "operation": "CREATE", "resource": DEPLOYMENTS, "subresource": "", "namespace": "shop",
        "name": "web", "item": item, "old": None, "user": User("ann"),
    } | more  # fmt: skip
    return AdmissionRequest(**asked)


RULE: Object = {
    "apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["*"],
    "resources": ["deployments"], "scope": "*",
}  # fmt: skip


@dataclass
class Hook:
    """A webhook that answers as it is told, and remembers what it was asked."""

    answers: list[Object] = field(default_factory=lambda: [{"allowed": True}])
    asked: list[Object] = field(default_factory=list)

    async def post(self, client_config: Object, body: bytes, timeout: int) -> bytes:
        review = orjson.loads(body)
        self.asked.append(review["request"])
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        response = {"uid": review["request"]["uid"], **answer}
        return orjson.dumps(
            {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
        )
