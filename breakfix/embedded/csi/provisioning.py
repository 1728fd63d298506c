"""csi-provisioner: makes volumes for claims and deletes those that nobody has any more."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.persistent_volume_match import (
    BETA_PROVISIONER,
    CLAIMS,
    CLASSES,
    PROVISIONED_BY,
    PROVISIONER,
    SELECTED_NODE,
    VOLUMES,
    class_of,
    phase_of,
    request_of,
)
from breakfix.embedded.controllers.writes import drop_finalizer
from breakfix.embedded.csi.sidecar import Sidecar, SidecarController, again, run
from breakfix.embedded.csi.sources import SourceError, source_of
from breakfix.embedded.csi.topology import CSI_NODES, TopologyError, preferred
from breakfix.embedded.csi.types import TOPOLOGY, RpcError, VolumeMade, VolumeRequest
from breakfix.embedded.errors import StatusError
from breakfix.embedded.machine.types import Process
from breakfix.embedded.objects import Object, annotations_of, is_going, name_of, namespace_of
from breakfix.embedded.quantities import show, value

FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer"
ATTACHMENTS = "volumeattachments.storage.k8s.io"
PARAMETERS = "csi.storage.k8s.io/"  # the beginning of what is for the sidecar alone
WATCHED = (CLAIMS, VOLUMES, CLASSES, "nodes", CSI_NODES, ATTACHMENTS)


async def csi_provisioner(process: Process) -> int:
    """The program."""
    return await run(process, "csi-provisioner.go", WATCHED, _controllers, "-")


def _controllers(sidecar: Sidecar) -> Sequence[Controller]:
    return (Provisioner(sidecar),)


class Provisioner(SidecarController):
    """Keys of volumes have no namespace."""

    name = "csi-provisioner"

    def __init__(self, sidecar: Sidecar) -> None:
        super().__init__(sidecar)
        stamp = int(self.clock.now().timestamp() * 1000)
        self._identity = f"{stamp}-{stamp % 9973}-{self.driver.name}"

    def watch(self) -> None:
        self.on(CLAIMS, self._claim)
        self.on(VOLUMES, self._volume)

    def _claim(self, change: Change) -> list[Key]:
        mine = change.type != "DELETED" and self._is_wanted(change.new)
        return itself(change) if mine else []

    def _volume(self, change: Change) -> list[Key]:
        return [("", name_of(change.new))] if self._is_old(change.new) else []

    def _is_wanted(self, claim: Object) -> bool:
        notes = annotations_of(claim)
        by = notes.get(PROVISIONER) or notes.get(BETA_PROVISIONER)
        return by == self.driver.name and not claim["spec"].get("volumeName")

    def _is_old(self, volume: Object) -> bool:
        if annotations_of(volume).get(PROVISIONED_BY) != self.driver.name:
            return False
        released = phase_of(volume) in ("Released", "Failed")
        return released and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete"

    async def sync(self, key: Key) -> None:
        """Make a claim's volume, or delete a volume."""
        if not key[0]:
            volume = self.client.get(VOLUMES, key[1])
            if volume is not None and self._is_old(volume):
                await self._delete(volume)
            return
        claim = self.client.get(CLAIMS, key[1], key[0])
        if claim is not None and not is_going(claim) and self._is_wanted(claim):
            await self._provision(claim)

    # -- new volumes -----------------------------------------------------------------------

    async def _provision(self, claim: Object) -> None:
        found = self.client.get(CLASSES, class_of(claim))
        name = f"pvc-{claim['metadata']['uid']}"
        if found is None or found["provisioner"] != self.driver.name:
            return
        late = found.get("volumeBindingMode") == "WaitForFirstConsumer"
        if self.client.get(VOLUMES, name) is not None:
            return
        if late and not annotations_of(claim).get(SELECTED_NODE):
            return
        where = f"{namespace_of(claim)}/{name_of(claim)}"
        text = f'External provisioner is provisioning volume for claim "{where}"'
        self.sidecar.event(claim, "Normal", "Provisioning", text)
        try:
            made = await self.driver.create_volume(self._request(claim, found, name))
            await self.client.create(VOLUMES, self._item(claim, found, name, made))
        except (RpcError, TopologyError, SourceError, StatusError) as error:
            await self._failed(claim, found, error)
            raise again(error) from error
        text = f"Successfully provisioned volume {name}"
        self.sidecar.event(claim, "Normal", "ProvisioningSucceeded", text)

    async def _failed(self, claim: Object, storage_class: Object, error: Exception) -> None:
        text = f'failed to provision volume with StorageClass "{name_of(storage_class)}": {error}'
        self.sidecar.event(claim, "Warning", "ProvisioningFailed", text)
        await self.sidecar.log.error(f'"Failed to provision volume" err="{error}"', 955)
        used_up = isinstance(error, RpcError) and error.code == "ResourceExhausted"
        if used_up and annotations_of(claim).get(SELECTED_NODE):  # another node may do
            body = {"metadata": {"annotations": {SELECTED_NODE: None}}}
            await self.client.patch(CLAIMS, name_of(claim), namespace_of(claim), body)

    def _request(self, claim: Object, storage_class: Object, name: str) -> VolumeRequest:
        if claim["spec"].get("selector"):
            raise SourceError("claim Selector is not supported")
        size = value(request_of(claim))
        snapshot, volume = source_of(self.sidecar.api, self.driver, claim, size)
        places = []
        if TOPOLOGY in self.driver.can:
            try:
                places = preferred(self.client, self.driver.name, claim, storage_class)
            except TopologyError as error:
                text = f"error generating accessibility requirements: {error}"
                raise TopologyError(text) from error
        parameters = storage_class.get("parameters") or {}
        return VolumeRequest(
            name, size, claim["spec"].get("accessModes") or (), _is_block(claim),
            {k: v for k, v in parameters.items() if not k.startswith(PARAMETERS)},
            places, snapshot, volume,
        )  # fmt: skip

    def _item(self, claim: Object, storage_class: Object, name: str, made: VolumeMade) -> Object:
        notes = {
            PROVISIONED_BY: self.driver.name,
            "volume.kubernetes.io/provisioner-deletion-secret-name": "",
            "volume.kubernetes.io/provisioner-deletion-secret-namespace": "",
        }
        meta = {"name": name, "annotations": notes, "finalizers": [FINALIZER]}
        return {
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": meta,
            "spec": self._spec(claim, storage_class, made),
        }  # fmt: skip

    def _spec(self, claim: Object, storage_class: Object, made: VolumeMade) -> Object:
        meta = claim["metadata"]
        spec: dict[str, Any] = {
            "capacity": {"storage": show(Decimal(made.size), "BinarySI")},
            "accessModes": claim["spec"].get("accessModes") or [],
            "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy") or "Delete",
            "storageClassName": name_of(storage_class),
            "volumeMode": claim["spec"].get("volumeMode") or "Filesystem",
            "claimRef": {
                "kind": "PersistentVolumeClaim", "apiVersion": "v1", "name": meta["name"],
                "namespace": meta["namespace"], "uid": meta["uid"],
                "resourceVersion": meta["resourceVersion"],
            },
            "csi": self._source(claim, storage_class, made),
        }  # fmt: skip
        if storage_class.get("mountOptions"):
            spec["mountOptions"] = storage_class["mountOptions"]
        if made.topology:
            terms = [{"key": k, "operator": "In", "values": [v]} for k, v in made.topology.items()]
            term = {"matchExpressions": terms}
            spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
        return spec

    def _source(self, claim: Object, storage_class: Object, made: VolumeMade) -> Object:
        attributes = dict(made.context)
        attributes["storage.kubernetes.io/csiProvisionerIdentity"] = self._identity
        found: Object = {"driver": self.driver.name, "volumeHandle": made.id,
                         "volumeAttributes": attributes}  # fmt: skip
        default = self.sidecar.flags.text("default-fstype")
        parameters = storage_class.get("parameters") or {}
        kind = parameters.get(PARAMETERS + "fstype") or default
        if kind and not _is_block(claim):
            found["fsType"] = kind
        return found

    # -- old volumes -----------------------------------------------------------------------

    async def _delete(self, volume: Object) -> None:
        name = name_of(volume)
        try:
            for each in self.client.list(ATTACHMENTS):
                if each["spec"]["source"].get("persistentVolumeName") == name:
                    node = each["spec"]["nodeName"]
                    text = f"persistentvolume {name} is still attached to node {node}"
                    raise StillAttachedError(text)
            await self.driver.delete_volume(volume["spec"]["csi"]["volumeHandle"])
        except (RpcError, StillAttachedError) as error:
            self.sidecar.event(volume, "Warning", "VolumeFailedDelete", str(error))
            raise again(error) from error
        await self.client.delete(VOLUMES, name)
        await drop_finalizer(self.client, VOLUMES, volume, FINALIZER)


class StillAttachedError(Exception):
    """A volume cannot go while a node has it."""


def _is_block(claim: Object) -> bool:
    return bool(claim["spec"].get("volumeMode") == "Block")
