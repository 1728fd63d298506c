"""Provisioners that run beside the cluster: they make, expand and delete volumes."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.persistent_volume_match import (
    CLAIMS,
    CLASSES,
    PROVISIONED_BY,
    PROVISIONER,
    SELECTED_NODE,
    VOLUMES,
    capacity_of,
    class_of,
    phase_of,
    request_of,
)
from breakfix.embedded.controllers.writes import write_status
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import (
    Object,
    annotations_of,
    clone,
    is_going,
    labels_of,
    name_of,
    namespace_of,
)
from breakfix.embedded.quantities import parse

LOCAL_PATH = "rancher.io/local-path"
LOCAL_ROOT = "/var/local-path-provisioner"
_ONCE = {"ReadWriteOnce", "ReadWriteOncePod"}
HOSTNAME = "kubernetes.io/hostname"


class VolumeProvisioner(Controller):
    """All provisioners of these names. The local-path one makes directories on a node; the
    others make volumes that every node reaches, and that can grow."""

    name = "volume-provisioner"

    def __init__(self, client: Client, names: Collection[str] = (LOCAL_PATH,)) -> None:
        super().__init__(client)
        self._names = frozenset(names)
        self._id = uuid.uuid4()

    def watch(self) -> None:
        """Claims that wait for them, and volumes of theirs that are free again."""
        self.on(CLAIMS, itself)
        self.on(VOLUMES, self._released)

    def _released(self, change: Change) -> list[Key]:
        mine = annotations_of(change.new).get(PROVISIONED_BY) in self._names
        return [("", name_of(change.new))] if mine else []

    async def sync(self, key: Key) -> None:
        """Make or grow what a claim asks for; delete a volume that nobody has."""
        if not key[0]:
            await self._reclaim(key[1])
            return
        claim = self.client.get(CLAIMS, key[1], key[0])
        if claim is None or is_going(claim):
            return
        if claim["spec"].get("volumeName"):
            await self._expand(claim)
        elif annotations_of(claim).get(PROVISIONER) in self._names:
            await self._provision(claim)

    def _tell(self, claim: Object, type: str, reason: str, message: str) -> None:
        component = annotations_of(claim).get(PROVISIONER, self.name)
        who = f"{component}_{self._pod()}_{self._id}"
        self.client.event(claim, type, reason, message, component=who)

    def _pod(self) -> str:
        """Where it says that it runs."""
        pods = self.client.list("pods", "local-path-storage")
        return next(map(name_of, pods), "local-path-provisioner")

    # -- new volumes -----------------------------------------------------------------------

    async def _provision(self, claim: Object) -> None:
        found = self.client.get(CLASSES, class_of(claim))
        name = f"pvc-{claim['metadata']['uid']}"
        if found is None or self.client.get(VOLUMES, name) is not None:
            return
        node = annotations_of(claim).get(SELECTED_NODE)
        delayed = found.get("volumeBindingMode") == "WaitForFirstConsumer"
        if delayed and not node:
            return
        where = f"{namespace_of(claim)}/{name_of(claim)}"
        text = f'External provisioner is provisioning volume for claim "{where}"'
        self._tell(claim, "Normal", "Provisioning", text)
        if found["provisioner"] == LOCAL_PATH and not node:
            self._fail(claim, found, "configuration error, no node was specified")
            return
        if found["provisioner"] == LOCAL_PATH and not set(claim["spec"]["accessModes"]) <= _ONCE:
            text = "NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes"
            self._fail(claim, found, text)
            return
        try:
            await self.client.create(VOLUMES, self._volume(claim, found, name, node or ""))
        except StatusError as error:
            self._fail(claim, found, str(error))
            raise
        self._tell(
            claim, "Normal", "ProvisioningSucceeded", f"Successfully provisioned volume {name}"
        )

    def _fail(self, claim: Object, storage_class: Object, why: str) -> None:
        text = f'failed to provision volume with StorageClass "{name_of(storage_class)}": {why}'
        self._tell(claim, "Warning", "ProvisioningFailed", text)

    def _volume(self, claim: Object, storage_class: Object, name: str, node: str) -> Object:
        provisioner = storage_class["provisioner"]
        spec: Object = {
            "capacity": {"storage": request_of(claim)},
            "accessModes": claim["spec"].get("accessModes") or [],
            "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy") or "Delete",
            "storageClassName": name_of(storage_class),
            "volumeMode": claim["spec"].get("volumeMode") or "Filesystem",
            "claimRef": {
                "kind": "PersistentVolumeClaim", "apiVersion": "v1",
                "namespace": namespace_of(claim), "name": name_of(claim),
                "uid": claim["metadata"]["uid"],
                "resourceVersion": claim["metadata"]["resourceVersion"],
            },
        }  # fmt: skip
        if storage_class.get("mountOptions"):
            spec["mountOptions"] = storage_class["mountOptions"]
        metadata: Object = {"name": name, "annotations": {PROVISIONED_BY: provisioner}}
        if provisioner == LOCAL_PATH:
            self._place(spec, claim, name, node)
            metadata["annotations"]["local.path.provisioner/selected-node"] = node
        else:
            spec["csi"] = {"driver": provisioner, "volumeHandle": name}
        return {
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec
        }  # fmt: skip

    def _place(self, spec: Object, claim: Object, name: str, node: str) -> None:
        path = f"{LOCAL_ROOT}/{name}_{namespace_of(claim)}_{name_of(claim)}"
        spec["hostPath"] = {"path": path, "type": "DirectoryOrCreate"}
        there = self.client.get("nodes", node)
        host = labels_of(there).get(HOSTNAME, node) if there else node
        term = {"matchExpressions": [{"key": HOSTNAME, "operator": "In", "values": [host]}]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}

    # -- old volumes -----------------------------------------------------------------------

    async def _reclaim(self, name: str) -> None:
        volume = self.client.get(VOLUMES, name)
        if volume is None or is_going(volume) or phase_of(volume) != "Released":
            return
        if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
            await self.client.delete(VOLUMES, name)

    async def _expand(self, claim: Object) -> None:
        status = claim.get("status") or {}
        have = (status.get("capacity") or {}).get("storage")
        if have is None or parse(request_of(claim)) <= parse(have):
            return
        volume = self.client.get(VOLUMES, claim["spec"]["volumeName"])
        maker = annotations_of(volume).get(PROVISIONED_BY) if volume else None
        if volume is None or maker not in self._names or maker == LOCAL_PATH:
            return
        if parse(capacity_of(volume)) < parse(request_of(claim)):
            self._tell(claim, "Normal", "Resizing", f"External resizer is resizing volume "
                       f"{name_of(volume)}")  # fmt: skip
            changed = clone(volume)
            changed["spec"]["capacity"]["storage"] = request_of(claim)
            await self.client.update(VOLUMES, changed)
        grown = clone(status)
        grown["capacity"]["storage"] = request_of(claim)
        await write_status(self.client, CLAIMS, claim, grown)
        text = 'MountVolume.NodeExpandVolume succeeded for volume "' + name_of(volume) + '"'
        self._tell(claim, "Normal", "FileSystemResizeSuccessful", text)
