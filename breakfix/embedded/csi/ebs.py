"""The EBS CSI driver: disks of a cloud's zones, attached to one instance at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from breakfix.embedded.client import Reader
from breakfix.embedded.csi.disk_driver import DiskDriver
from breakfix.embedded.csi.disks import Disk, Disks
from breakfix.embedded.csi.types import NodeFacts, RpcError, Target, VolumeRequest
from breakfix.embedded.machine.types import Host
from breakfix.embedded.objects import Object, labels_of, name_of

NAME = "ebs.csi.aws.com"
ZONE, REGION = "topology.kubernetes.io/zone", "topology.kubernetes.io/region"
OWN_ZONE = f"topology.{NAME}/zone"
ATTACHMENTS = 25  # of an instance of the usual size
TYPES = ("gp2", "gp3", "io1", "io2", "sbg1", "sbp1", "sc1", "st1", "standard")
_PARAMETERS = frozenset((
    "type", "iopspergb", "allowautoiopspergbincrease", "iops", "throughput", "encrypted",
    "kmskeyid", "blockexpress", "blocksize", "bytesperinode", "numberofinodes", "ext4bigalloc",
    "ext4clustersize", "csi.storage.k8s.io/fstype", "fstype", "volumeinitializationrate",
))  # fmt: skip
_PREFIXES = ("tagspecification", "csi.storage.k8s.io/")
_MODES = {"ReadWriteMany": "MULTI_NODE_MULTI_WRITER", "ReadOnlyMany": "MULTI_NODE_READER_ONLY",
          "ReadWriteOnce": "SINGLE_NODE_WRITER", "ReadWriteOncePod": "SINGLE_NODE_SINGLE_WRITER",
          }  # fmt: skip


def instance_of(node: Object) -> str:
    """The id of a node's instance: of its providerID, else one of its own."""
    provider = (node.get("spec") or {}).get("providerID") or ""
    if provider.startswith("aws:///"):
        return str(provider.rsplit("/", 1)[1])
    return "i-0" + hashlib.sha256(name_of(node).encode()).hexdigest()[:16]


class Ebs(DiskDriver):
    """`node` is the Node it runs on, None for the controller; `cloud` sees all nodes."""

    name, version = NAME, "v1.46.0"

    def __init__(
        self, host: Host, disks: Disks, cloud: Reader, node: Object | None = None,
        limit: int = ATTACHMENTS,
    ) -> None:  # fmt: skip
        super().__init__(host, disks, instance_of(node) if node else "")
        self._cloud, self._node, self._limit = cloud, node, limit

    # -- controller ------------------------------------------------------------------------

    def check(self, asked: VolumeRequest) -> None:
        if not asked.block and set(asked.modes) & {"ReadWriteMany", "ReadOnlyMany"}:
            modes = ", ".join(_MODES[m] for m in asked.modes)
            text = f"Volume capabilities {modes} not supported."
            raise RpcError("InvalidArgument", f"{text} Only AccessModes[ReadWriteOnce] supported.")
        for key in asked.parameters:
            if key.lower() not in _PARAMETERS and not key.lower().startswith(_PREFIXES):
                raise RpcError("InvalidArgument", f"Invalid parameter key {key} for CreateVolume")
        kind = asked.parameters.get("type", "gp3")
        if kind not in TYPES:
            text = f'Could not create volume "{asked.name}": invalid AWS VolumeType "{kind}"'
            raise RpcError("Internal", text)

    def place(self, asked: VolumeRequest) -> str:
        for topology in asked.preferred:
            if zone := topology.get(ZONE) or topology.get(OWN_ZONE):
                return zone
        zones = {labels_of(n).get(ZONE, "") for n in self._cloud.list("nodes")} - {""}
        return min(zones, default="")

    def topology(self, zone: str) -> Mapping[str, str]:
        return {ZONE: zone}

    def in_use(self, disk: Disk) -> RpcError:
        why = f"Volume {disk.id} is currently attached to {next(iter(disk.attached))}"
        text = f'Could not delete volume ID "{disk.id}": could not delete volume:'
        return RpcError("Internal", f"{text} {_refused('DeleteVolume', 'VolumeInUse')}: {why}")

    def no_volume(self, volume: str) -> RpcError:
        text = _refused("DescribeVolumes", "InvalidVolume.NotFound")
        return RpcError("NotFound", f"{text}: The volume '{volume}' does not exist.")

    async def publish(self, volume: str, node: str) -> Mapping[str, str]:
        where = f'Could not attach volume "{volume}" to node "{node}":'
        disk = self.disks.disks.get(volume)
        zone = self._zone_of(node)
        if disk is None:
            why = f"The volume '{volume}' does not exist."
            raise _failed(where, "InvalidVolume.NotFound", why)
        if zone is None:
            why = f"The instance ID '{node}' does not exist"
            raise _failed(where, "InvalidInstanceID.NotFound", why)
        if zone != disk.zone:
            why = f"The volume '{volume}' is not in the same availability zone as instance '{node}'"
            raise _failed(where, "InvalidVolume.ZoneMismatch", why)
        if disk.attached and node not in disk.attached:
            raise _failed(where, "VolumeInUse", f"{volume} is already attached to an instance")
        disk.attached[node] = None
        number = [d for d in self.disks.disks.values() if node in d.attached].index(disk)
        return {"devicePath": f"/dev/xvda{chr(ord('a') + number % 26)}"}

    def _zone_of(self, instance: str) -> str | None:
        """The zone of an instance, where it exists."""
        for node in self._cloud.list("nodes"):
            if instance_of(node) == instance:
                return labels_of(node).get(ZONE, "")
        return None

    # -- node ------------------------------------------------------------------------------

    async def node_facts(self) -> NodeFacts:
        labels = labels_of(self._node) if self._node else {}
        zone = labels.get(ZONE, "")
        topology = {OWN_ZONE: zone, ZONE: zone, "kubernetes.io/os": "linux"}
        return NodeFacts(self.instance, self._limit, topology)

    def here(self, volume: str) -> Disk:
        disk = self.disk(volume)
        if self.instance not in disk.attached:
            device = "/dev/xvdaa"
            text = f'no device path for device "{device}" volume "{volume}" found'
            raise RpcError("NotFound", f"Failed to find device path {device}. {text}")
        return disk

    async def stage(self, target: Target) -> None:
        self.here(target.volume)
        if target.fs_type not in ("", "ext2", "ext3", "ext4", "xfs", "ntfs"):
            text = f"NodeStageVolume: invalid fstype {target.fs_type}"
            raise RpcError("InvalidArgument", text)


def _refused(operation: str, code: str) -> str:
    return (
        f"operation error EC2: {operation}, https response error StatusCode: 400, api error {code}"
    )


def _failed(where: str, code: str, why: str) -> RpcError:
    return RpcError("Internal", f"{where} {_refused('AttachVolume', code)}: {why}")
