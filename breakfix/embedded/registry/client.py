"""The client of controllers, admission and nodes: straight to the registry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from breakfix.embedded.client import Change
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kinds import scale
from breakfix.embedded.objects import Object, clone, name_of, namespace_of
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.events import Recorder
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.registry.subresources import Subresources
from breakfix.embedded.users import User

GONE = 404


class LocalClient:
    """One user's view, without HTTP and authorization."""

    def __init__(
        self, registry: Registry, subresources: Subresources, recorder: Recorder, user: User,
        manager: str = "kube-controller-manager",
    ) -> None:  # fmt: skip
        self.clock = registry.clock
        self._registry = registry
        self._subresources = subresources
        self._recorder = recorder
        self._user = user
        self._manager = manager

    def as_user(self, user: User, manager: str = "") -> LocalClient:
        """The same cluster for somebody else."""
        return LocalClient(
            self._registry, self._subresources, self._recorder, user, manager or self._manager
        )

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        return self._registry.store.get(resource, name, namespace)

    def list(self, resource: str, namespace: str = "") -> list[Object]:
        return self._registry.store.list(resource, namespace)

    def _asked(self, name: str = "", namespace: str = "", sub: str = "", **more: Any) -> Asked:
        return Asked(
            self._user, namespace, name, sub, manager=self._manager, strictness="Ignore", **more
        )

    async def create(self, resource: str, item: Object) -> Object:
        served = self._registry.catalogue.by_key(resource)
        made = await self._registry.create(
            served, self._asked(namespace=namespace_of(item)), clone(item)
        )
        await asyncio.sleep(0)  # others see it before its maker goes on, as over a network
        return made

    async def update(self, resource: str, item: Object) -> Object:
        served = self._registry.catalogue.by_key(resource)
        asked = self._asked(name_of(item), namespace_of(item))
        return await self._registry.update(served, asked, item)

    async def update_status(self, resource: str, item: Object) -> Object:
        served = self._registry.catalogue.by_key(resource)
        asked = self._asked(name_of(item), namespace_of(item), "status")
        return await self._registry.update(served, asked, item)

    async def update_sub(self, resource: str, sub: str, item: Object) -> Object:
        served = self._registry.catalogue.by_key(resource)
        asked = self._asked(name_of(item), namespace_of(item), sub)
        return await self._subresources.update(served, asked, clone(item))

    async def patch(
        self, resource: str, name: str, namespace: str, body: Any, sub: str = ""
    ) -> Object:
        served = self._registry.catalogue.by_key(resource)
        asked = self._asked(name, namespace, sub)
        return await self._registry.patch(
            served, asked, "application/merge-patch+json", orjson.dumps(body)
        )

    async def delete(
        self, resource: str, name: str, namespace: str = "", *, uid: str = "",
        propagation: str = "", grace: int | None = None,
    ) -> None:  # fmt: skip
        served = self._registry.catalogue.by_key(resource)
        options: Object = {"preconditions": {"uid": uid}} if uid else {}
        options |= {"propagationPolicy": propagation} if propagation else {}
        options |= {"gracePeriodSeconds": grace} if grace is not None else {}
        try:
            await self._registry.delete(served, self._asked(name, namespace, options=options))
        except StatusError as error:
            if error.code != GONE:
                raise

    async def create_sub(
        self, resource: str, name: str, namespace: str, sub: str, body: Object
    ) -> Object:
        served = self._registry.catalogue.by_key(resource)
        return await self._subresources.create(served, self._asked(name, namespace, sub), body)

    def subscribe(self, resource: str, seen: Callable[[Change], None]) -> None:
        self._registry.store.subscribe(resource, seen)

    def scale_of(self, resource: str, name: str, namespace: str) -> Object | None:
        """autoscaling/v1 Scale of a workload, or None."""
        item = self.get(resource, name, namespace)
        return scale.scale_of(item) if item else None

    def event(
        self, about: Object, type: str, reason: str, message: str, *,
        component: str, host: str = "", field_path: str = "", related: Object | None = None,
        action: str = "",
    ) -> None:  # fmt: skip
        self._recorder.record(
            self, about, type, reason, message, component=component, host=host,
            field_path=field_path, related=related, action=action,
        )  # fmt: skip
