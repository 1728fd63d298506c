"""What drivers of disks have in common: volumes by name, copies, mounts, growth."""

from __future__ import annotations

from collections.abc import Mapping

from breakfix.embedded.csi import types
from breakfix.embedded.csi.disks import Disk, Disks, Picture
from breakfix.embedded.csi.types import (
    GIB,
    Driver,
    RpcError,
    SnapshotMade,
    Target,
    VolumeMade,
    VolumeRequest,
)
from breakfix.embedded.machine.types import Host
from breakfix.embedded.machine.volumes import Volume


class DiskDriver(Driver):
    """`instance`: who the node is to the driver; "" in a process that is only the controller."""

    can = frozenset((
        types.CONTROLLER, types.TOPOLOGY, types.PUBLISH, types.EXPAND, types.SNAPSHOT,
        types.STAGE, types.NODE_EXPAND,
    ))  # fmt: skip
    unit = GIB  # bytes: sizes are rounded up to whole ones

    def __init__(self, host: Host, disks: Disks, instance: str = "") -> None:
        self.host, self.disks, self.instance = host, disks, instance

    # -- to be written by each driver ------------------------------------------------------

    def check(self, asked: VolumeRequest) -> None:
        """Can such a volume be made?"""

    def place(self, asked: VolumeRequest) -> str:
        """The zone for it."""
        raise NotImplementedError

    def topology(self, zone: str) -> Mapping[str, str]:
        """From where a zone's disks are reached."""
        raise NotImplementedError

    def no_volume(self, volume: str) -> RpcError:
        """There is no such one."""
        return RpcError("NotFound", f"Volume {volume} not found")

    # -- controller ------------------------------------------------------------------------

    def disk(self, volume: str) -> Disk:
        """Raises RpcError."""
        found = self.disks.disks.get(volume)
        if found is None:
            raise self.no_volume(volume)
        return found

    async def create_volume(self, asked: VolumeRequest) -> VolumeMade:
        self.check(asked)
        size = -(-asked.size // self.unit) * self.unit
        disk = self.disks.named(asked.name)
        if disk is None:
            files, least = self._content(asked)
            disk = self.disks.make(asked.name, self.place(asked), max(size, least), files)
        return VolumeMade(disk.id, disk.size, self.topology(disk.zone))

    def _content(self, asked: VolumeRequest) -> tuple[Volume | None, int]:
        """What it begins with, and how large that is."""
        if asked.snapshot:
            picture = self._picture(asked.snapshot)
            return picture.files, picture.size
        if asked.volume:
            source = self.disk(asked.volume)
            return source.files, source.size
        return None, 0

    def _picture(self, snapshot: str) -> Picture:
        found = self.disks.pictures.get(snapshot)
        if found is None:
            raise RpcError("NotFound", f"Snapshot {snapshot} not found")
        return found

    async def delete_volume(self, volume: str) -> None:
        disk = self.disks.disks.get(volume)
        if disk is not None and disk.attached:
            raise self.in_use(disk)
        self.disks.disks.pop(volume, None)

    def in_use(self, disk: Disk) -> RpcError:
        """It cannot go while it is attached."""
        return RpcError("Internal", f"volume {disk.id} is still attached")

    async def unpublish(self, volume: str, node: str) -> None:
        disk = self.disks.disks.get(volume)
        if disk is not None:
            disk.attached.pop(node, None)

    async def expand(self, volume: str, size: int) -> tuple[int, bool]:
        disk = self.disk(volume)
        disk.size = max(disk.size, -(-size // self.unit) * self.unit)
        return disk.size, True

    async def create_snapshot(self, name: str, volume: str) -> SnapshotMade:
        known = next((p for p in self.disks.pictures.values() if p.name == name), None)
        if known is None:
            known = self.disks.picture(name, self.disk(volume), self.host.clock.now().timestamp())
        elif known.source != volume:
            raise RpcError("AlreadyExists", f"Snapshot {name} already exists for different volume")
        return SnapshotMade(known.id, known.size, known.at)

    async def delete_snapshot(self, snapshot: str) -> None:
        self.disks.pictures.pop(snapshot, None)

    # -- node ------------------------------------------------------------------------------

    def here(self, volume: str) -> Disk:
        """A disk that is attached to this node. Raises RpcError."""
        disk = self.disk(volume)
        if self.instance not in disk.attached:
            raise RpcError("NotFound", f"volume {volume} is not attached to {self.instance}")
        return disk

    async def stage(self, target: Target) -> None:
        self.here(target.volume)

    async def node_publish(self, target: Target) -> Volume:
        return self.here(target.volume).files

    async def node_expand(self, volume: str, size: int) -> None:
        del size  # the file system fills the disk
        disk = self.here(volume)
        disk.files.store.limit = disk.size
