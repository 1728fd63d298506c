"""What both controllers of snapshots know: names, finalizers, small writes."""

from __future__ import annotations

from breakfix.embedded.client import Client
from breakfix.embedded.controllers.writes import patch_metadata
from breakfix.embedded.csi.sources import CONTENTS, SNAPSHOT_CLASSES, SNAPSHOTS
from breakfix.embedded.objects import Object, annotations_of, name_of, namespace_of, timestamp

__all__ = ["CONTENTS", "SNAPSHOTS", "SNAPSHOT_CLASSES"]
_HEAD = "snapshot.storage.kubernetes.io/"
CONTENT_BOUND = _HEAD + "volumesnapshotcontent-bound-protection"
SNAPSHOT_BOUND = _HEAD + "volumesnapshot-bound-protection"
AS_SOURCE = _HEAD + "volumesnapshot-as-source-protection"
CLAIM_AS_SOURCE = _HEAD + "pvc-as-source-protection"
BEING_DELETED = _HEAD + "volumesnapshot-being-deleted"
IS_DEFAULT = _HEAD + "is-default-class"


async def add_finalizers(client: Client, resource: str, item: Object, *wanted: str) -> None:
    """Put them on the newest state of an object. Raises StatusError."""
    fresh = client.get(resource, name_of(item), namespace_of(item))
    known = (fresh or item)["metadata"].get("finalizers") or []
    missing = [f for f in wanted if f not in known]
    if fresh is not None and missing:
        await patch_metadata(client, resource, fresh, {"finalizers": [*known, *missing]})


async def set_status(client: Client, resource: str, item: Object, status: Object) -> None:
    """Change these fields of the status; None takes one away. Raises StatusError."""
    fresh = client.get(resource, name_of(item), namespace_of(item))
    known = (fresh or {}).get("status") or {}
    new = {k: v for k, v in status.items() if known.get(k) != v}
    if fresh is not None and new:
        body = {"status": new}
        await client.patch(resource, name_of(item), namespace_of(item), body, "status")


def error_now(client: Client, message: str) -> Object:
    """status.error."""
    return {"message": message, "time": timestamp(client.clock.now())}


def default_class(client: Client, driver: str) -> Object | None:
    """The VolumeSnapshotClass for snapshots of a driver's volumes that name none."""
    found = [
        c for c in client.list(SNAPSHOT_CLASSES)
        if c["driver"] == driver and annotations_of(c).get(IS_DEFAULT) == "true"
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None
