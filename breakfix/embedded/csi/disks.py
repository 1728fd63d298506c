"""Disks that nodes share: those of a cloud, with zones, attachments and snapshots."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from breakfix.embedded.client import Reader
from breakfix.embedded.csi.topology import CSI_NODES, driver_on
from breakfix.embedded.machine.inodes import Inode, Store
from breakfix.embedded.machine.volumes import Volume
from breakfix.embedded.network.types import Network
from breakfix.embedded.objects import Object, annotations_of
from breakfix.embedded.quantities import value

CONTENTS = "volumesnapshotcontents.snapshot.storage.k8s.io"
ATTACHMENTS = "volumeattachments.storage.k8s.io"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
_ZONES = ("topology.kubernetes.io/zone", "topology.ebs.csi.aws.com/zone")


@dataclass(eq=False)
class Disk:
    """One disk. `size` in bytes; `attached`: ids of instances."""

    id: str
    name: str
    zone: str
    size: int
    files: Volume
    attached: dict[str, None] = field(default_factory=dict)


@dataclass(eq=False)
class Picture:
    """A snapshot of a disk: its content at a moment."""

    id: str
    name: str
    source: str
    size: int
    files: Volume
    at: float


class Disks:
    """Everything that one driver keeps outside of the cluster's own objects."""

    def __init__(self, prefix: str = "vol-", snapshots: str = "snap-") -> None:
        self.disks: dict[str, Disk] = {}
        self.pictures: dict[str, Picture] = {}
        self._prefix, self._snapshots = prefix, snapshots

    def make(self, name: str, zone: str, size: int, files: Volume | None = None) -> Disk:
        """A new disk, empty or with a copy of these files."""
        found = Disk(self._prefix + secrets.token_hex(9)[1:], name, zone, size, blank(name, size))
        if files is not None:
            found.files = copy_of(files, name, size)
        self.disks[found.id] = found
        return found

    def named(self, name: str) -> Disk | None:
        """The disk that was made under this name."""
        return next((d for d in self.disks.values() if d.name == name), None)

    def picture(self, name: str, disk: Disk, at: float) -> Picture:
        """A snapshot, now."""
        made = Picture(
            self._snapshots + secrets.token_hex(9)[1:], name, disk.id, disk.size,
            copy_of(disk.files, name, disk.size), at,
        )  # fmt: skip
        self.pictures[made.id] = made
        return made

    def adopt(self, reader: Reader, driver: str) -> None:
        """Disks and snapshots of a cluster that was stopped and goes on."""
        for volume in reader.list("persistentvolumes"):
            csi = volume["spec"].get("csi") or {}
            if csi.get("driver") == driver and annotations_of(volume).get(PROVISIONED_BY):
                size = value(volume["spec"]["capacity"]["storage"])
                handle, name = csi["volumeHandle"], volume["metadata"]["name"]
                self.disks[handle] = Disk(
                    handle, name, _zone_of(volume), size, blank(name, size)
                )  # fmt: skip
        for item in reader.list(ATTACHMENTS):
            if item["spec"]["attacher"] == driver and (item.get("status") or {}).get("attached"):
                self._adopt_attached(reader, driver, item["spec"])
        for content in reader.list(CONTENTS):
            handle = (content.get("status") or {}).get("snapshotHandle")
            if content["spec"]["driver"] == driver and handle:
                self._adopt_picture(content, handle)

    def _adopt_attached(self, reader: Reader, driver: str, spec: Object) -> None:
        volume = reader.get("persistentvolumes", spec["source"].get("persistentVolumeName") or "")
        there = driver_on(reader.get(CSI_NODES, spec["nodeName"]), driver)
        if volume is not None and there is not None:
            disk = self.disks.get((volume["spec"].get("csi") or {}).get("volumeHandle", ""))
            if disk is not None:
                disk.attached[there["nodeID"]] = None

    def _adopt_picture(self, content: Object, handle: str) -> None:
        status = content["status"]
        size, source = status.get("restoreSize") or 0, content["spec"]["source"]
        name = f"snapshot-{content['spec']['volumeSnapshotRef'].get('uid', '')}"
        self.pictures[handle] = Picture(
            handle, name, source.get("volumeHandle") or "", size, blank(name, size),
            (status.get("creationTime") or 0) / 1e9,
        )  # fmt: skip


def _zone_of(volume: Object) -> str:
    required = (volume["spec"].get("nodeAffinity") or {}).get("required") or {}
    for term in required.get("nodeSelectorTerms") or []:
        for each in term.get("matchExpressions") or []:
            if each["key"] in _ZONES and each.get("values"):
                zone: str = each["values"][0]
                return zone
    return ""


def blank(name: str, size: int) -> Volume:
    """An empty file system on a disk of this size."""
    found = Volume(name, limit=size, mode=0o755)
    found.store.source = "/dev/nvme1n1"
    return found


def copy_of(files: Volume, name: str, size: int) -> Volume:
    """The same content, from now on its own."""
    found = blank(name, size)
    found.root = _copied(files.root, found.store)
    found.store.used, found.store.held = files.store.used, files.store.held
    found.store.inodes = files.store.inodes
    return found


def _copied(inode: Inode, store: Store) -> Inode:
    made = Inode(
        inode.kind, inode.mode, inode.uid, inode.gid, inode.mtime, bytes(inode.data), inode.zeros,
        store=store, device=inode.device,
    )  # fmt: skip
    if inode.kind == "dir":
        entries = {name: inode.entry(name) for name in inode.names()}
        made.children = {n: _copied(e, store) for n, e in entries.items() if e is not None}
    return made


_KNOWN: WeakKeyDictionary[Network, dict[str, Disks]] = WeakKeyDictionary()


def disks_of(network: Network, driver: str, reader: Reader | None) -> Disks:
    """A driver's disks: one set for a cluster, whichever of its processes asks."""
    of_cluster = _KNOWN.setdefault(network, {})
    if driver not in of_cluster:
        of_cluster[driver] = Disks()
        if reader is not None:
            of_cluster[driver].adopt(reader, driver)
    return of_cluster[driver]
