"""The scale of a workload, and of a custom resource that declares one."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded import errors
from breakfix.embedded.extensions.strategy import CustomStrategy
from breakfix.embedded.kinds import scale
from breakfix.embedded.objects import Object, clone
from breakfix.embedded.patching.patch import apply_patch
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.registry.served import Served
from breakfix.embedded.schema.builtin import schema_of


class Scaling:
    """GET, PUT and PATCH of `scale`."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def get(self, served: Served, asked: Asked) -> Object:
        """As autoscaling/v1 Scale."""
        return self._shown(served, await self._registry.get(served, asked))

    @staticmethod
    def _shown(served: Served, item: Object) -> Object:
        if isinstance(served.strategy, CustomStrategy):
            return _custom(item, *served.strategy.replicas(item))
        return scale.scale_of(item)

    async def update(self, served: Served, asked: Asked, wanted: Object) -> Object:
        """PUT."""
        return await self._change(served, asked, lambda _: wanted)

    async def patch(self, served: Served, asked: Asked, content_type: str, body: bytes) -> Object:
        """PATCH."""

        def patched(present: Object) -> Object:
            schema = schema_of("autoscaling/v1", "Scale")
            return apply_patch(content_type, present, body, schema, asked.strictness)[0]

        return await self._change(served, asked, patched)

    async def _change(
        self, served: Served, asked: Asked, change: Callable[[Object], Object]
    ) -> Object:
        def changed(old: Object | None) -> Object:
            if old is None:
                raise errors.not_found(served.resource.key, asked.name)
            return _with(served, clone(old), change(self._shown(served, old)))

        item = await self._registry.writer.update(served, asked, changed)
        return self._shown(served, item)


def _with(served: Served, item: Object, wanted: Object) -> Object:
    """The object with the replicas of a Scale. Raises StatusError."""
    if not isinstance(served.strategy, CustomStrategy):
        return scale.with_scale(item, wanted)
    errors_found = scale.validate_scale(wanted)
    if errors_found:
        raise errors.invalid("Scale", "autoscaling", item["metadata"]["name"], errors_found)
    served.strategy.set_replicas(item, (wanted.get("spec") or {}).get("replicas") or 0)
    version = (wanted.get("metadata") or {}).get("resourceVersion")
    item["metadata"].pop("resourceVersion", None)
    if version:
        item["metadata"]["resourceVersion"] = version
    return item


def _custom(item: Object, wanted: int, found: int, selector: str) -> Object:
    """The Scale of a custom resource."""
    meta = item["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    status: Object = {"replicas": found} | ({"selector": selector} if selector else {})
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {k: meta[k] for k in kept if k in meta},
        "spec": {"replicas": wanted} if wanted else {},
        "status": status,
    }
