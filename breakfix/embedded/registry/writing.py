"""Creates and updates: from a decoded body to a stored object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from breakfix.embedded import errors, fields
from breakfix.embedded.clock import Clock
from breakfix.embedded.errors import StatusError
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds.metadata import validate_object_meta, validate_object_meta_update
from breakfix.embedded.objects import Object, clone, is_going, name_of, namespace_of
from breakfix.embedded.patching import managed
from breakfix.embedded.patching.resetting import reset_fields
from breakfix.embedded.registry import metadata
from breakfix.embedded.registry.admitting import Chain, request_for
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.served import Served
from breakfix.embedded.schema.encoding import settle
from breakfix.embedded.storage.store import Store

NAME_ATTEMPTS = 8
# Kinds whose /status cannot touch the metadata, as that of custom resources cannot.
WHOLE_METADATA = frozenset((
    "customresourcedefinitions.apiextensions.k8s.io", "resourceclaims.resource.k8s.io",
    "servicecidrs.networking.k8s.io", "validatingadmissionpolicies.admissionregistration.k8s.io",
    "volumeattachments.storage.k8s.io",
))  # fmt: skip
# Kinds whose PUT must say the resourceVersion that it replaces, as must custom resources.
CONDITIONAL = frozenset((
    "customresourcedefinitions.apiextensions.k8s.io", "leasecandidates.coordination.k8s.io",
    "leases.coordination.k8s.io", "poddisruptionbudgets.policy", "runtimeclasses.node.k8s.io",
    *(f"{plural}.admissionregistration.k8s.io" for plural in (
        "mutatingwebhookconfigurations", "validatingadmissionpolicies",
        "validatingadmissionpolicybindings", "validatingwebhookconfigurations")),
    *(f"{plural}.storage.k8s.io" for plural in (
        "csidrivers", "csinodes", "csistoragecapacities", "volumeattachments")),
))  # fmt: skip
# Writes to these do not count as a new generation.
UNCOUNTED = frozenset(("status", "binding"))
# Gives the new object from a private copy of the present one (None where there is none).
Change = Callable[[Object | None], Object]
# What a write other than to the main resource or /status may change: (new, old) -> None,
# in place, with what is wrong.
Rule = Callable[[Object, Object], list[FieldError]]


class Writer:
    """Everything that ends in the store being written, but deletions."""

    def __init__(self, store: Store, chain: Chain, clock: Clock) -> None:
        self.store = store
        self.chain = chain
        self.clock = clock
        self.after_create: dict[str, Callable[[Object, Object | None, bool], None]] = {}

    # -- create -----------------------------------------------------------------------

    async def create(
        self, served: Served, asked: Asked, item: Object, operation: str = "Update"
    ) -> Object:  # fmt: skip
        """A new object, from a body that is nobody else's. Raises StatusError."""
        metadata.check_kind(served, item)
        metadata.check_place(served, asked, item)
        served.strategy.default_(item)
        for field in _forbidden_fields(served):
            item.pop(field, None)
        if item["metadata"].get("resourceVersion"):
            raise errors.bad_request("resourceVersion should not be set on objects to be created")
        self._track(served, asked, item, None, operation)
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
        self._settle(served, item)
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

    # -- update -----------------------------------------------------------------------

    async def update(
        self, served: Served, asked: Asked, change: Change, *,
        rule: Rule | None = None, operation: str = "Update", upsert: bool = False,
    ) -> Object:  # fmt: skip
        """Change an object; again where somebody was quicker and the body names no version."""
        for _ in range(5):
            try:
                return await self._update(served, asked, change, rule, operation, upsert)
            except _TooLateError:
                continue
        raise errors.conflict(served.resource.key, asked.name, errors.MODIFIED)

    async def _update(
        self, served: Served, asked: Asked, change: Change, rule: Rule | None, operation: str,
        upsert: bool,
    ) -> Object:  # fmt: skip
        stored = self.store.get(served.key, asked.name, asked.namespace)
        await served.ready((stored,) if stored is not None else ())
        old = served.out(stored) if stored is not None else None
        item = change(clone(old) if old is not None else None)
        metadata.check_kind(served, item)
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
        self._track(served, asked, item, old, operation)
        request = request_for(served, asked, "UPDATE", item, old)
        await self.chain.mutate(request)
        self._prepare(served, asked, item, old, rule)
        await self.chain.validate(request)
        asked.warnings += served.strategy.warnings(item, old)
        return await self._put(served, asked, item, old, stored, request)

    def _preconditions(self, served: Served, asked: Asked, item: Object, old: Object) -> None:
        meta, before = item["metadata"], old["metadata"]
        version = meta.get("resourceVersion")
        if not version and not (served.resource.custom or served.key in CONDITIONAL):
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
            and _spec_changed(served, item, old)
        ):
            item["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
        self._check(served, item, found)

    async def _put(
        self, served: Served, asked: Asked, item: Object, old: Object, stored: Object | None,
        request: Any,
    ) -> Object:  # fmt: skip
        self._settle(served, item)
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
        if is_going(item) and not _is_held(served, item):
            self.store.put(served.key, item)
            self.store.remove(served.key, name_of(item), namespace_of(item))
            return
        self.store.put(served.key, item)

    # -- both -------------------------------------------------------------------------

    def _check(self, served: Served, item: Object, found: Sequence[FieldError]) -> None:
        if found:
            r = served.resource
            raise errors.invalid(r.kind, r.group, item["metadata"].get("name", ""), found)

    @staticmethod
    def _settle(served: Served, item: Object) -> None:
        """Write it as a real server would."""
        if served.schema is not None and not served.resource.custom:
            settle(served.schema, item)

    def _track(
        self, served: Served, asked: Asked, item: Object, old: Object | None, operation: str
    ) -> None:
        """Note who owns which fields now, before admission and the strategy add theirs: nobody
        owns those. An apply has worked that out already; a binding is not tracked."""
        if operation == "Apply" or asked.subresource == "binding":
            return
        shown = clone(item)
        self._settle(served, shown)
        entries = managed.after_write(
            shown, old, asked.manager, operation, item["apiVersion"], asked.subresource,
            self.clock.now(), served.fields,
            reset_fields(served.key, asked.subresource, _has_status(served)),
        )  # fmt: skip
        if entries:
            item["metadata"]["managedFields"] = entries
        else:
            item["metadata"].pop("managedFields", None)


class _TooLateError(Exception):
    """Somebody else wrote between our read and our write."""


def _forbidden_fields(served: Served) -> tuple[str, ...]:
    """What a creator cannot say."""
    own = _has_status(served) and not served.strategy.status_at_creation
    return served.strategy.status_fields if own else ()


def _has_status(served: Served) -> bool:
    return served.resource.subresource("status") is not None


def keep_rest(served: Served, subresource: str, item: Object, old: Object) -> None:
    """A write to /status changes the status alone, any other write all but the status."""
    fields = served.strategy.status_fields
    if subresource == "status":
        for field in set(item) | set(old):
            if field not in (*fields, "metadata", "apiVersion", "kind"):
                _take(item, old, field)
        for field in _kept_metadata(served):
            _take(item["metadata"], old["metadata"], field)
    elif _has_status(served):
        for field in fields:
            _take(item, old, field)


def _kept_metadata(served: Served) -> tuple[str, ...]:
    """What of the metadata a write to /status cannot change."""
    if served.resource.custom or served.key in WHOLE_METADATA:
        return "labels", "annotations", "ownerReferences", "finalizers"
    return {"deployments.apps": ("labels",), "pods": ("ownerReferences",)}.get(served.key, ())


def _take(item: Object, old: Object, field: str) -> None:
    if field in old:
        item[field] = old[field]
    else:
        item.pop(field, None)


def _spec_changed(served: Served, item: Object, old: Object) -> bool:
    """Did anything but metadata and status change?"""
    outside = ("metadata", "apiVersion", "kind", *served.strategy.status_fields)
    return any(item.get(f) != old.get(f) for f in set(item) | set(old) if f not in outside)


def _is_held(served: Served, item: Object) -> bool:
    """Does something still wait for it: a finalizer, a kubelet, a namespace's content?"""
    if item["metadata"].get("finalizers"):
        return True
    if served.key == "namespaces":
        return bool((item.get("spec") or {}).get("finalizers"))
    return served.strategy.graceful and item["metadata"].get("deletionGracePeriodSeconds", 0) > 0
