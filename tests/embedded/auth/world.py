"""A store in a dictionary that is a client too."""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from breakfix.embedded.client import Change
from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.errors import already_exists
from breakfix.embedded.objects import Object, clone, name_of, namespace_of, timestamp

RBAC = "rbac.authorization.k8s.io"


class World:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.items: dict[tuple[str, str, str], Object] = {}
        self.seen: dict[str, list[Callable[[Change], None]]] = {}
        self.versions = itertools.count(1)

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        return self.items.get((resource, namespace, name))

    def list(self, resource: str, namespace: str = "") -> builtins.list[Object]:
        return [
            item
            for (kind, where, _), item in self.items.items()
            if kind == resource and namespace in ("", where)
        ]

    def subscribe(self, resource: str, seen: Callable[[Change], None]) -> None:
        self.seen.setdefault(resource, []).append(seen)

    def put(self, resource: str, item: Object) -> Object:
        key = (resource, namespace_of(item), name_of(item))
        item["metadata"].setdefault("uid", str(uuid4()))
        item["metadata"].setdefault("creationTimestamp", timestamp(self.clock.now()))
        old, self.items[key] = self.items.get(key), item
        self.tell(Change("MODIFIED" if old else "ADDED", resource, item, old, next(self.versions)))
        return item

    def tell(self, change: Change) -> None:
        for seen in self.seen.get(change.resource, []):
            seen(change)

    def drop(self, resource: str, name: str, namespace: str = "") -> None:
        item = self.items.pop((resource, namespace, name))
        self.tell(Change("DELETED", resource, item, item, next(self.versions)))

    async def create(self, resource: str, item: Object) -> Object:
        if self.get(resource, name_of(item), namespace_of(item)):
            raise already_exists(resource, name_of(item))
        return self.put(resource, clone(item))

    async def update(self, resource: str, item: Object) -> Object:
        return self.put(resource, clone(item))

    async def update_status(self, resource: str, item: Object) -> Object:
        return self.put(resource, clone(item))

    async def update_sub(self, resource: str, sub: str, item: Object) -> Object:
        return self.put(resource, clone(item))

    async def delete(self, resource: str, name: str, namespace: str = "", **_: Any) -> None:
        self.drop(resource, name, namespace)

    def named(self, resource: str, name: str, namespace: str = "", **rest: Any) -> Object:
        metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
        return self.put(resource, {"metadata": metadata, **rest})

    def grant(
        self, role: str, rules: builtins.list[Object], subject: Object, namespace: str = ""
    ) -> None:
        scope = "" if namespace else "cluster"
        kind = "Role" if namespace else "ClusterRole"
        self.named(f"{scope}roles.{RBAC}", role, namespace, rules=rules)
        self.named(
            f"{scope}rolebindings.{RBAC}", f"{role}-binding", namespace,
            roleRef={"apiGroup": RBAC, "kind": kind, "name": role}, subjects=[subject],
        )  # fmt: skip
