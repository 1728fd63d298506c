"""What a write cannot change, and what keeps an object that is to go."""

from __future__ import annotations

from breakfix.embedded.objects import Object
from breakfix.embedded.registry.served import Served


def forbidden_fields(served: Served) -> tuple[str, ...]:
    """What a creator cannot say."""
    own = has_status(served) and not served.strategy.status_at_creation
    return served.strategy.status_fields if own else ()


def has_status(served: Served) -> bool:
    """Is its status written by itself?"""
    return served.resource.subresource("status") is not None


def keep_rest(served: Served, subresource: str, item: Object, old: Object) -> None:
    """A write to /status changes the status alone, any other write all but the status."""
    fields = served.strategy.status_fields
    if subresource == "status":
        for field in set(item) | set(old):
            if field not in (*fields, "metadata", "apiVersion", "kind"):
                _take(item, old, field)
        for field in served.strategy.status_keeps:
            _take(item["metadata"], old["metadata"], field)
    elif has_status(served):
        for field in fields:
            _take(item, old, field)


def _take(item: Object, old: Object, field: str) -> None:
    if field in old:
        item[field] = old[field]
    else:
        item.pop(field, None)


def spec_changed(served: Served, item: Object, old: Object) -> bool:
    """Did anything but metadata and status change?"""
    outside = ("metadata", "apiVersion", "kind", *served.strategy.status_fields)
    return any(item.get(f) != old.get(f) for f in set(item) | set(old) if f not in outside)


def is_held(served: Served, item: Object) -> bool:
    """Does something still wait for it: a finalizer, a kubelet, a namespace's content?"""
    if item["metadata"].get("finalizers"):
        return True
    if served.key == "namespaces":
        return bool((item.get("spec") or {}).get("finalizers"))
    return served.strategy.graceful and item["metadata"].get("deletionGracePeriodSeconds", 0) > 0
