"""A client over a plain dictionary: enough of a cluster for nodes and the scheduler."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from breakfix.embedded.client import Change
from breakfix.embedded.clock import Clock, VirtualClock
from breakfix.embedded.errors import StatusError, already_exists, conflict, not_found
from breakfix.embedded.objects import Object, clone, name_of, namespace_of, timestamp


class FakeClient:
    """Reads and writes as a Client does, without admission or validation."""

    def __init__(self) -> None:
        self.time = VirtualClock()
        self.clock: Clock = self.time
        self.items: dict[tuple[str, str, str], Object] = {}
        self.events: list[tuple[str, str, str]] = []
        self.writes = 0
        self._version = itertools.count(1)
        self._seen: dict[str, list[Callable[[Change], None]]] = {}

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        return self.items.get((resource, namespace, name))

    def list(self, resource: str, namespace: str = "") -> Iterable[Object]:
        return [i for (r, n, _), i in self.items.items()
                if r == resource and namespace in ("", n)]  # fmt: skip

    async def create(self, resource: str, item: Object) -> Object:
        key = resource, namespace_of(item), name_of(item)
        if key in self.items:
            raise already_exists(resource, name_of(item))
        item = clone(item)
        meta = item["metadata"]
        meta.setdefault("uid", f"uid-{next(self._version)}")
        meta.setdefault("creationTimestamp", timestamp(self.clock.now()))
        meta.setdefault("generation", 1)
        return self._store("ADDED", resource, item)

    async def update(self, resource: str, item: Object) -> Object:
        return self._store("MODIFIED", resource, clone(item))

    async def update_status(self, resource: str, item: Object) -> Object:
        old = self._old(resource, name_of(item), namespace_of(item))
        if item["metadata"].get("resourceVersion") != old["metadata"]["resourceVersion"]:
            raise conflict(resource, name_of(item), "changed")
        return self._store("MODIFIED", resource, clone({**old, "status": item["status"]}))

    async def update_sub(self, resource: str, sub: str, item: Object) -> Object:
        return await self.update(resource, item)

    async def patch(
        self, resource: str, name: str, namespace: str, body: Any, sub: str = ""
    ) -> Object:
        item = clone(self._old(resource, name, namespace))
        _merge(item, body)
        return self._store("MODIFIED", resource, item)

    async def delete(
        self, resource: str, name: str, namespace: str = "", *, uid: str = "",
        propagation: str = "", grace: int | None = None,
    ) -> None:  # fmt: skip
        item = self.get(resource, name, namespace)
        if item is None or uid not in ("", item["metadata"]["uid"]):
            return
        bound = resource == "pods" and item["spec"].get("nodeName")
        seconds = item["spec"].get("terminationGracePeriodSeconds", 30) if grace is None else grace
        if bound and seconds:
            item = clone(item)
            item["metadata"]["deletionTimestamp"] = timestamp(self.clock.now())
            item["metadata"]["deletionGracePeriodSeconds"] = seconds
            self._store("MODIFIED", resource, item)
            return
        del self.items[resource, namespace, name]
        self._tell(Change("DELETED", resource, item, item, next(self._version)))

    async def create_sub(
        self, resource: str, name: str, namespace: str, sub: str, body: Object
    ) -> Object:
        assert (resource, sub) == ("pods", "binding")
        item = clone(self._old(resource, name, namespace))
        if item["spec"].get("nodeName"):
            raise StatusError(409, "Conflict", "bound already")
        item["spec"]["nodeName"] = body["target"]["name"]
        return self._store("MODIFIED", resource, item)

    def subscribe(self, resource: str, seen: Callable[[Change], None]) -> None:
        self._seen.setdefault(resource, []).append(seen)

    def event(
        self, about: Object, type: str, reason: str, message: str, *,
        component: str, host: str = "", field_path: str = "", related: Object | None = None,
        action: str = "",
    ) -> None:  # fmt: skip
        self.events.append((name_of(about), reason, message))

    def said(self, name: str) -> Sequence[str]:
        """The reasons of the events on an object."""
        return [reason for about, reason, _ in self.events if about == name]

    def _old(self, resource: str, name: str, namespace: str) -> Object:
        item = self.get(resource, name, namespace)
        if item is None:
            raise not_found(resource, name)
        return item

    def _store(self, type: Any, resource: str, item: Object) -> Object:
        key = resource, namespace_of(item), name_of(item)
        old, version = self.items.get(key), next(self._version)
        item["metadata"]["resourceVersion"] = str(version)
        self.items[key] = item
        self.writes += 1
        self._tell(Change(type, resource, item, old, version))
        return item

    def _tell(self, change: Change) -> None:
        for seen in self._seen.get(change.resource, []):
            seen(change)


def _merge(item: Object, body: Object) -> None:
    for key, value in body.items():
        if value is None:
            item.pop(key, None)
        elif isinstance(value, dict):
            _merge(item.setdefault(key, {}), value)
        else:
            item[key] = value


def pod(name: str, *, node: str = "", **spec: Any) -> Object:
    """A pod with one container of nginx, unless `containers` says otherwise."""
    containers = spec.pop("containers", [{"name": "app", "image": "nginx"}])
    labels = spec.pop("labels", {})
    where = {"nodeName": node} if node else {}
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": labels},
        "spec": {"schedulerName": "default-scheduler", "containers": containers} | where | spec,
        "status": {"phase": "Pending"},
    }  # fmt: skip
