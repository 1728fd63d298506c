"""Deletions: at once, gracefully, or when the last finalizer is gone."""

from __future__ import annotations

from datetime import timedelta

from breakfix.embedded import errors
from breakfix.embedded.objects import Object, clone, is_going, name_of, namespace_of, timestamp
from breakfix.embedded.registry.admitting import request_for
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.keeping import is_held
from breakfix.embedded.registry.served import Served
from breakfix.embedded.registry.writing import Writer

ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"


class Deleter:
    """Deletes one object; a collection is deleted one by one."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._store = writer.store

    async def delete(
        self, served: Served, asked: Asked, *, admitted: bool = False
    ) -> tuple[Object, bool]:
        """The object, and whether it is gone already. Raises StatusError.

        `admitted`: admission has been asked about it as something else (an eviction).
        """
        stored = self._store.get(served.key, asked.name, asked.namespace)
        if stored is None:
            raise errors.not_found(served.resource.key, asked.name)
        check_preconditions(served, stored, asked.options.get("preconditions") or {})
        _check_options(asked.options)
        await served.ready((stored,))
        request = request_for(served, asked, "DELETE", None, served.out(stored))
        if not admitted:
            await self._writer.chain.mutate(request)
            await self._writer.chain.validate(request)
        present = self._store.get(served.key, asked.name, asked.namespace)
        if present is None:
            raise errors.not_found(served.resource.key, asked.name)
        item, gone = self._begin(served, asked, present)
        if not admitted:
            await self._writer.chain.settle(request, stored=not asked.dry_run)
        await served.ready((item,))
        return served.out(item), gone

    def _begin(self, served: Served, asked: Asked, stored: Object) -> tuple[Object, bool]:
        item = clone(stored)
        _set_finalizers(served, item, asked.options)
        served.strategy.prepare_deletion(item, self._writer.clock.now())
        grace = served.strategy.deletion_grace(item, asked.options.get("gracePeriodSeconds"))
        self._mark(served, item, grace)
        if not is_held(served, item):
            return (stored if asked.dry_run else self._remove(served, stored)), True
        if asked.dry_run or item == stored:
            return item, False
        self._store.put(served.key, item)
        return item, False

    def _remove(self, served: Served, stored: Object) -> Object:
        return self._store.remove(served.key, name_of(stored), namespace_of(stored))

    def _mark(self, served: Served, item: Object, grace: int) -> None:
        """Write down when it is to go; a second deletion can only shorten the grace."""
        meta = item["metadata"]
        now = self._writer.clock.now()
        if is_going(item):
            if served.strategy.graceful and grace < meta.get("deletionGracePeriodSeconds", 0):
                meta["deletionGracePeriodSeconds"] = grace
                meta["deletionTimestamp"] = timestamp(now + timedelta(seconds=grace))
            return
        meta["deletionTimestamp"] = timestamp(now + timedelta(seconds=grace))
        meta["deletionGracePeriodSeconds"] = grace
        if served.strategy.has_generation and meta.get("generation"):
            meta["generation"] += 1
        if served.key == "namespaces":
            item["status"] = (item.get("status") or {}) | {"phase": "Terminating"}


def _set_finalizers(served: Served, item: Object, options: Object) -> None:
    """The garbage collector's own finalizers, by what the client wants of the dependents."""
    policy = options.get("propagationPolicy")
    if options.get("orphanDependents") is not None:
        policy = "Orphan" if options["orphanDependents"] else "Background"
    meta = item["metadata"]
    present = list(meta.get("finalizers") or [])
    if not policy:
        if ORPHAN in present or FOREGROUND in present:
            return
        policy = "Orphan" if served.strategy.orphans else "Background"
    wanted = {"Orphan": ORPHAN, "Foreground": FOREGROUND}.get(policy, "")
    found = [f for f in present if f not in (ORPHAN, FOREGROUND)] + ([wanted] if wanted else [])
    if found:
        meta["finalizers"] = found
    else:
        meta.pop("finalizers", None)


def check_preconditions(served: Served, item: Object, wanted: Object) -> None:
    """Raises StatusError 409 where the object is not the one that is meant."""
    meta = item["metadata"]
    for field, words in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        if wanted.get(field) and wanted[field] != meta[field]:
            raise errors.conflict(
                served.resource.key, meta["name"],
                f"Precondition failed: {words} in precondition: {wanted[field]}, "
                f"{words} in object meta: {meta[field]}",
            )  # fmt: skip


def _check_options(options: Object) -> None:
    """Raises StatusError 422 for a propagation that means nothing."""
    from breakfix.embedded.fields import forbidden, not_supported

    policy = options.get("propagationPolicy")
    found = []
    if policy is not None and options.get("orphanDependents") is not None:
        found.append(forbidden(
            "propagationPolicy", "orphanDependents and deletionPropagation cannot be both set"
        ))  # fmt: skip
    elif policy is not None and policy not in ("Foreground", "Background", "Orphan"):
        found.append(not_supported(
            "propagationPolicy", policy, ["Foreground", "Background", "Orphan"]
        ))  # fmt: skip
    if found:
        raise errors.invalid("DeleteOptions", "meta.k8s.io", "", found)
