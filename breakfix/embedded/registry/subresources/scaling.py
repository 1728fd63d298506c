"""The scale of a workload, and of a custom resource that declares one."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded import errors
from breakfix.embedded.extensions.strategy import CustomStrategy
from breakfix.embedded.kinds import scale
from breakfix.embedded.objects import Object
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
            return scale.scale_with(item, *served.strategy.replicas(item))
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
            return _with(served, old, change(self._shown(served, old)))

        item = await self._registry.writer.update(served, asked, changed)
        return self._shown(served, item)


def _with(served: Served, item: Object, wanted: Object) -> Object:
    """The object with the replicas of a Scale. Raises StatusError."""
    strategy = served.strategy
    put = strategy.set_replicas if isinstance(strategy, CustomStrategy) else scale.set_replicas
    return scale.write_scale(item, wanted, served.resource.key, put)
