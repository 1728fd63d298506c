"""Small writes that every controller makes: a status, a condition, a patch of the metadata."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.client import Client
from breakfix.embedded.clock import Clock
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, clone, name_of, namespace_of, timestamp

NOT_FOUND, CONFLICT = 404, 409
RETRIES = 5


async def write_status(client: Client, resource: str, item: Object, status: Object) -> Object:
    """Store a status if it says something new; the object as it is then.

    The item may be an older state of itself. Raises StatusError, a conflict among others.
    """
    fresh = client.get(resource, name_of(item), namespace_of(item))
    if fresh is None or fresh["metadata"]["uid"] != item["metadata"]["uid"]:
        return item
    if (fresh.get("status") or {}) == status:
        return fresh
    changed = clone(fresh)
    changed["status"] = status
    return await client.update_status(resource, changed)


def set_condition(status: Object, found: Object) -> bool:
    """Put a condition in, at the end, unless one of the same status and reason is there."""
    old = next((c for c in status.get("conditions") or [] if c["type"] == found["type"]), None)
    if old and old["status"] == found["status"] and old.get("reason") == found.get("reason"):
        return False
    if old and old["status"] == found["status"]:
        found = found | {"lastTransitionTime": old["lastTransitionTime"]}
    drop_condition(status, found["type"])
    status["conditions"] = [*(status.get("conditions") or []), found]
    return True


def drop_condition(status: Object, kind: str) -> None:
    """Take a condition out."""
    left = [c for c in status.get("conditions") or [] if c["type"] != kind]
    if left:
        status["conditions"] = left
    else:
        status.pop("conditions", None)


def new_condition(clock: Clock, kind: str, state: str, reason: str, message: str) -> Object:
    """A condition that begins now."""
    return {
        "type": kind, "status": state, "lastTransitionTime": timestamp(clock.now()),
        "reason": reason, "message": message,
    }  # fmt: skip


def without_zero(values: dict[str, Any], *keep: str) -> Object:
    """As Go's omitempty: numbers that are 0 and None are left out, but for those to keep."""
    return {k: v for k, v in values.items() if k in keep or (v is not None and v != 0)}


def owner_reference(owner: Object, api_version: str, kind: str) -> Object:
    """The reference by which a controller owns what it makes."""
    return {
        "apiVersion": api_version, "kind": kind, "name": name_of(owner),
        "uid": owner["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True,
    }  # fmt: skip


async def drop_finalizer(client: Client, resource: str, item: Object, finalizer: str) -> None:
    """Take a finalizer off the object's newest state; no error where it is gone."""
    for attempts in range(RETRIES, 0, -1):
        fresh = client.get(resource, name_of(item), namespace_of(item))
        if fresh is None or fresh["metadata"]["uid"] != item["metadata"]["uid"]:
            return
        present = fresh["metadata"].get("finalizers") or []
        left = [f for f in present if f != finalizer]
        if len(left) == len(present):
            return
        try:
            await patch_metadata(client, resource, fresh, {"finalizers": left or None})
            return
        except StatusError as error:
            if error.code != CONFLICT or attempts == 1:
                raise


async def patch_metadata(
    client: Client, resource: str, item: Object, metadata: Object, sub: str = ""
) -> None:
    """Change metadata of the object if it still is that one; no error where it is gone."""
    version = item["metadata"].get("resourceVersion")
    guard = {"uid": item["metadata"]["uid"], "resourceVersion": version}
    body = {"metadata": guard | metadata}
    try:
        await client.patch(resource, name_of(item), namespace_of(item), body, sub)
    except StatusError as error:
        if error.code != NOT_FOUND:
            raise


def namespace_ends(error: StatusError) -> bool:
    """Was a create refused because its namespace is going?"""
    causes = error.details.get("causes") or []
    return any(c.get("reason") == "NamespaceTerminating" for c in causes)
