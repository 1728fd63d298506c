"""The registry: every read and write of a cluster, whoever asks."""

from __future__ import annotations

import orjson

from breakfix.embedded import errors
from breakfix.embedded.clock import Clock
from breakfix.embedded.kinds.core.allocation import ServiceAllocator
from breakfix.embedded.objects import Object, clone
from breakfix.embedded.patching import apply as applying
from breakfix.embedded.patching.patch import APPLY, apply_patch, media_type
from breakfix.embedded.patching.reading import read_apply
from breakfix.embedded.patching.resetting import reset_fields
from breakfix.embedded.registry import reading
from breakfix.embedded.registry.admitting import Chain
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.deleting import Deleter
from breakfix.embedded.registry.ip_addresses import IPAddressObjects
from breakfix.embedded.registry.served import Catalogue, Served
from breakfix.embedded.registry.writing import Rule, Writer
from breakfix.embedded.schema.coercing import coerce
from breakfix.embedded.schema.decoding import decode
from breakfix.embedded.storage.store import Store


class Registry:
    """Joins catalogue, store and admission; HTTP and the controllers both stand on it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.catalogue = Catalogue()
        self.chain = Chain()
        self.writer = Writer(store, self.chain, clock)
        self.deleter = Deleter(self.writer)
        allocator = ServiceAllocator(store, IPAddressObjects(store, self.catalogue, clock))
        self.writer.after_create["services"] = allocator.allocate
        store.subscribe("services", allocator.follow)

    # -- reads ------------------------------------------------------------------------

    async def get(self, served: Served, asked: Asked) -> Object:
        """One object. Raises StatusError 404."""
        stored = self.store.get(served.key, asked.name, asked.namespace)
        if stored is None:
            raise errors.not_found(served.resource.key, asked.name)
        await served.ready((stored,))
        return served.out(stored)

    async def page(self, served: Served, namespace: str, query: reading.Query) -> reading.Page:
        """One page of a list."""
        return await reading.page(self.store, served, namespace, query)

    # -- writes -----------------------------------------------------------------------

    async def create(self, served: Served, asked: Asked, item: Object) -> Object:
        """POST."""
        return await self.writer.create(served, asked, item)

    async def update(
        self, served: Served, asked: Asked, item: Object, rule: Rule | None = None
    ) -> Object:
        """PUT."""
        return await self.writer.update(
            served, asked, lambda _: clone(item), rule=rule, operation="Update", whole=True
        )

    async def patch(
        self, served: Served, asked: Asked, content_type: str, body: bytes,
        rule: Rule | None = None,
    ) -> Object:  # fmt: skip
        """PATCH, of all four kinds."""
        kind = media_type(content_type, served.resource.custom)
        if kind == APPLY:
            return await self._apply(served, asked, body, rule)

        def change(old: Object | None) -> Object:
            if old is None:
                raise errors.not_found(served.resource.key, asked.name)
            return self._patched(served, asked, kind, old, body)

        asked.is_patch = True
        return await self.writer.update(served, asked, change, rule=rule)

    def _patched(self, served: Served, asked: Asked, kind: str, old: Object, body: bytes) -> Object:
        def unknown(out: Object) -> list[str]:
            return coerce(out, served.schema)

        schema = None if served.resource.custom else served.schema
        out, warnings = apply_patch(kind, old, body, schema, asked.strictness, unknown)
        asked.warnings += [w for w in warnings if w not in asked.warnings]
        return out

    async def _apply(self, served: Served, asked: Asked, body: bytes, rule: Rule | None) -> Object:
        patch, warnings = read_apply(body, asked.strictness)
        asked.warnings += warnings
        self._complete(served, asked, patch)

        def change(old: Object | None) -> Object:
            return self._applied(served, asked, old, patch)

        return await self.writer.update(
            served, asked, change, rule=rule, operation="Apply", upsert=not asked.subresource
        )

    def _applied(self, served: Served, asked: Asked, old: Object | None, patch: Object) -> Object:
        if patch["metadata"].get("managedFields"):
            raise errors.bad_request("metadata.managedFields must be nil")
        has_status = served.resource.subresource("status") is not None
        applied = applying.server_side_apply(
            old, patch, asked.manager, asked.force, served.fields, served.resource.api_version,
            asked.subresource, self.clock.now(),
            reset_fields(served.key, asked.subresource, has_status), served.resource.kind,
        )  # fmt: skip
        body = orjson.dumps(applied.object)
        item = self.decode(served, asked, body, "application/json")
        item["metadata"]["managedFields"] = applied.managed_fields
        return item

    @staticmethod
    def _complete(served: Served, asked: Asked, patch: Object) -> None:
        meta = patch.setdefault("metadata", {})
        meta.setdefault("name", asked.name)
        if served.resource.namespaced:
            meta.setdefault("namespace", asked.namespace)

    async def delete(self, served: Served, asked: Asked) -> tuple[Object, bool]:
        """DELETE of one; the object, and whether it is gone already."""
        return await self.deleter.delete(served, asked)

    async def delete_collection(
        self, served: Served, asked: Asked, query: reading.Query
    ) -> list[Object]:
        """DELETE of all that are selected."""
        found = (await self.page(served, asked.namespace, query)).items
        deleted = []
        for item in found:
            meta = item["metadata"]
            one = Asked(asked.user, meta.get("namespace", ""), meta["name"], options=asked.options,
                        dry_run=asked.dry_run)  # fmt: skip
            try:
                deleted.append((await self.delete(served, one))[0])
            except errors.StatusError as error:
                if error.code != 404:  # noqa: PLR2004
                    raise
        return deleted

    # -- bodies -----------------------------------------------------------------------

    def decode(self, served: Served, asked: Asked, body: bytes, content_type: str) -> Object:
        """A body as an object of this kind; its warnings are kept. Raises StatusError 400."""
        r = served.resource
        found = decode(
            body, content_type, served.schema, asked.strictness, r.group, r.version, r.kind,
            custom=r.custom,
        )  # fmt: skip
        asked.warnings += [w for w in found.warnings if w not in asked.warnings]
        return found.item
