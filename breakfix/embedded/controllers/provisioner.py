"""The local-path provisioner, beside the cluster: directories of nodes as volumes."""

from __future__ import annotations

import uuid

from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.persistent_volume_match import (
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
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import (
    Object,
    annotations_of,
    is_going,
    labels_of,
    name_of,
    namespace_of,
)

LOCAL_PATH = "rancher.io/local-path"
LOCAL_ROOT = "/var/local-path-provisioner"
_ONCE = {"ReadWriteOnce", "ReadWriteOncePod"}
HOSTNAME = "kubernetes.io/hostname"


class VolumeProvisioner(Controller):
    """Makes a directory on the node that was chosen, and lets go of it."""

    name = "volume-provisioner"

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._id = uuid.uuid4()

    def watch(self) -> None:
        """Claims that wait for them, and volumes of theirs that are free again."""
        self.on(CLAIMS, itself)
        self.on(VOLUMES, self._released)

    def _released(self, change: Change) -> list[Key]:
        mine = annotations_of(change.new).get(PROVISIONED_BY) == LOCAL_PATH
        return [("", name_of(change.new))] if mine else []

    async def sync(self, key: Key) -> None:
        """Make what a claim asks for; delete a volume that nobody has."""
        if not key[0]:
            await self._reclaim(key[1])
            return
        claim = self.client.get(CLAIMS, key[1], key[0])
        if claim is None or is_going(claim):
            return
        mine = annotations_of(claim).get(PROVISIONER) == LOCAL_PATH
        if mine and not claim["spec"].get("volumeName"):
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
        if refused := self._refusal(claim, node):
            self._tell(claim, "Warning", "ProvisioningFailed", refused)
            return
        where = f"{namespace_of(claim)}/{name_of(claim)}"
        text = f'External provisioner is provisioning volume for claim "{where}"'
        self._tell(claim, "Normal", "Provisioning", text)
        if not node:
            self._fail(claim, found, "configuration error, no node was specified")
            return
        if not set(claim["spec"]["accessModes"]) <= _ONCE:
            text = "NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes"
            self._fail(claim, found, text)
            return
        try:
            await self.client.create(VOLUMES, self._volume(claim, found, name, node))
        except StatusError as error:
            self._fail(claim, found, str(error))
            raise
        self._tell(
            claim, "Normal", "ProvisioningSucceeded", f"Successfully provisioned volume {name}"
        )

    def _refusal(self, claim: Object, node: str | None) -> str:
        """Why it is not even tried."""
        if claim["spec"].get("volumeMode") == "Block":
            return f"{LOCAL_PATH} does not support block volume provisioning"
        if node and self.client.get("nodes", node) is None:
            return f'nodes "{node}" not found'
        return ""

    def _fail(self, claim: Object, storage_class: Object, why: str) -> None:
        text = f'failed to provision volume with StorageClass "{name_of(storage_class)}": {why}'
        self._tell(claim, "Warning", "ProvisioningFailed", text)

    def _volume(self, claim: Object, storage_class: Object, name: str, node: str) -> Object:
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
        notes = {PROVISIONED_BY: LOCAL_PATH, "local.path.provisioner/selected-node": node}
        metadata: Object = {"name": name, "annotations": notes}
        self._place(spec, claim, name, node)
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
