"""Writes: creates, and updates from a decoded body to a stored object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from breakfix.embedded import errors, fields
from breakfix.embedded.errors import StatusError
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds.metadata import validate_object_meta_update
from breakfix.embedded.objects import Object, clone, is_going, name_of, namespace_of
from breakfix.embedded.registry import metadata
from breakfix.embedded.registry.admitting import request_for
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.creating import Creator
from breakfix.embedded.registry.keeping import is_held, keep_rest, spec_changed
from breakfix.embedded.registry.served import Served
from breakfix.embedded.registry.tracking import settled, track

# Writes to these do not count as a new generation.
UNCOUNTED = frozenset(("status", "binding"))
# Gives the new object from a private copy of the present one (None where there is none).
Change = Callable[[Object | None], Object]
# What a write other than to the main resource or /status may change: (new, old) -> None,
# in place, with what is wrong.
Rule = Callable[[Object, Object], list[FieldError]]


class Writer(Creator):
    """Everything that ends in the store being written, but deletions."""

    async def update(
        self, served: Served, asked: Asked, change: Change, *,
        rule: Rule | None = None, operation: str = "Update", upsert: bool = False,
        whole: bool = False,
    ) -> Object:  # fmt: skip
        """Change an object; again where somebody was quicker and the body names no version.

        `whole`: the change is another object, which needs nothing of the present one.
        """
        for _ in range(5):
            try:
                return await self._update(served, asked, change, rule, operation, upsert, whole)
            except _TooLateError:
                continue
        raise errors.conflict(served.resource.key, asked.name, errors.MODIFIED)

    async def _update(
        self, served: Served, asked: Asked, change: Change, rule: Rule | None, operation: str,
        upsert: bool, whole: bool,
    ) -> Object:  # fmt: skip
        stored = self.store.get(served.key, asked.name, asked.namespace)
        await served.ready((stored,) if stored is not None else ())
        old = served.out(stored) if stored is not None else None
        item = change(old if old is None or whole else clone(old))
        metadata.check_kind(served, item)
        if asked.is_patch and not (item.get("metadata") or {}).get("name"):
            raise errors.bad_request(f"the name of the object ({asked.name} based on URL) was "
                                     "undeterminable: name must be provided")  # fmt: skip
        metadata.check_place(served, asked, item)
        if old is None:
            if not upsert and not served.strategy.create_on_update:
                raise errors.not_found(served.resource.key, asked.name)
            item["metadata"].pop("resourceVersion", None)
            return await self.create(served, asked, item, operation)
        self._preconditions(served, asked, item, old)
        served.strategy.default_(item)
        if asked.subresource in ("", "status"):  # the others have rules of their own
            keep_rest(served, asked.subresource, item, old)
        track(served, asked, item, old, operation, self.clock.now())
        request = request_for(served, asked, "UPDATE", item, old)
        await self.chain.mutate(request)
        self._prepare(served, asked, item, old, rule)
        await self.chain.validate(request)
        asked.warnings += served.strategy.warnings(item, old)
        return await self._put(served, asked, item, old, stored, request)

    def _preconditions(self, served: Served, asked: Asked, item: Object, old: Object) -> None:
        meta, before = item["metadata"], old["metadata"]
        version = meta.get("resourceVersion")
        if not version and served.strategy.unconditional_update:
            meta["resourceVersion"] = before["resourceVersion"]
        if version and version != before["resourceVersion"]:
            raise errors.conflict(served.resource.key, name_of(old), errors.MODIFIED)
        if meta.get("uid", before["uid"]) == before["uid"]:
            return
        if asked.is_patch:
            wrong = [fields.invalid("metadata.uid", meta["uid"], fields.IMMUTABLE)]
            kind, group = served.resource.kind, served.resource.group
            raise errors.invalid(kind, group, name_of(old), wrong)
        if meta["uid"]:
            raise errors.conflict(
                served.resource.key, name_of(old),
                f"Precondition failed: UID in precondition: {meta['uid']}, "
                f"UID in object meta: {before['uid']}",
            )  # fmt: skip

    def _prepare(
        self, served: Served, asked: Asked, item: Object, old: Object, rule: Rule | None
    ) -> None:
        """Keep what must be kept, count the generation, judge."""
        strategy = served.strategy
        metadata.keep(item, old)
        found = validate_object_meta_update(item, old, legacy_finalizers=not served.resource.custom)
        if rule is not None:
            found += rule(item, old)
        elif asked.subresource == "status":
            strategy.prepare_status_update(item, old)
            found += strategy.validate_status_update(item, old)
        else:
            strategy.prepare_update(item, old)
            found += strategy.validate_update(item, old)
        if (
            asked.subresource not in UNCOUNTED
            and strategy.has_generation
            and spec_changed(served, item, old)
        ):
            item["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
        self._check(served, item, found)

    async def _put(
        self, served: Served, asked: Asked, item: Object, old: Object, stored: Object | None,
        request: Any,
    ) -> Object:  # fmt: skip
        settled(served, item, old)
        kept = await self._inward(served, item, request)
        if self.store.get(served.key, asked.name, asked.namespace) is not stored:
            await self.chain.settle(request, stored=False)
            raise _TooLateError
        if metadata.without_server_words(item) == metadata.without_server_words(old) and (
            item["metadata"].get("managedFields") == old["metadata"].get("managedFields")
        ):
            await self.chain.settle(request, stored=False)
            return old
        try:
            self._reserve(served, kept, stored, asked.dry_run)
            if not asked.dry_run:
                self.finish(served, kept)
        except StatusError:
            await self.chain.settle(request, stored=False)
            raise
        await self.chain.settle(request, stored=not asked.dry_run)
        return await self._answer(served, kept, item, asked.dry_run)

    def finish(self, served: Served, item: Object) -> None:
        """Store; an object that was only waiting for its last finalizer goes."""
        if is_going(item) and not is_held(served, item):
            self.store.put(served.key, item)
            self.store.remove(served.key, name_of(item), namespace_of(item))
            return
        self.store.put(served.key, item)


class _TooLateError(Exception):
    """Somebody else wrote between our read and our write."""
