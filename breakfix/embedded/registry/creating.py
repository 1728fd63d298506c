"""Creates: from a decoded body to a stored object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from breakfix.embedded import errors
from breakfix.embedded.clock import Clock
from breakfix.embedded.errors import StatusError
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds.metadata import validate_object_meta
from breakfix.embedded.objects import Object, name_of, namespace_of
from breakfix.embedded.registry import metadata
from breakfix.embedded.registry.admitting import Chain, request_for
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.keeping import forbidden_fields
from breakfix.embedded.registry.served import Served
from breakfix.embedded.registry.tracking import settled, track
from breakfix.embedded.storage.store import Store

NAME_ATTEMPTS = 8


class Creator:
    """The half of `Writer` that makes new objects."""

    def __init__(self, store: Store, chain: Chain, clock: Clock) -> None:
        self.store = store
        self.chain = chain
        self.clock = clock
        self.after_create: dict[str, Callable[[Object, Object | None, bool], None]] = {}

    async def create(
        self, served: Served, asked: Asked, item: Object, operation: str = "Update"
    ) -> Object:  # fmt: skip
        """A new object, from a body that is nobody else's. Raises StatusError."""
        metadata.check_kind(served, item)
        metadata.check_place(served, asked, item)
        served.strategy.default_(item)
        for field in forbidden_fields(served):
            item.pop(field, None)
        if item["metadata"].get("resourceVersion"):
            raise errors.bad_request("resourceVersion should not be set on objects to be created")
        track(served, asked, item, None, operation, self.clock.now())
        request = request_for(served, asked, "CREATE", item, None)
        request.name = name_of(item)
        await self.chain.mutate(request)
        self._named(served, item)
        metadata.begin(item, self.clock, served.strategy.has_generation)
        served.strategy.prepare_create(item)
        self._check(served, item, self._wrong_with_new(served, item))
        request.name = asked.name = name_of(item)
        await self.chain.validate(request)
        asked.warnings += served.strategy.warnings(item, None)
        settled(served, item)
        return await self._put_new(served, asked, item, request)

    async def _put_new(self, served: Served, asked: Asked, item: Object, request: Any) -> Object:
        stored = await self._inward(served, item, request)
        try:
            if self.store.get(served.key, name_of(item), namespace_of(item)) is not None:
                raise errors.already_exists(served.resource.key, name_of(item))
            self._reserve(served, stored, None, asked.dry_run)
            if not asked.dry_run:
                self.store.put(served.key, stored)
        except StatusError:
            await self.chain.settle(request, stored=False)
            raise
        asked.created = True
        await self.chain.settle(request, stored=not asked.dry_run)
        return await self._answer(served, stored, item, asked.dry_run)

    async def _inward(self, served: Served, item: Object, request: Any) -> Object:
        """As it is to be stored."""
        try:
            return await served.inward(item)
        except StatusError:
            await self.chain.settle(request, stored=False)
            raise

    @staticmethod
    async def _answer(served: Served, stored: Object, item: Object, dry_run: bool) -> Object:
        """What was written, as its writer sees it."""
        if dry_run and served.conversions:
            return item
        await served.ready((stored,))
        return served.out(stored)

    def _reserve(self, served: Served, item: Object, old: Object | None, dry_run: bool) -> None:
        """What a kind takes from a common pool (addresses, ports) at the last moment."""
        reserve = self.after_create.get(served.key)
        if reserve:
            reserve(item, old, dry_run)

    def _named(self, served: Served, item: Object) -> None:
        """A name from generateName, one that is free."""
        meta = item["metadata"]
        prefix = meta.get("generateName")
        if meta.get("name") or not prefix:
            return
        for _ in range(NAME_ATTEMPTS):
            meta["name"] = prefix[:58] + metadata.random_suffix()
            if self.store.get(served.key, meta["name"], namespace_of(item)) is None:
                return

    def _wrong_with_new(self, served: Served, item: Object) -> list[FieldError]:
        strategy = served.strategy
        found = validate_object_meta(
            item, served.resource.namespaced, strategy.name_error,
            legacy_finalizers=not served.resource.custom,
        )  # fmt: skip
        return found + strategy.validate(item)

    def _check(self, served: Served, item: Object, found: Sequence[FieldError]) -> None:
        if found:
            r = served.resource
            raise errors.invalid(r.kind, r.group, item["metadata"].get("name", ""), found)
