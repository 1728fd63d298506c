"""The hostpath CSI driver: directories of the node that the driver runs on."""

from __future__ import annotations

from collections.abc import Mapping

from breakfix.embedded.csi import types
from breakfix.embedded.csi.disk_driver import DiskDriver
from breakfix.embedded.csi.disks import Disk, Disks, blank
from breakfix.embedded.csi.types import NodeFacts, RpcError, Target, VolumeRequest
from breakfix.embedded.machine.types import Host
from breakfix.embedded.machine.volumes import Volume

NAME = "hostpath.csi.k8s.io"
TOPOLOGY = "topology.hostpath.csi/node"
LARGEST = 1 << 40  # bytes


class HostPath(DiskDriver):
    """`node` is the id of the node; `limit` of volumes there, 0 for none."""

    version = "v1.17.0"
    unit = 1

    def __init__(
        self, host: Host, disks: Disks, node: str, name: str = NAME, limit: int = 0,
        attach: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(host, disks, node)
        self.name, self._limit = name, limit
        self.can = DiskDriver.can | {types.CLONE}
        if not attach:
            self.can -= {types.PUBLISH}
        self._attach = attach

    def check(self, asked: VolumeRequest) -> None:
        if asked.size > LARGEST:
            text = f"Requested capacity {asked.size} exceeds maximum allowed {LARGEST}"
            raise RpcError("OutOfRange", text)

    def place(self, asked: VolumeRequest) -> str:
        del asked  # there is but one place
        return self.instance

    def topology(self, zone: str) -> Mapping[str, str]:
        return {TOPOLOGY: zone}

    def no_volume(self, volume: str) -> RpcError:
        return RpcError("NotFound", f"volume id {volume} does not exist in the volumes list")

    async def publish(self, volume: str, node: str) -> Mapping[str, str]:
        if node != self.instance:
            text = f"Not matching Node ID {node} to hostpath Node ID {self.instance}"
            raise RpcError("NotFound", text)
        self.disk(volume).attached[node] = None
        return {}

    async def node_facts(self) -> NodeFacts:
        return NodeFacts(self.instance, self._limit, {TOPOLOGY: self.instance})

    def here(self, volume: str) -> Disk:
        return super().here(volume) if self._attach else self.disk(volume)

    async def stage(self, target: Target) -> None:
        if not target.ephemeral:
            self.here(target.volume)

    async def node_publish(self, target: Target) -> Volume:
        if not target.ephemeral:
            return self.here(target.volume).files
        if target.volume not in self.disks.disks:
            files = blank(target.volume, LARGEST)
            self.disks.disks[target.volume] = Disk(
                target.volume, f"ephemeral-{target.volume}", self.instance, LARGEST, files
            )
        return self.disks.disks[target.volume].files

    async def node_unpublish(self, volume: str, pod: str) -> None:
        del pod  # one that is ephemeral has no other
        disk = self.disks.disks.get(volume)
        if disk is not None and disk.name.startswith("ephemeral-"):
            del self.disks.disks[volume]
