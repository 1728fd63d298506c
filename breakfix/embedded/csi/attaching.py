"""csi-attacher: does what VolumeAttachments ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.persistent_volume_match import VOLUMES
from breakfix.embedded.controllers.writes import drop_finalizer, patch_metadata
from breakfix.embedded.csi.sidecar import Sidecar, SidecarController, again, run, sanitized
from breakfix.embedded.csi.topology import CSI_NODES, driver_on
from breakfix.embedded.csi.types import PUBLISH, RpcError
from breakfix.embedded.errors import StatusError
from breakfix.embedded.machine.types import Process
from breakfix.embedded.objects import Object, is_going, name_of, timestamp

ATTACHMENTS = "volumeattachments.storage.k8s.io"
WATCHED = (ATTACHMENTS, VOLUMES, CSI_NODES)


async def csi_attacher(process: Process) -> int:
    """The program."""
    return await run(process, "main.go", WATCHED, _controllers, "external-attacher-leader")


def _controllers(sidecar: Sidecar) -> Sequence[Controller]:
    return (Attacher(sidecar),)


class AttachError(Exception):
    """It cannot even be asked of the driver."""


class Attacher(SidecarController):
    """Keys are VolumeAttachments, or PersistentVolumes where the namespace says so."""

    name = "csi-attacher"

    def __init__(self, sidecar: Sidecar) -> None:
        super().__init__(sidecar)
        self.finalizer = f"external-attacher/{sanitized(self.driver.name)}"

    def watch(self) -> None:
        self.on(ATTACHMENTS, self._attachment)
        self.on(VOLUMES, self._volume)

    def _attachment(self, change: Change) -> list[Key]:
        spec = change.new["spec"]
        if spec["attacher"] != self.driver.name:
            return []
        volume = spec["source"].get("persistentVolumeName")
        return [*itself(change), *([(VOLUMES, volume)] if change.type == "DELETED" else [])]

    def _volume(self, change: Change) -> list[Key]:
        return [(VOLUMES, name_of(change.new))] if is_going(change.new) else []

    async def sync(self, key: Key) -> None:
        """Attach, or detach, or let a volume go."""
        if key[0] == VOLUMES:
            await self._let_go(key[1])
            return
        item = self.client.get(ATTACHMENTS, key[1])
        if item is None:
            return
        if is_going(item):
            await self._detach(item)
        elif not (item.get("status") or {}).get("attached"):
            await self._attach(item)

    async def _let_go(self, name: str) -> None:
        volume = self.client.get(VOLUMES, name)
        used = any(
            a["spec"]["source"].get("persistentVolumeName") == name
            for a in self.client.list(ATTACHMENTS)
        )
        if volume is not None and is_going(volume) and not used:
            await drop_finalizer(self.client, VOLUMES, volume, self.finalizer)

    # -- attaching -------------------------------------------------------------------------

    async def _attach(self, item: Object) -> None:
        try:
            found: dict[str, str] = {}
            if PUBLISH in self.driver.can:
                found = await self._publish(item)
            await self._say(item, {"attached": True, "attachmentMetadata": found or None,
                                   "attachError": None})  # fmt: skip
        except (RpcError, AttachError) as error:
            await self._say(item, {"attached": False, "attachError": self._error(error)})
            raise again(error) from error

    async def _publish(self, item: Object) -> dict[str, str]:
        volume = self._pv(item)
        if volume is None:
            name = item["spec"]["source"].get("persistentVolumeName")
            raise AttachError(f'persistentvolume "{name}" not found')
        if is_going(volume):
            raise AttachError(f'PersistentVolume "{name_of(volume)}" is marked for deletion')
        await self._mark(ATTACHMENTS, item)
        await self._mark(VOLUMES, volume)
        handle = volume["spec"]["csi"]["volumeHandle"]
        return dict(await self.driver.publish(handle, self._node(item["spec"]["nodeName"])))

    def _pv(self, item: Object) -> Object | None:
        name = item["spec"]["source"].get("persistentVolumeName") or ""
        return self.client.get(VOLUMES, name)

    def _node(self, name: str) -> str:
        """The driver's name of a node."""
        csi_node = self.client.get(CSI_NODES, name)
        if csi_node is None:
            raise AttachError(f'csinode.storage.k8s.io "{name}" not found')
        found = driver_on(csi_node, self.driver.name)
        if found is None:
            raise AttachError(f"CSINode {name} does not contain driver {self.driver.name}")
        return str(found["nodeID"])

    async def _mark(self, resource: str, item: Object) -> None:
        known = item["metadata"].get("finalizers") or []
        if self.finalizer not in known:
            fresh = self.client.get(resource, name_of(item)) or item
            finalizers = [*known, self.finalizer]
            await patch_metadata(self.client, resource, fresh, {"finalizers": finalizers})

    # -- detaching -------------------------------------------------------------------------

    async def _detach(self, item: Object) -> None:
        if self.finalizer not in (item["metadata"].get("finalizers") or []):
            return
        try:
            volume = self._pv(item)
            if volume is None:
                name = item["spec"]["source"].get("persistentVolumeName")
                raise AttachError(f'persistentvolume "{name}" not found')
            handle = volume["spec"]["csi"]["volumeHandle"]
            await self.driver.unpublish(handle, self._node_left(item))
        except (RpcError, AttachError) as error:
            await self._say(item, {"detachError": self._error(error)})
            raise again(error) from error
        await self._say(item, {"attached": False, "attachmentMetadata": None})
        await drop_finalizer(self.client, ATTACHMENTS, item, self.finalizer)

    def _node_left(self, item: Object) -> str:
        """The node's id, as it was written down when the driver is no more on the node."""
        try:
            return self._node(item["spec"]["nodeName"])
        except AttachError:
            notes = item["metadata"].get("annotations") or {}
            known = notes.get("csi.alpha.kubernetes.io/node-id")
            if known is None:
                raise
            return str(known)

    # -- words -----------------------------------------------------------------------------

    def _error(self, error: Exception) -> Object:
        return {"message": str(error), "time": timestamp(self.clock.now())}

    async def _say(self, item: Object, status: dict[str, Any]) -> None:
        try:
            await self.client.patch(ATTACHMENTS, name_of(item), "", {"status": status}, "status")
        except StatusError as error:
            await self.sidecar.log.error(f'"Error saving status" err="{error}"', 480)
            raise
