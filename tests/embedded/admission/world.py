"""A namespace with what a test puts into it, and requests to be judged."""

from __future__ import annotations

from typing import Any, cast

from breakfix.embedded.admission.base import AdmissionRequest, Operation, Plugin
from breakfix.embedded.client import Client
from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object, name_of, namespace_of
from breakfix.embedded.users import ADMIN


class World:
    """Reads from a dictionary."""

    def __init__(self, **labels: str) -> None:
        self.clock = VirtualClock()
        self.items: dict[str, list[Object]] = {}
        self.put("namespaces", {"metadata": {"name": "lab", "labels": labels}})

    def put(self, resource: str, item: Object) -> Object:
        self.items.setdefault(resource, []).append(item)
        return item

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        found = self.list(resource, namespace)
        return next((i for i in found if name_of(i) == name), None)

    def list(self, resource: str, namespace: str = "") -> list[Object]:
        found = self.items.get(resource, [])
        return [i for i in found if not namespace or namespace_of(i) == namespace]

    @property
    def client(self) -> Client:
        return cast(Client, self)


def pod(name: str = "p", **spec: Any) -> Object:
    whole = {"containers": [{"name": "c", "image": "nginx"}], **spec}
    return {"metadata": {"name": name, "namespace": "lab", "uid": name}, "spec": whole}


def sized(name: str = "p", **resources: Any) -> Object:
    return pod(name, containers=[{"name": "c", "image": "i", "resources": resources}])


def request(
    item: Object | None, key: str = "pods", operation: Operation = "CREATE",
    old: Object | None = None, sub: str = "", name: str = "",
) -> AdmissionRequest:  # fmt: skip
    plural, _, group = key.partition(".")
    resource = Resource(group, "v1", plural, plural.capitalize(), key != "namespaces")
    space = "lab" if key != "namespaces" else ""
    called = name or (name_of(item) if item else "")
    return AdmissionRequest(operation, resource, sub, space, called, item, old, ADMIN)


async def refusal(plugin: Plugin, asked: AdmissionRequest) -> str:
    """Why the plugin refuses; nothing where it does not."""
    try:
        await plugin.mutate(asked)
        await plugin.validate(asked)
    except StatusError as error:
        return error.message
    return ""
