"""The data source of a claim: a snapshot, or another claim."""

from __future__ import annotations

from breakfix.embedded.csi.api import Api
from breakfix.embedded.csi.types import CLONE, SNAPSHOT, Driver
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, is_going, name_of, namespace_of
from breakfix.embedded.quantities import value

GROUP = "snapshot.storage.k8s.io"
SNAPSHOTS, CONTENTS = f"volumesnapshots.{GROUP}", f"volumesnapshotcontents.{GROUP}"
SNAPSHOT_CLASSES = f"volumesnapshotclasses.{GROUP}"


class SourceError(Exception):
    """What a claim is to begin with cannot be had."""


def source_of(api: Api, driver: Driver, claim: Object, size: int) -> tuple[str, str]:
    """The handle of the snapshot, and that of the volume to clone. Raises SourceError."""
    source = claim["spec"].get("dataSource")
    if not source:
        return "", ""
    kind, name = source["kind"], source["name"]
    try:
        if kind == "VolumeSnapshot" and source.get("apiGroup") == GROUP:
            return _snapshot(api, driver, claim, name, size), ""
        if kind == "PersistentVolumeClaim" and not source.get("apiGroup"):
            return "", _clone(api, driver, claim, name, size)
    except SourceError as error:
        head = f"error getting handle for DataSource Type {kind} by Name {name}"
        raise SourceError(f"{head}: {error}") from error
    raise SourceError("unsupported DataSource type")


def _fetch(api: Api, resource: str, name: str, namespace: str, head: str) -> Object:
    try:
        return api.fetch(resource, name, namespace)
    except StatusError as error:
        raise SourceError(f"{head}: {error}") from error


def _snapshot(api: Api, driver: Driver, claim: Object, name: str, size: int) -> str:
    if SNAPSHOT not in driver.can:
        raise SourceError(f"CSI driver does not support snapshot restore: {name}")
    where = f"error getting snapshot {name} from api server"
    found = _fetch(api, SNAPSHOTS, name, namespace_of(claim), where)
    status = found.get("status") or {}
    bound = status.get("boundVolumeSnapshotContentName")
    if is_going(found):
        raise SourceError(f"snapshot {name} is currently being deleted")
    if not bound:
        raise SourceError(f"snapshot {name} not bound")
    where = f"error getting snapshotcontent {bound} for snapshot {name} from api server"
    content = _fetch(api, CONTENTS, bound, "", where)
    if content["spec"]["driver"] != driver.name:
        raise SourceError(f"specified snapshot {name} is of another driver")
    if not status.get("readyToUse"):
        raise SourceError(f"snapshot {name} is not Ready")
    handle = (content.get("status") or {}).get("snapshotHandle")
    if not handle:
        raise SourceError(f"snapshot handle {name} is not available")
    least = value(status.get("restoreSize") or "0")
    if size < least:
        text = f"requested volume size {size} is less than the size {least}"
        raise SourceError(f"{text} for the source snapshot {name}")
    return str(handle)


def _clone(api: Api, driver: Driver, claim: Object, name: str, size: int) -> str:
    if CLONE not in driver.can:
        raise SourceError(f"CSI driver does not support clone: {name}")
    where = f"error getting PVC {name} ({namespace_of(claim)}) from api server"
    found = _fetch(api, "persistentvolumeclaims", name, namespace_of(claim), where)
    if (found.get("status") or {}).get("phase") != "Bound":
        raise SourceError(f"the PVC DataSource {name} must be bound")
    where = f"error getting PV {found['spec']['volumeName']} for PVC {name} from api server"
    volume = _fetch(api, "persistentvolumes", found["spec"]["volumeName"], "", where)
    csi = volume["spec"].get("csi") or {}
    if csi.get("driver") != driver.name:
        raise SourceError(f"the source volume {name} for PVC {name_of(claim)} is of another driver")
    have = value(volume["spec"]["capacity"]["storage"])
    if size < have:
        raise SourceError(
            "error, new PVC request must be greater than or equal in size to the specified PVC "
            f"data source, requested {size} but source is {have}"
        )
    return str(csi["volumeHandle"])
