"""From the name of a subresource to what it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from breakfix.embedded import errors
from breakfix.embedded.objects import Object
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.registry.served import Served
from breakfix.embedded.registry.subresources import pods
from breakfix.embedded.registry.subresources.rules import rule_for
from breakfix.embedded.registry.subresources.scaling import Scaling

Post = Callable[[Served, Asked, Object], Awaitable[Object]]


class Subresources:
    """Reads and writes of subresources; `posts` can be added to (token)."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._scaling = Scaling(registry)
        self.posts: dict[tuple[str, str], Post] = {
            ("pods", "binding"): lambda s, a, b: pods.bind(registry, s, a, b),
            ("pods", "eviction"): lambda s, a, b: pods.evict(registry, s, a, b),
        }

    async def get(self, served: Served, asked: Asked) -> Object:
        """GET."""
        if asked.subresource == "scale":
            return await self._scaling.get(served, asked)
        return await self._registry.get(served, asked)

    async def update(self, served: Served, asked: Asked, item: Object) -> Object:
        """PUT."""
        if asked.subresource == "scale":
            return await self._scaling.update(served, asked, item)
        rule = rule_for(served, asked.subresource, self._registry.clock)
        return await self._registry.update(served, asked, item, rule)

    async def patch(self, served: Served, asked: Asked, content_type: str, body: bytes) -> Object:
        """PATCH."""
        if asked.subresource == "scale":
            return await self._scaling.patch(served, asked, content_type, body)
        rule = rule_for(served, asked.subresource, self._registry.clock)
        return await self._registry.patch(served, asked, content_type, body, rule)

    async def create(self, served: Served, asked: Asked, body: Object) -> Object:
        """POST."""
        post = self.posts.get((served.resource.key, asked.subresource))
        if post is None:
            raise errors.method_not_allowed(served.resource.key, "create")
        asked.created = True
        return await post(served, asked, body)
