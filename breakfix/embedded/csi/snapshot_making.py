"""The content of a new VolumeSnapshot."""

from __future__ import annotations

from breakfix.embedded.controllers.base import Controller
from breakfix.embedded.controllers.persistent_volume_match import CLAIMS, VOLUMES, phase_of
from breakfix.embedded.csi.snapshot_status import (
    CLAIM_AS_SOURCE,
    CONTENT_BOUND,
    CONTENTS,
    SNAPSHOT_CLASSES,
    add_finalizers,
    default_class,
)
from breakfix.embedded.csi.sources import GROUP
from breakfix.embedded.objects import Object, name_of, namespace_of


class SourceFaultError(Exception):
    """A snapshot cannot be taken; the event's reason, and the words."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class SnapshotMaking(Controller):
    """The part of the snapshot-controller that makes contents."""

    async def _make(self, item: Object) -> Object:
        source = item["spec"]["source"].get("persistentVolumeClaimName")
        if source is None:
            raise SourceFaultError("SnapshotContentMissing", "VolumeSnapshotContent is missing")
        head = "Failed to create snapshot content with error"
        claim = self.client.get(CLAIMS, source, namespace_of(item))
        if claim is None:
            text = f"snapshot controller failed to update {name_of(item)} on API server:"
            raise SourceFaultError(
                "SnapshotContentCreationFailed", f"{head} {text} cannot get claim from snapshot"
            )
        if phase_of(claim) != "Bound":
            text = f"the PVC {source} is not yet bound to a PV, will not attempt to take a snapshot"
            raise SourceFaultError("SnapshotContentCreationFailed", f"{head} {text}")
        volume = self.client.get(VOLUMES, claim["spec"]["volumeName"])
        csi = volume["spec"].get("csi") if volume else None
        if volume is None or not csi:
            text = (
                f"cannot find CSI PersistentVolumeSource for volume {claim['spec']['volumeName']}"
            )
            raise SourceFaultError("SnapshotContentCreationFailed", f"{head} {text}")
        found = self._class(item, csi["driver"])
        await add_finalizers(self.client, CLAIMS, claim, CLAIM_AS_SOURCE)
        made = await self._create(item, found, volume)
        where = f"{namespace_of(item)}/{name_of(item)}"
        text = f"Waiting for a snapshot {where} to be created by the CSI driver."
        self.event(item, "Normal", "CreatingSnapshot", text)
        return made

    def _class(self, item: Object, driver: str) -> Object:
        name = item["spec"].get("volumeSnapshotClassName")
        if not name:
            found = default_class(self.client, driver)
            if found is None:
                text = "Failed to set default snapshot class with error"
                text = f"{text} cannot find default snapshot class"
                raise SourceFaultError("SetDefaultSnapshotClassFailed", text)
            return found
        found = self.client.get(SNAPSHOT_CLASSES, name)
        if found is None:
            text = f'volumesnapshotclass.{GROUP} "{name}" not found'
            text = f"Failed to get snapshot class with error {text}"
            raise SourceFaultError("GetSnapshotClassFailed", text)
        if found["driver"] != driver:
            text = f"snapshot class driver mismatch: {found['driver']} is not {driver}"
            text = f"Failed to create snapshot content with error {text}"
            raise SourceFaultError("SnapshotContentCreationFailed", text)
        return found

    async def _create(self, item: Object, snapshot_class: Object, volume: Object) -> Object:
        meta = item["metadata"]
        ref = {"apiVersion": item["apiVersion"], "kind": "VolumeSnapshot", "name": meta["name"],
               "namespace": meta["namespace"], "uid": meta["uid"],
               "resourceVersion": meta["resourceVersion"]}  # fmt: skip
        csi = volume["spec"]["csi"]
        return await self.client.create(CONTENTS, {
            "apiVersion": item["apiVersion"], "kind": "VolumeSnapshotContent",
            "metadata": {"name": f"snapcontent-{meta['uid']}", "finalizers": [CONTENT_BOUND]},
            "spec": {
                "deletionPolicy": snapshot_class["deletionPolicy"], "driver": csi["driver"],
                "source": {"volumeHandle": csi["volumeHandle"]},
                "sourceVolumeMode": volume["spec"].get("volumeMode") or "Filesystem",
                "volumeSnapshotClassName": name_of(snapshot_class), "volumeSnapshotRef": ref,
            },
        })  # fmt: skip
